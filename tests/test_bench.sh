#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Instructions per unit of work are held against the figures in bench_held.txt, in builds by the
# compiler and flags that those are for. Times are never held.
#   test_bench.sh SOURCE BUILD
set -eu
exec "$1/tests/bench.sh" "$2" --hold "$1/tests/bench_held.txt"
