#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every scenario of the library but the traces (test_traces has those) keeps what it says under
# `expect`.
#   test_scenarios.sh SOURCE BUILD
set -eu
cd "$1"
for folder in scenarios/*/; do
  case $folder in scenarios/traces/ | scenarios/submit/) continue ;; esac
  "$2"/fleetsim check -q "$folder"
done
