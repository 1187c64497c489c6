#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The house's rules, held by a test: layers, vendors' names, lengths, symbols.
#   test_house.sh SOURCE BUILD
set -u
cd "$1" || exit 2
build=$2
failed=0
passed=0

rule() { # what, then what was found (nothing: kept)
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'BROKEN: %s\n%s\n' "$1" "$2"
    fi
}

sources() { find "$@" \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \) -not -path '*/build*' | sort; }

# Includes point scenarios -> models -> sim; plots knows sim alone.
headers() { find "$1" -name '*.h' -printf '%f\n' | sort | paste -sd'|' | sed 's/\./\\./g'; }
rule "sim includes neither models nor scenarios" \
    "$(grep -nE "#include \"($(headers models)|$(headers scenarios))\"" $(sources sim))"
rule "models include no scenarios" "$(grep -nE "#include \"($(headers scenarios))\"" $(sources models))"
[ -d plots ] && [ -n "$(sources plots)" ] &&
    rule "plots include neither models nor scenarios" \
        "$(grep -nE "#include \"($(headers models)|$(headers scenarios))\"" $(sources plots))"

one_file() { # header pattern, name
    rule "one file alone includes $2" "$(grep -lE "#include [<\"]$1" $(sources sim models scenarios plots tests) | tail -n +2)"
}
one_file 'hdf5' hdf5.h
one_file 'yaml\.h' yaml.h
one_file 'gnuplot-iostream' gnuplot-iostream.h

# Platforms are data.
rule "no vendor's name in the engine or a mechanism" \
    "$(grep -nIiE '\b(lambda|fargate|ecs|eks|aws|sqs|cloudflare|gcp)\b' $(sources sim models) | grep -vE 'SPDX|https:')"
rule "no unfinished work" "$(grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' $(sources sim models scenarios plots tests))"
rule "tests ask what holds of a number: of NaN no excess does" \
    "$(grep -nE 'if \(fabs\(.*> ' tests/*.c tests/*.h)"
rule "no setlocale for numbers" "$(grep -nE 'setlocale|atof' $(sources sim models scenarios plots))"
rule "every file says its licence" \
    "$(for f in $(sources sim models scenarios plots tests); do head -1 "$f" | grep -q SPDX || echo "$f"; done)"
rule "a section's banner is one line" \
    "$(grep -nE '^/\* ---- [^*]*$' $(sources sim models scenarios plots tests))"
rule "100 columns" "$(awk 'length($0) > 100 {print FILENAME":"FNR}' $(sources sim models scenarios plots) | head -5)"

if command -v ctags >/dev/null && ctags --version | grep -q Universal; then
    rule "no function over 60 lines" \
        "$(ctags --fields=+ne -x --c-kinds=f --_xformat='%{end} %{line} %F %N' $(sources sim models scenarios plots) |
            awk '$1 - $2 > 60 {print $1 - $2 " lines: " $4 " in " $3}')"
fi

# What a layer's objects ask for stands in itself or below it.
defined() { nm --defined-only "$@" 2>/dev/null | awk 'NF == 3 {print $3}' | sort -u; }
asks_below() { # library, those below it
    local archive=("${@/#/$build/lib}")
    archive=("${archive[@]/%/.a}")
    [ -f "${archive[0]}" ] && nm "${archive[0]}" >/dev/null 2>&1 &&
        rule "$1 links to nothing above it" \
            "$(nm -u "${archive[0]}" 2>/dev/null | awk '$NF ~ /^fs_/ {print $NF}' | sort -u |
                comm -23 - <(defined "${archive[@]}"))"
}
asks_below fs_sim
asks_below fs_results fs_sim
asks_below fs_models fs_sim

# What is recorded is computed with our own elementary functions: the C library's differ by CPU.
for library in fs_sim fs_models; do
    archive=$build/lib$library.a
    [ -f "$archive" ] && nm -u "$archive" >/dev/null 2>&1 &&
        rule "no libm transcendental in $library" \
            "$(nm -u "$archive" 2>/dev/null | awk '{print $NF}' |
                grep -xE '(log|exp|pow|sin|cos|tan|log1p|expm1|lgamma|tgamma|erf|erfc|log2|log10|exp2|cbrt|sinh|cosh|tanh|atan|atan2)f?l?' | sort -u)"
done

# Pictures are drawn of results alone; that no header is included leaves what is linked.
[ -f "$build/fleetsim-plot" ] && nm "$build/fleetsim-plot" >/dev/null 2>&1 &&
    rule "no engine in fleetsim-plot" \
        "$(nm --defined-only "$build/fleetsim-plot" | grep -oE '\bfs_(sim_[a-z_]+|schedule[a-z_]*|cancel)$')"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
