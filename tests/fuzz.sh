#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzz what reads strangers' bytes: fuzz.sh SECONDS [TARGET ...], SECONDS for each target, as many
# at once as there are cores. Stops at the first finding, which lies in build-fuzz/ then. Inputs that
# found something new are kept in build-fuzz/corpus/; the committed ones are in tests/fuzz/corpus/.
# FUZZ_SEED gives the same mutations again, as far as the time goes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=$1
shift
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzzers
work=$PWD/build-fuzz

seeds() { # target: what the tree has of its kind, in a folder
    local target=$1 into=$work/corpus/$1
    mkdir -p "$into"
    [ -d "tests/fuzz/corpus/$target" ] && cp "tests/fuzz/corpus/$target"/* "$into"
    case $target in
        tree | scenario) cp scenarios/*/*.yaml "$into" ;;
        platform)
            for file in models/platforms/*.yaml; do
                { printf '\0'; cat "$file"; } >"$into/$(basename "$file")"
            done
            for file in models/prices/*.yaml; do
                { printf '\1'; head -c 20000 "$file"; } >"$into/$(basename "$file")"
            done ;;
        journal)
            for shard in 1/1 2/2; do
                rm -rf "$work/sweep"
                build-fuzz/fleetsim sweep tests/fuzz/journal.yaml --vary run.seed=1..3 -q \
                    --metric traffic.web.arrived --shard $shard -o "$work/sweep"
                cp "$work"/sweep/*.journal "$into"
            done ;;
        results)
            [ -f "$into/small.h5" ] || build-fuzz/fleetsim run scenarios/incidents/burst-2000.yaml -q \
                --set run.intervals=2 --replications 1 --variant direct -o "$into/small.h5" ;;
    esac
}

[ $# -gt 0 ] || set -- $(cd tests/fuzz && ls ./*.c | sed 's|./||; s/\.c$//')
for target in "$@"; do
    seeds "$target"
done
export FUZZ_SEED=${FUZZ_SEED:-0} work seconds ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c '
    if "$work/fuzz_{}" -seed="$FUZZ_SEED" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=4096 \
        -artifact_prefix="$work/finding-{}-" "$work/corpus/{}" >"$work/{}.log" 2>&1
    then grep -E "^(Done|#[0-9]+.*DONE)" "$work/{}.log" | tail -1 | sed "s/^/{}: /"
    else echo "{}: FINDING"; tail -40 "$work/{}.log"; exit 255; fi'
