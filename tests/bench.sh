#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Figures of the bench programs: medians over runs of nanoseconds per unit, instructions per unit
# (callgrind, the slope between a short run and one three times as long, so set-up does not count)
# and the peak of memory.
#   bench.sh BUILD [--runs N] [--quick] [--json FILE] [CASE-PATTERN ...]
#   bench.sh BUILD --hold|--accept FILE
# --quick: a tenth of the units, once, no instructions. Patterns are globs: 'pool-*' mm1.
# --hold: no times; instructions per unit of the cases in FILE must be within the tolerance there,
# if compiler and flags are the ones there; --accept puts today's figures into FILE.
set -euo pipefail
build=$1
shift
runs=5 share=1 json="" counting=yes held="" accept=
patterns=()
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=$2; shift ;;
        --quick) runs=1 share=10 counting= ;;
        --json) json=$2; shift ;;
        --hold) held=$2; shift ;;
        --accept) held=$2 accept=yes; shift ;;
        -*) echo "bench.sh: unknown option $1" >&2; exit 2 ;;
        *) patterns+=("$1") ;;
    esac
    shift
done
command -v valgrind >/dev/null || counting=
export LC_ALL=C

wanted() {
    [ ${#patterns[@]} -gt 0 ] || return 0
    local pattern
    for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053
        [[ $1 == $pattern ]] && return 0
    done
    return 1
}

median() { sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# "Collected : N" of one run, and the units that it really did.
instructions() { # program, case, count
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 |
        awk 'NF == 4 && $1 + 0 > 0 {units = $2} /Collected/ {print $NF, units}'
}

per_unit() { # program, case, few
    local a b
    a=$(instructions "$1" "$2" "$3")
    b=$(instructions "$1" "$2" $((3 * $3)))
    echo "$a $b" | awk '{printf "%.1f", ($3 - $1) / ($4 - $2)}'
}

machine=$(awk -F': *' '/model name/ {print $2; exit}' /proc/cpuinfo)
compiler=$(awk -F= '/^CMAKE_C_COMPILER:/ {print $2}' "$build/CMakeCache.txt")
compiler=$("$compiler" --version | head -1)
flags=$(grep '"command".*bench_engine.c"' "$build/compile_commands.json" |
    grep -oE ' -[Omfg][^ ]*' | tr -d '\n')

# ---- figures that are held -----------------------------------------------------------------------

hold_case() { # case, few, figure, tolerance in %
    local program now
    for program in "$build"/bench_*; do
        "$program" list | cut -f1 | grep -qx "$1" || continue
        now=$(per_unit "$program" "$1" "$2")
        if [ "$accept" ]; then
            sed -i "s/^$1 .*/$1 $2 $now $4/" "$held"
        elif awk -v a="$now" -v b="$3" -v t="$4" 'BEGIN {exit !(a > b * (1 + t / 100))}'; then
            echo "$1: $now instructions, more than $3 and $4 %"
            failed=1
        elif awk -v a="$now" -v b="$3" -v t="$4" 'BEGIN {exit !(a < b * (1 - t / 100))}'; then
            echo "$1: $now instructions, less than $3 and $4 %: well done, accept it"
            failed=1
        else
            echo "$1: $now instructions, $3 within $4 %"
        fi
    done
}

if [ "$held" ]; then
    [ "$counting" ] || { echo "No valgrind: nothing is counted."; exit 0; }
    about="# $compiler,$flags"
    [ -z "$accept" ] || sed -i "1s/.*/${about//\//\\/}/" "$held"
    if [ "$(head -1 "$held")" != "$about" ]; then
        echo "Not held: figures are for $(head -1 "$held" | cut -c3-); this is $compiler,$flags"
        exit 0
    fi
    failed=0
    while read -r name few figure tolerance; do
        case $name in \#* | '') ;; *) hold_case "$name" "$few" "$figure" "$tolerance" ;; esac
    done < <(cat "$held")
    [ "$failed" -eq 0 ] || echo "To accept today's figures: tests/bench.sh $build --accept $held"
    exit "$failed"
fi

# ---- figures for people ---------------------------------------------------------------------------

echo "Machine: $machine, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
echo "Build:   $compiler,$flags"
printf '%-20s %9s %9s %9s %9s  %-9s %12s %9s  %s\n' case median best worst instr unit units \
    'peak MiB' what

rows=()
run_case() { # program, case, unit, count, few, what
    local program=$1 name=$2 unit=$3 count=$(($4 / share)) few=$5 what=$6 times=$runs counted=""
    local line lines="" i
    [ "$count" -lt 100000000 ] || times=1
    for ((i = 0; i < times; i++)); do
        line=$("$program" "$name" "$count")
        lines+="$line"$'\n'
    done
    lines=${lines%$'\n'}
    local ns best worst units peak answer
    ns=$(echo "$lines" | median)
    best=$(echo "$lines" | sort -g | awk 'NR == 1 {print $1}')
    worst=$(echo "$lines" | sort -g | awk 'END {print $1}')
    read -r _ units peak answer <<<"$line"
    [ -z "$counting" ] || [ "$few" -eq 0 ] || counted=$(per_unit "$program" "$name" "$few")
    printf '%-20s %9.1f %9.1f %9.1f %9s  %-9s %12d %9.1f  %s\n' "$name" "$ns" "$best" "$worst" \
        "${counted:--}" "$unit" "$units" "$(echo "$peak" | awk '{print $1 / 1024}')" "$what"
    rows+=("  \"$name\": {\"unit\": \"$unit\", \"ns\": $ns, \"best\": $best, \"worst\": $worst, \
\"runs\": $times, \"instructions\": ${counted:-null}, \"units\": $units, \"peak_kib\": $peak, \
\"answer\": $answer}")
}

for program in "$build"/bench_*; do
    [ -x "$program" ] || continue
    while IFS=$'\t' read -r name unit count few what; do
        wanted "$name" && run_case "$program" "$name" "$unit" "$count" "$few" "$what"
    done < <("$program" list)
done

if [ -n "$json" ]; then
    {
        printf '{\n "machine": "%s", "cores": %d, "compiler": "%s", "flags": "%s",\n "cases": {\n' \
            "$machine" "$(nproc)" "$compiler" "${flags# }"
        printf '%s' "${rows[0]}"
        printf ',\n%s' "${rows[@]:1}"
        printf '\n }\n}\n'
    } >"$json"
    echo "Written: $json"
fi
