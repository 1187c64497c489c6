#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The schema that `fleetsim schema` prints takes every scenario of the library, as an editor would
# hold it, and refuses what the program refuses.
#   test_schema.sh SOURCE BUILD
set -eu
cd "$1"
python3 -c 'import jsonschema, yaml' 2>/dev/null || { echo "no jsonschema for Python: skipped"; exit 0; }
"$2"/fleetsim schema | python3 -c '
import glob, json, re, sys, jsonschema, yaml


class Reader(yaml.SafeLoader):
    """YAML 1.2: yes and 0:30 are texts."""


Reader.yaml_implicit_resolvers = {}
for tag, pattern in (("bool", "true|false"), ("null", "null|~|"), ("int", "[-+]?[0-9]+"),
                     ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")):
    Reader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), None)

schema = jsonschema.Draft7Validator(json.load(sys.stdin))
wrong = seen = 0
for name in sorted(glob.glob("scenarios/**/*.yaml", recursive=True)):
    tree = yaml.load(open(name), Reader)
    if "fleetsim" not in tree:  # a price list or a platform beside scenarios
        continue
    seen += 1
    for e in schema.iter_errors(tree):
        wrong += 1
        print(name, ".".join(map(str, e.absolute_path)), e.message[:200])
if seen < 50:
    sys.exit("where are the scenarios?")

refused = """
traffic: {web: {arrivals: {poisson: {rate: 1/s}}, path: [f], client: {retry: {aws-sdk-standard: {atempts: 5}}}}}
components: {f: {mechanism: service, tsks: 3}}
components: {f: {platform: aws-fargate, tsks: 3}}
components: {f: {mechanism: servce, tasks: 3}}
components: {f: {mechanism: service, tasks: null, cpu: 1}}
alarms: {a: {aws-budget: {amont: 1USD}}}
"""
taken = """
traffic: {web: {arrivals: {poisson: {rate: 1/s}}, path: [f], client: {retry: {aws-sdk-standard: {attempts: 5}}}}}
components: {f: {mechanism: service, tasks: 3, cpu: 1}}
components: {f: {platform: aws-fargate, tasks: 3, cpu: 1, price_balancer: null, health: null}}
alarms: {a: {aws-budget: {amount: 1USD}}}
"""
for texts, good in (refused, False), (taken, True):
    for text in texts.strip().split("\n"):
        if schema.is_valid({"fleetsim": 1, **yaml.load(text, Reader)}) != good:
            wrong += 1
            print("taken" if not good else "refused", text)
sys.exit(1 if wrong else 0)
'
