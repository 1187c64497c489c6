#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every scenario of the library keeps what it says under `expect`, and comes out as it did: the
# order of its events and every value of its results are those of tests/fingerprints.txt. One that
# has no line there yet is said.
#   test_scenarios.sh SOURCE BUILD           hold
#   test_scenarios.sh SOURCE BUILD REASON    accept what changed (./dev fingerprints)
# REASON is a line of CHANGELOG.md that says what moved the results; for new scenarios alone, "".
set -eu
cd "$1"
table=$(mktemp)
trap 'rm -f "$table"' EXIT
"$2"/fleetsim check -q scenarios --fingerprints "$table"

in_changelog() { [ -z "$1" ] || grep -qF -- "$1" CHANGELOG.md; }
moved() { # scenarios that were there before and came out otherwise
    [ -f tests/fingerprints.txt ] || return 0
    join <(grep -v '^#' tests/fingerprints.txt | LC_ALL=C sort) <(LC_ALL=C sort "$table") |
        awk '$2 != $4 || $3 != $5 {print "  " $1 ($2 != $4 ? ": other events" : ": other values")}'
}

if [ $# -gt 2 ]; then
    reason=$3
    if [ -n "$(moved)" ] && [ -z "$reason" ]; then
        echo "These came out otherwise; say the line of CHANGELOG.md that tells why:"
        moved
        exit 1
    fi
    [ -n "$reason" ] || reason=$(sed -n '1s/^# CHANGELOG: //p' tests/fingerprints.txt 2>/dev/null)
    in_changelog "$reason" || { echo "CHANGELOG.md has no line with: $reason"; exit 1; }
    { echo "# CHANGELOG: $reason"; cat "$table"; } >tests/fingerprints.txt
    exit 0
fi

in_changelog "$(sed -n '1s/^# CHANGELOG: //p' tests/fingerprints.txt)" || {
    echo "tests/fingerprints.txt names a reason that CHANGELOG.md does not have."
    exit 1
}
names() { grep -v '^#' "$1" | cut -d' ' -f1 | LC_ALL=C sort; }
new=$(LC_ALL=C comm -13 <(names tests/fingerprints.txt) <(names "$table"))
gone=$(LC_ALL=C comm -23 <(names tests/fingerprints.txt) <(names "$table"))
if [ -n "$new" ]; then
    echo "New, and not yet held to come out as they do; that is: ./dev fingerprints"
    sed 's/^/  /' <<<"$new"
fi
if [ -n "$(moved)$gone" ]; then
    moved
    [ -z "$gone" ] || sed 's/$/: gone/; s/^/  /' <<<"$gone"
    echo "Scenarios do not come out as they did (above). If that is meant, it needs a line under"
    echo "Results in CHANGELOG.md; then: ./dev fingerprints 'that line'"
    exit 1
fi
