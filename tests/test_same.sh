#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Same scenario, same seed, same bytes: over repetitions, threads, time zones, languages and the C
# library's FMA paths. What needs other builds (compilers, optimisation) is in same.sh.
#   test_same.sh SOURCE BUILD
set -u
cd "$1" || exit 2
fleetsim=$2/fleetsim
passed=0
failed=0
place=()
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# Every mechanism, and draws that go through exp, log and sin.
cat >"$work/many.yaml" <<'YAML'
fleetsim: 1
run: {length: 3min, replications: 3, seed: 7, intervals: 50}
account: {platform: aws, concurrency: 25}
traffic:
  jobs:
    arrivals: {sine: {mean: 12/s, amplitude: 90%, period: 40s}}
    client: {timeout: 4s, retry: aws-sdk-standard}
    path: [shop, queue, worker]
    work:
      shop: {cpu: {lognormal: {mean: 40ms, p99: 300ms}}, io: {exponential: {mean: 30ms}}}
      worker: {cpu: {gamma: {mean: 400ms, cv: 2}}, io: {weibull: {mean: 200ms, shape: 0.7}}}
  calls:
    arrivals: {mmpp: {states: [{rate: 2/s, stay: 20s}, {rate: 60/s, stay: 3s}]}}
    client: {retry: {backoff: {attempts: 4, base: 100ms, jitter: decorrelated}}}
    path: [gate, table]
    work:
      gate: {measured: {lognormal: {mean: 80ms, cv: 1.5}}, at: 512MB, cpu_share: 40%}
      table: {cpu: {pareto: {mean: 5ms, shape: 1.6}}}
components:
  shop: {platform: aws-fargate, tasks: 3, cpu: 0.25, memory: 0.5GB, max_in_flight: 8, backlog: 20,
         balancing: power_of_two}
  queue: {platform: aws-sqs, visibility_timeout: 10s, redrive: {max_receive_count: 3, to: dead}}
  dead: {platform: aws-sqs, sink: true}
  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 4}
  worker: {platform: aws-lambda, memory: 1024MB, timeout: 5s}
  gate: {platform: aws-lambda, memory: 512MB, timeout: 2s}
  table: {mechanism: service, tasks: 2, cpu: 1, balancing: least_outstanding_requests, timeout: 1s}
events:
  - {at: 60s, deploy: gate}
  - {at: 90s, errors: {component: worker, probability: 30%, for: 20s}}
  - {at: 120s, quota: {concurrency: 10}}
YAML
scenarios=("$work/many.yaml" scenarios/incidents/burst-2000.yaml scenarios/traces/llm-code.yaml)

run_all() { # folder to leave results in, then options of run
    local folder=$work/$1 scenario
    shift
    mkdir -p "$folder"
    for scenario in "${scenarios[@]}"; do
        "${place[@]}" "$fleetsim" run "$scenario" -q -o "$folder/$(basename "$scenario").h5" "$@" \
            >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
    done
}

same() { # what; the results are in row/
    local scenario name different=""
    for scenario in "${scenarios[@]}"; do
        name=$(basename "$scenario").h5
        cmp -s "$work/first/$name" "$work/row/$name" || different+=" $name"
    done
    rm -rf "$work/row"
    if [ -z "$different" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "DIFFERS: $1:$different"
    fi
}

run_all first --jobs 1 || exit 1
run_all row --jobs 1
same "the same once more"
run_all row --jobs 2
same "two threads"
elsewhere() { # time zone, language, then as run_all; the shell itself stays where it is
    local zone=$1 language=$2
    shift 2
    place=(env TZ="$zone" LANG="$language" LC_ALL="$language" LANGUAGE="$language" LOCPATH="$work")
    run_all "$@"
    place=()
}

# A language with a decimal comma and one with a dotless i, made here where the sources are at hand;
# without them the C library falls back to C, and the rows still change what the program is told.
for language in de_DE tr_TR; do
    localedef -i "$language" -f UTF-8 "$work/$language.UTF-8" >/dev/null 2>&1 ||
        echo "Not on this machine: the locale $language.UTF-8."
done
elsewhere Pacific/Chatham de_DE.UTF-8 row
same "another time zone, a language with a decimal comma"
elsewhere America/St_Johns tr_TR.UTF-8 row
same "another time zone, a language with a dotless i"
elsewhere :/nowhere C row
same "no language, a time zone that does not exist"

# The C library picks FMA variants of exp, log, sin by CPU. First show that switching them off does
# change its exp, or the row could not fail.
cat >"$work/exp.c" <<'C'
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
    uint64_t hash = 0, bits;
    for (int i = 1; i < 1000000; i++) {
        const volatile double x = i * 6.8e-6;
        const double y = exp(x);
        memcpy(&bits, &y, sizeof bits);
        hash = hash * 31 + bits;
    }
    printf("%016llx\n", (unsigned long long)hash);
    return 0;
}
C
shown=""
if ${CC:-cc} -O0 "$work/exp.c" -lm -o "$work/exp" 2>/dev/null; then
    for off in -FMA,-AVX2 -FMA,-AVX2,-FMA4 -FMA_Usable,-AVX2_Usable,-FMA4_Usable; do
        off=GLIBC_TUNABLES=glibc.cpu.hwcaps=$off
        [ "$("$work/exp")" != "$(env "$off" "$work/exp")" ] || continue
        shown=$off
        place=(env "$off")
        run_all row
        place=()
        same "$off"
        break
    done
fi
if [ -n "$shown" ]; then
    echo "FMA paths were switched off by $shown: the C library's exp changed."
else
    echo "Not shown on this machine: nothing switches the C library's FMA paths off."
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
