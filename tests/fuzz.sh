#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzz what reads strangers' text: fuzz.sh SECONDS. Stops at the first finding.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=$1
work=build-fuzz
mkdir -p "$work/corpus"
cp scenarios/*/*.yaml models/platforms/*.yaml "$work/corpus"
clang -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -iquotesim -iquotemodels \
    -iquotescenarios tests/fuzz_tree.c scenarios/{complaint,tree,node}.c sim/{arena,fail,sim,rng,math}.c \
    $(pkg-config --cflags --libs yaml-0.1) -lm -o "$work/fuzz_tree"
"$work/fuzz_tree" -max_total_time="$seconds" -max_len=65536 -artifact_prefix="$work/" "$work/corpus"
