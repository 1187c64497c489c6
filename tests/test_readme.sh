#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the README says is run: its commands, its scenario, its Python, its files.
#   test_readme.sh SOURCE BUILD
set -u
source=$1
build=$2
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

verdict() { # what, exit code, output
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n%s\n' "$1" "$3"
    fi
}

block() { # language, number, file: the text of the n-th fenced block of that language
    awk -v lang="$1" -v want="$2" '
        $0 == "```" lang {n++; inside = (n == want); next}
        /^```/ {inside = 0}
        inside' "${3:-$source/README.md}"
}

# A copy of the tree's look: the README's commands are written for the top folder.
ln -s "$source/scenarios" "$work/scenarios"
ln -s "$build" "$work/build"
cd "$work" || exit 2

for n in 1 2 3 4 5 6; do
    block sh $n | while read -r line; do
        case $line in build/fleetsim*) echo "$line" ;; esac
    done
done >commands
# Those in running text, between backticks, that need nothing else.
grep -o '`build/fleetsim [a-z]* [^`]*`' "$source/README.md" | tr -d '`' >>commands
[ -s commands ]
verdict "the README has commands" $? ""
while read -r line; do
    output=$(bash -c "$line" 2>&1 </dev/null)
    verdict "$line" $? "$output"
done <commands

block yaml 1 >readme.yaml
output=$(build/fleetsim check readme.yaml 2>&1)
verdict "the README's scenario passes its own expectation" $? "$output"
output=$(build/fleetsim new new.yaml 2>&1 && build/fleetsim check new.yaml 2>&1)
verdict "what 'fleetsim new' writes passes its own expectations" $? "$output"
output=$(build/fleetsim run new.yaml | grep 'a month (say run.represents)  *not projected')
verdict "the table says how a month is projected" $? "$output"
output=$(build/fleetsim run new.yaml --set 'run.represents=once per day' | grep 'a month  *\$')
verdict "and projects it" $? "$output"

# So is the reference: its scenario, its commands; and it has what a scenario may write.
build/fleetsim reference >reference.md
block yaml 1 reference.md >scenario.yaml
output=$(build/fleetsim check scenario.yaml 2>&1)
verdict "the reference's scenario passes its own expectations" $? "$output"
block sh 1 reference.md >commands
[ "$(wc -l <commands)" -ge 3 ]
verdict "the reference has commands" $? ""
while read -r line; do
    output=$(bash -c "build/$line" 2>&1 </dev/null)
    verdict "$line" $? "$output"
done <commands
for word in '{lognormal: {median, sigma}}' '{mixture: [{weight, of}, ...]}' 'GiB = 1GB' \
    'GiB = 1024MiB' '`extends`' 'web/jobs' 'kubernetes-hpa'; do
    grep -qF "$word" reference.md
    verdict "the reference has $word" $? ""
done
output=$(build/fleetsim show lognormal | grep -c 'lognormal: {m')
[ "$output" -eq 7 ]
verdict "a distribution can be shown, in each of its forms" $? "$output"
output=$(build/fleetsim list platforms | grep '^ *aws-lambda  *AWS Lambda')
verdict "platforms are listed with their titles" $? "$output"
for list in $(build/fleetsim list 2>&1 | sed 's/.*one of: //; s/,//g'); do
    build/fleetsim list --help | grep -q "[ |]$list\(|\|$\)"
    verdict "list --help names $list" $? ""
done

if /usr/bin/python3 -c 'import xarray, h5netcdf' 2>/dev/null; then
    build/fleetsim run scenarios/traces/llm-code.yaml -q -o results.h5
    block python 1 >read.py
    output=$(/usr/bin/python3 read.py 2>&1)
    verdict "the README's Python reads a results file" $? "$output"
fi

for file in $(grep -oE '\((plots|scenarios|models|tests)/[A-Za-z0-9_./-]+\)|`(sim|models|scenarios|plots|tests)/[A-Za-z0-9_./-]+`' \
    "$source/README.md" | tr -d '()`'); do
    [ -e "$source/$file" ]
    verdict "$file exists" $? ""
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
