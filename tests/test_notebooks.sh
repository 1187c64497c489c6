#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each notebook is short, comes without outputs, starts from `fleetsim run`, reads the results file
# alone, has units on its axes and ends with questions; where Jupyter is installed each is executed.
#   test_notebooks.sh SOURCE BUILD
set -u
cd "$1/notebooks" || exit 2
build=$2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

verdict() { # what, exit code, output
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'BROKEN: %s\n%s\n' "$1" "$3"
    fi
}

cat >"$work/form.py" <<'PY'
import json, re, sys

broken = []
def rule(what, kept):
    if not kept:
        broken.append(what)

with open(sys.argv[1], encoding="utf-8") as file:
    book = json.load(file)
cells = book["cells"]
code = [c for c in cells if c["cell_type"] == "code"]
text = "\n".join("".join(c["source"]) for c in code)
last = cells[-1]
ids = [c["id"] for c in cells]

rule("no outputs and no execution counts",
     all(c["outputs"] == [] and c["execution_count"] is None and not c["metadata"] for c in code))
rule("5 to 9 cells", 5 <= len(cells) <= 9)
rule("every cell has an id of its own", len(set(ids)) == len(ids))
rule("it begins with a title", "".join(cells[0]["source"]).startswith("# "))
rule("it runs fleetsim, found by FLEETSIM", 'environ.get("FLEETSIM", "../build/fleetsim")' in text
     and '[fleetsim, "run", scenario' in text)
rule("it opens the results with xarray", 'engine="h5netcdf"' in text and "group=" in text)
rule("it imports nothing of ours", set(re.findall(r"^(?:import|from) (\w+)", text, re.M)) <=
     {"math", "os", "subprocess", "tempfile", "matplotlib", "xarray"})
labels = re.findall(r'\b[xy]label="([^"]*)"', text)
rule("its axes have labels with units", len(labels) >= 2 and all(re.search(r"\(.+\)", l) for l in labels))
rule("colours are Okabe and Ito's, or grey", set(re.findall(r"#[0-9A-Fa-f]{6}", text)) <= set(
     "#E69F00 #56B4E9 #009E73 #F0E442 #0072B2 #D55E00 #CC79A7 #000000 #dddddd #999999 #666666".split()))
rule("it ends with three questions or more", last["cell_type"] == "markdown"
     and last["source"][0].strip() == "## Questions" and "".join(last["source"]).count("?") >= 3)
rule("100 columns", all(len(l.rstrip("\n")) <= 100 for c in cells for l in c["source"]))
print("\n".join(broken))
sys.exit(bool(broken))
PY

cat >"$work/drawn.py" <<'PY'
import json, sys

with open(sys.argv[1], encoding="utf-8") as file:
    outputs = [o for c in json.load(file)["cells"] for o in c.get("outputs", [])]
print("no picture, or a warning: " + "".join("".join(o["text"]) for o in outputs if o.get("name") == "stderr"))
sys.exit(not any("image/png" in o.get("data", {}) for o in outputs)
         or any(o.get("name") == "stderr" for o in outputs))
PY

count=0
for book in *.ipynb; do
    count=$((count + 1))
    output=$(python3 "$work/form.py" "$book" 2>&1)
    verdict "$book has the form" $? "$output"
done
[ "$count" -ge 8 ]
verdict "there are eight notebooks or more" $? "$count"
for book in *.ipynb; do
    grep -q "\`${book%.ipynb}\`" README.md
    verdict "$book is in the index" $? "notebooks/README.md"
done

if jupyter nbconvert --version >/dev/null 2>&1 &&
    /usr/bin/python3 -c 'import ipykernel, matplotlib, xarray, h5netcdf' 2>/dev/null; then
    for book in *.ipynb; do
        output=$(FLEETSIM=$build/fleetsim timeout 60 jupyter nbconvert --to notebook --execute \
            --log-level ERROR --output-dir "$work" "$book" 2>&1)
        verdict "$book runs within a minute" $? "$output"
        output=$(python3 "$work/drawn.py" "$work/$book" 2>&1)
        verdict "$book draws" $? "$output"
    done
else
    echo "not executed: Jupyter is not installed (./dev notebooks)"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
