#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The programs are built so that a mistake in them is harder to use: position-independent, nothing
# writable after the start that need not be, stacks that are guarded and not executable, and in a
# release the C library's checked functions.
#   test_hardening.sh SOURCE BUILD
set -u
failed=0
passed=0
type=$(sed -n 's/^CMAKE_BUILD_TYPE:[^=]*=//p' "$2/CMakeCache.txt")

want() { # what, program, then a command that must find something
    local what=$1 program=$2
    shift 2
    if "$@" "$program" 2>/dev/null | grep -qE "$pattern"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "MISSING in $(basename "$program"): $what"
    fi
}

for program in "$2/fleetsim" "$2/fleetsim-plot"; do
    [ -x "$program" ] || continue
    pattern='Type:.*DYN' want "position-independent executable" "$program" readelf -h
    pattern='GNU_RELRO' want "read-only relocations" "$program" readelf -lW
    pattern='BIND_NOW|FLAGS_1.*NOW' want "all symbols bound at the start" "$program" readelf -dW
    pattern='GNU_STACK.* RW +0x' want "a stack that is not executable" "$program" readelf -lW
    pattern='__stack_chk_fail' want "guarded stacks" "$program" readelf --dyn-syms -W
    if [ "$type" = Release ]; then
        pattern='_chk@' want "checked functions of the C library" "$program" readelf --dyn-syms -W
    fi
done
# Flags that leave no mark that all tools read: as they were given.
for flag in -fstack-protector-strong -fstack-clash-protection -ffp-contract=off; do
    if grep -q -- "$flag" "$2/compile_commands.json"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "MISSING among the compiler's options: $flag"
    fi
done
if grep -q '^HAS_CF_PROTECTION:INTERNAL=1' "$2/CMakeCache.txt" &&
    ! grep -q -- -fcf-protection "$2/compile_commands.json"; then
    failed=$((failed + 1))
    echo "MISSING among the compiler's options: -fcf-protection"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
