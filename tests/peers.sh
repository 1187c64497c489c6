#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fleetsim beside SimPy and ns-3's core in one run: the same work, answers that must agree before a
# ratio is printed. Medians of alternating runs, processor time.
#   peers.sh BUILD [RUNS]
# How to compare with others, whose sources a reader fetches, is in tests/performance.md.
set -euo pipefail
build=$1 runs=${2:-5}
here=$(dirname "${BASH_SOURCE[0]}")/peers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

read -ra flags <<<"$(pkg-config --cflags --libs ns3-core)"
g++ -O3 -DNDEBUG -o "$work/ns3" "$here/peer_ns3.cpp" "${flags[@]}"
echo "Machine: $(awk -F': *' '/model name/ {print $2; exit}' /proc/cpuinfo), $(nproc) cores, load $(
    cut -d' ' -f1 /proc/loadavg); $(date +%F)"
echo "Peers:   $("$here/peer_simpy.py" name); ns-3 $(pkg-config --modversion ns3-core), \
default scheduler, $(g++ --version | head -1)"

ours() { # case, count
    if [ "$1" = mm1 ]; then "$build/bench_engine" mm1 "$2"; else "$build/bench_world" pool-5000 "$2"; fi
}

median() { sort -g "$1" | awk '{v[NR] = $1; a[NR] = $4} END {print v[int((NR + 1) / 2)], a[1]}'; }

# Mean response: theory says 10 service times; a pool's, without start-ups, 100 ms.
agree() { # name, answer, expected, tolerance in %
    awk -v a="$2" -v e="$3" -v t="$4" 'BEGIN {exit !(a > e * (1 - t / 100) && a < e * (1 + t / 100))}' ||
        { echo "$1 answers $2, not $3 within $4 %: no comparison"; exit 1; }
}

compare() { # case, unit, what, our count, ns-3's, SimPy's, tolerance in %
    local i
    for ((i = 0; i < runs; i++)); do
        ours "$1" "$4" >>"$work/$1.ours"
        "$work/ns3" "$1" "$5" >>"$work/$1.ns3"
        [ "$i" -ge 3 ] || "$here/peer_simpy.py" "$1" "$6" >>"$work/$1.simpy"
    done
    local own expected ns answer peer
    read -r own expected <<<"$(median "$work/$1.ours")"
    printf '\n%s, ns per %s\n' "$3" "$2"
    printf '  %-10s %10.1f              mean %s\n' fleetsim "$own" "$expected"
    for peer in ns3 simpy; do
        read -r ns answer <<<"$(median "$work/$1.$peer")"
        agree "$peer" "$answer" "$expected" "$7"
        printf '  %-10s %10.1f  = %6.1f x   mean %s\n' "$peer" "$ns" \
            "$(awk -v a="$ns" -v b="$own" 'BEGIN {print a / b}')" "$answer"
    done
}

# Five standard errors of the shortest run: M/M/1 at 90 % by 200,000 customers is 8 % (the formula
# is in bench_engine.c); a pool's mean has far less.
compare mm1 customer "M/M/1 at 90 %, in service times" 10000000 2000000 200000 25
compare pool request "Function pool, 5,000/s, in ms; fleetsim records everything, the peers a mean" \
    10000000 2000000 500000 3
