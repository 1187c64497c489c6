#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every scenario of the library has the form that scenarios/README.md promises: title, story with
# its source, something to expect, variants; and each incident has its row there.
#   test_library.sh SOURCE BUILD
set -u
cd "$1" || exit 2

exec python3 - <<'PY'
import glob, re, sys

broken = []
files = sorted(f for folder in ("incidents", "patterns", "planning", "teaching")
               for f in glob.glob(f"scenarios/{folder}/*.yaml"))
table = open("scenarios/README.md", encoding="utf-8").read()
names = r"field report|documentation|Erlang|Little\b|Pollaczek|M/[GM]/|guide|quotas|issue \d+|arithmetic"
source = re.compile(rf"https?://|\b[\w-]+\.(?:com|org|io|net|me|dev|sh)\b|\b(?:19|20)\d\d\b|{names}")
for name in files:
    with open(name, encoding="utf-8") as file:
        text = file.read()
    def rule(what, kept):
        if not kept:
            broken.append(f"{name}: {what}")
    story = re.search(r"^story: >-?\n((?:  .*\n)+)", text, re.M)
    story = re.sub(r"\s+", " ", story.group(1)).strip() if story else ""
    rule("a title", re.search(r"^title: \S", text, re.M))
    rule("a story of three sentences", len(re.findall(r"[.:;!?](?:\s|$)", story)) >= 3)
    rule("a source in its story", source.search(story))
    rule("something to expect", re.search(r"^expect:.*\n\s+(?:- |\[|#)", text, re.M))
    if "/incidents/" in name:
        variants = re.search(r"^variants:\n((?:  .*\n)+)", text, re.M)
        rule("variants for the cause and the cures",
             variants and len(re.findall(r"^  \w+:", variants.group(1), re.M)) >= 2)
        rule("a row in scenarios/README.md", name[len("scenarios/"):-len(".yaml")] in table)
    if "/teaching/" in name:
        rule("fewer than 25 lines", text.count("\n") < 25)
if len(files) < 40:
    broken.append(f"only {len(files)} scenarios")
for name in re.findall(r"\b(?:incidents|patterns|planning|teaching)/[a-z0-9-]+", table):
    if f"scenarios/{name}.yaml" not in files:
        broken.append(f"scenarios/README.md: there is no {name}")
print("\n".join("BROKEN: " + b for b in broken) or f"{len(files)} scenarios have the form")
sys.exit(bool(broken))
PY
