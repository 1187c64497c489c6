#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A newcomer adds a scenario and a picture by adding one file each: done here, in a copy of the
# tree, with no other file touched.
#   test_newcomer.sh SOURCE BUILD
set -u
cd "$1" || exit 2
build=$2
[ -x "$build/fleetsim-plot" ] && command -v gnuplot >/dev/null || { echo "nothing to draw with: skipped"; exit 0; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
copy=$work/tree
passed=0
failed=0

holds() { # what, then a command; its output is shown when it fails
    local what=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'BROKEN: %s\n%s\n' "$what" "$output"
    fi
}

mkdir "$copy"
tar cf - --exclude=./build* --exclude=./.git . | tar xf - -C "$copy"
# What the build wrote lies in the source folder now and then: a newcomer's tree has none of it.
before=$(cd "$copy" && find . -type f | sort | xargs -d '\n' sha256sum)

cat >"$copy/scenarios/patterns/my-first.yaml" <<'YAML'
fleetsim: 1
title: My first scenario
story: A shop of one task. Ten requests a second, each 10 ms of CPU. It is a tenth busy.
run: {length: 1min, seed: 1}
traffic:
  shop:
    arrivals: {constant: {rate: 10/s}}
    client: {retry: none}
    path: [shop]
    work: {shop: {cpu: 10ms}}
components:
  shop: {mechanism: service, tasks: 1, cpu: 1}
expect:
  - traffic.shop.completed >= 599
YAML

cat >"$copy/plots/figures/mine.c" <<'C'
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many requests came, a bar for each variant. */
#include "figure.h"
#include "words.h"

static void build(struct fs_figure *f)
{
    fs_figure_bars(f);
    struct fs_row *row = fs_figure_row(f, "Requests that came", "none");
    struct fs_bars bars = fs_bars_new(f, row);
    for (int i = 0; i < f->input->n_variants; i++) {
        const struct fs_trend *s = fs_input_series(f->input, &f->input->variant[i], "traffic",
                                                   "class", "arrived", 0);
        bars.height[i] = s ? s->total : 0;
    }
    fs_bars_add(f, &bars, "arrived", FS_BLUE);
    fs_bars_done(f, &bars, fs_words_count);
    fs_axis_linear(f->arena, &row->axis, bars.highest, false);
}

const struct fs_figure_type fs_figures_mine = {.name = "mine",
                                               .doc = "requests that came",
                                               .rank = 1000,
                                               .needs = "traffic, from fleetsim run",
                                               .build = build};
C

launcher=()
command -v ccache >/dev/null && launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
holds "the copy is configured" cmake -S "$copy" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug "${launcher[@]}"
holds "the copy is built" cmake --build "$work/build" --target programs
new=$work/build/fleetsim
cd "$copy" || exit 2
holds "the scenario is checked with the others of its folder" \
    bash -c "'$new' check -q scenarios/patterns/my-first.yaml scenarios/patterns/api-low.yaml | grep -q 'my-first.yaml'"
holds "a folder's check finds it" bash -c "ls scenarios/patterns | grep -q my-first && '$new' check scenarios/patterns/my-first.yaml"
holds "it runs" "$new" run scenarios/patterns/my-first.yaml -q -o "$work/r.h5"
holds "the picture is listed" bash -c "'$work/build/fleetsim-plot' --help | grep -q 'mine .*requests that came'"
holds "and drawn to a file" "$new" plot "$work/r.h5" --picture mine -o "$work/mine.svg"
holds "with its title and its number" bash -c "grep -q 'Requests that came' '$work/mine.svg' && grep -q 'base: 600' '$work/mine.svg'"
holds "and to a terminal" bash -c "'$new' plot '$work/r.h5' --picture mine | grep -q 'Requests that came'"
holds "and is in the report" bash -c "'$new' report '$work/r.h5' -o '$work/r.html' && grep -q 'alt=\"requests that came\"' '$work/r.html'"
holds "the house's rules hold for both" tests/test_house.sh "$copy" "$work/build"
# As if all had been checked and nothing had moved; $5 is the table that is asked for.
mkdir "$work/checked"
cat >"$work/checked/fleetsim" <<SH
#!/bin/sh
{ grep -v '^#' '$copy/tests/fingerprints.txt'; echo scenarios/patterns/my-first.yaml 1 1; } >"\$5"
SH
chmod +x "$work/checked/fleetsim"
holds "that no line holds it yet is said, not failed" \
    bash -c "tests/test_scenarios.sh '$copy' '$work/checked' >'$work/said' && grep -q my-first '$work/said' && grep -q './dev fingerprints' '$work/said'"
sed -i 's/; echo/ | sed "2s,.\$,x,"; echo/' "$work/checked/fleetsim"
holds "one that comes out otherwise fails" bash -c "! tests/test_scenarios.sh '$copy' '$work/checked'"
rm scenarios/patterns/my-first.yaml plots/figures/mine.c
after=$(find . -type f | sort | xargs -d '\n' sha256sum)
holds "no other file was touched" test "$before" = "$after"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
