#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Same scenario, same seed, same bytes, for every scenario of the library: the order of its events
# and every value of its results over compilers, optimisation, sanitizers, threads, the C library's
# FMA paths, languages and time zones; then what shards and a killed sweep leave. One table, one
# hash in each of its two parts.
#   same.sh [SCENARIO|FOLDER ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- scenarios
what=("$@")
failed=0

build() { # name, compiler, type, flags
    local launcher=()
    ! command -v ccache >/dev/null || launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    if ! { cmake -S . -B "$work/$1" -G Ninja -DCMAKE_C_COMPILER="$2" -DCMAKE_BUILD_TYPE="$3" \
        -DCMAKE_C_FLAGS="$4" -DFLEETSIM_PLOT=OFF "${launcher[@]}" &&
        cmake --build "$work/$1" --target fleetsim; } >"$work/$1.log" 2>&1; then
        tail -40 "$work/$1.log"
        exit 1
    fi
}

# A row of the table: its name, then the file that must be as the first of its part was.
row() {
    local mark=same
    [ -f "$work/$part" ] || cp "$2" "$work/$part"
    cmp -s "$2" "$work/$part" || { mark=DIFFERS; failed=1; }
    printf '%-44s %s %s\n' "$1" "$(sha256sum <"$2" | cut -c1-16)" "$mark"
    [ $mark = same ] || diff "$work/$part" "$2" | sed -n 's/^> \([^ ]*\).*/    \1/p' | head
}

check() { # name of the row, build, options of check; ${place[@]} runs before it
    local name=$1 program=$work/$2/fleetsim
    shift 2
    "${place[@]}" "$program" check -q "${what[@]}" --fingerprints "$work/table" "$@" \
        >"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
    row "$name" "$work/table"
}

part=runs
place=()
asan='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'
echo "$(find "${what[@]}" -name '*.yaml' -not -path '*/prices/*' | wc -l) scenarios"
echo "-- events and values"
build gcc-O3 gcc Debug -O3
check "gcc -O3, 1 thread" gcc-O3 --jobs 1
check "gcc -O3, 2 threads" gcc-O3 --jobs 2
check "gcc -O3, 8 threads" gcc-O3 --jobs 8
for language in de_DE tr_TR; do
    localedef -i $language -f UTF-8 "$work/$language.UTF-8" 2>/dev/null ||
        echo "not on this machine: the locale $language.UTF-8"
done
place=(env TZ=Pacific/Chatham LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LOCPATH="$work")
check "language de_DE.UTF-8, time zone +12:45" gcc-O3
place=(env TZ=America/St_Johns LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8 LOCPATH="$work")
check "language tr_TR.UTF-8, time zone -03:30" gcc-O3
place=()

# The C library picks FMA variants by CPU; first show that switching them off does change its exp,
# or the row after it could not fail.
cat >"$work/exp.c" <<'C'
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
    uint64_t hash = 0, bits;
    for (int i = 1; i < 4000000; i++) {
        const volatile double x = i * 1.7e-6;
        const double y = exp(x);
        memcpy(&bits, &y, sizeof bits);
        hash = hash * 31 + bits;
    }
    printf("%016llx\n", (unsigned long long)hash);
}
C
gcc -O0 "$work/exp.c" -lm -o "$work/exp"
for off in -FMA,-AVX2,-FMA4 -FMA,-AVX2,-AVX2_Usable,-FMA_Usable; do
    off=GLIBC_TUNABLES=glibc.cpu.hwcaps=$off
    [ "$("$work/exp")" != "$(env "$off" "$work/exp")" ] || continue
    place=(env "$off")
    check "FMA paths off (the C library's exp changed)" gcc-O3
    place=()
    shown=1
    break
done
[ -n "${shown:-}" ] || echo "not shown: this CPU or C library has no FMA variant of exp to switch off"

while IFS='|' read -r name compiler type flags; do
    build other "$compiler" "$type" "$flags"
    check "$name" other
    rm -rf "$work/other"
done <<ROWS
gcc -O0|gcc|Debug|-O0
gcc -O2|gcc|Debug|-O2
gcc -O3, link-time optimisation, fortified|gcc|Release|
gcc -O3 -march=native|gcc|Debug|-O3 -march=native
gcc, address and undefined sanitizers|gcc|Debug|$asan
clang -O0|clang|Debug|-O0
clang -O2|clang|Debug|-O2
clang -O3 -march=native|clang|Debug|-O3 -march=native
clang, address and undefined sanitizers|clang|Debug|$asan
ROWS

part=sweeps
program=$work/gcc-O3/fleetsim
sweep() { # scenario, folder, more
    local file=$1 folder=$2
    shift 2
    exec "$program" sweep "$file" --vary run.seed=1,2,3 -q -o "$folder" "$@"
}

one_process() { (sweep "$1" "$2" --jobs 1); }
three_shards() {
    for shard in 3 1 2; do
        (sweep "$1" "$2" --shard $shard/3)
    done
    "$program" merge "$2" -q
}
# Killed at random as soon as the journal has its head, up to three times, then once more to the end.
killed() {
    local journal=$2/shard-1-of-1.journal pid
    for _ in 1 2 3; do
        sweep "$1" "$2" & # becomes the program: a kill does not miss it
        pid=$!
        until [ -s "$journal" ] || ! kill -0 $pid 2>/dev/null; do :; done
        sleep 0.0$((RANDOM % 10))
        if kill -9 $pid 2>/dev/null; then kills=$((kills + 1)); fi
        wait $pid 2>/dev/null || true
    done
    (sweep "$1" "$2")
}

sweeps() { # name, how
    local file
    : >"$work/hashes"
    for file in $(cut -d' ' -f1 "$work/runs"); do
        rm -rf "$work/cube"
        "$2" "$file" "$work/cube" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
        echo "$file $(sha256sum <"$work/cube/sweep.h5")" >>"$work/hashes"
    done
    row "$1" "$work/hashes"
}

echo "-- sweeps of each over three seeds"
kills=0
sweeps "one process, one thread" one_process
sweeps "three shards, merged" three_shards
sweeps "killed and taken up again" killed
echo "   ($kills kills)"
exit $failed
