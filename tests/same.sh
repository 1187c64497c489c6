#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Same scenario, same seed, same bytes: over compilers, optimisation, threads, -march=native and the
# C library's FMA paths. Prints one table; every row must have the same hash.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scenarios=(scenarios/incidents/burst-2000.yaml scenarios/traces/llm-code.yaml)
failed=0

build() { # name, compiler, flags
    if ! { cmake -S . -B "$work/$1" -G Ninja -DCMAKE_C_COMPILER="$2" -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_FLAGS="$3" -DFLEETSIM_PLOT=OFF &&
        cmake --build "$work/$1" --target fleetsim; } >"$work/$1.log" 2>&1; then
        tail -40 "$work/$1.log"
        exit 1
    fi
}

hash_all() { # program, then options of run
    local program=$1
    shift
    for scenario in "${scenarios[@]}"; do
        "$program" run "$scenario" -q -o "$work/out.h5" "$@"
        cat "$work/out.h5"
    done | sha256sum | cut -c1-16
}

row() { # what, hash
    local mark=same
    [ -n "${first:-}" ] || first=$2
    [ "$2" = "$first" ] || { mark=DIFFERS; failed=1; }
    printf '%-44s %s %s\n' "$1" "$2" "$mark"
}

build gcc-O0 gcc -O0
build gcc-O3 gcc -O3
build gcc-native gcc "-O3 -march=native"
build clang-O0 clang -O0
build clang-O3 clang -O3
row "gcc -O0, 1 thread" "$(hash_all "$work/gcc-O0/fleetsim" --jobs 1)"
row "gcc -O3, 1 thread" "$(hash_all "$work/gcc-O3/fleetsim" --jobs 1)"
row "gcc -O3, 2 threads" "$(hash_all "$work/gcc-O3/fleetsim" --jobs 2)"
row "gcc -O3 -march=native" "$(hash_all "$work/gcc-native/fleetsim")"
row "clang -O0" "$(hash_all "$work/clang-O0/fleetsim")"
row "clang -O3" "$(hash_all "$work/clang-O3/fleetsim")"

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
off=GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4
off_new=GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-AVX2_Usable,-FMA_Usable
for try in "$off" "$off_new"; do
    if [ "$("$work/exp")" != "$(env "$try" "$work/exp")" ]; then
        echo "switched off: $try (the C library's exp did change)"
        row "gcc -O3, FMA paths switched off" "$(env "$try" bash -c "$(declare -f hash_all); work='$work'; scenarios=(${scenarios[*]}); hash_all '$work/gcc-O3/fleetsim'")"
        shown=1
        break
    fi
done
[ -n "${shown:-}" ] || echo "not shown: this CPU or C library has no FMA variant of exp to switch off"
exit $failed
