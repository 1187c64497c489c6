#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The report is one page, whole in itself, and a real browser shows it under its own policy.
#   test_report.sh SOURCE BUILD
set -u
cd "$1" || exit 2
fleetsim=$2/fleetsim
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

holds() { # what, then a command
    local what=$1
    shift
    if "$@" >/dev/null 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "BROKEN: $what"
    fi
}
lacks() { ! grep -qiE "$1" "$2"; }

command -v gnuplot >/dev/null && [ -x "$2/fleetsim-plot" ] || { echo "1 passed, 0 failed (no gnuplot)"; exit 0; }
"$fleetsim" run scenarios/incidents/burst-2000.yaml -q -o "$work/r.h5" || exit 1
holds "a report is written" "$fleetsim" report "$work/r.h5" -o "$work/report.html"
page=$work/report.html

holds "nothing is loaded from elsewhere" lacks '(src|href)="(http:|//|file:)|src="https:|@import|url\(' "$page"
holds "there is no script" lacks '<script|javascript:|on(load|error|click)=' "$page"
holds "it says what happened" grep -q "1,000 requests refused at the account" "$page"
holds "every source is a row" grep -q "lambda.duration.x86" "$page"
holds "it has four pictures" test "$(grep -c 'data:image/svg+xml;base64,' "$page")" -ge 4
hash=$(python3 - "$page" <<'PY'
import base64, hashlib, re, sys
style = re.search("<style>(.*?)</style>", open(sys.argv[1]).read(), re.S).group(1)
print(base64.b64encode(hashlib.sha256(style.encode()).digest()).decode())
PY
)
holds "the policy knows the style" grep -qF "style-src 'sha256-$hash'" "$page"
holds "the same file gives the same page" bash -c "'$fleetsim' report '$work/r.h5' -o '$work/again.html' && cmp '$page' '$work/again.html'"
holds "without a name it is refused" bash -c "'$fleetsim' report '$work/r.h5'; [ \$? = 2 ]"
holds "a name that is no page is refused" bash -c "'$fleetsim' report '$work/r.h5' -o '$work/x.png'; [ \$? = 2 ]"

# The scenario in the page runs to the same bytes.
python3 - "$page" >"$work/scenario.yaml" <<'PY'
import html, re, sys
print(html.unescape(re.findall(r"<pre>(.*?)</pre>", open(sys.argv[1]).read(), re.S)[-1]), end="")
PY
holds "its scenario runs" "$fleetsim" run "$work/scenario.yaml" -q -o "$work/r2.h5"
holds "to the same bytes" cmp "$work/r.h5" "$work/r2.h5"

if command -v chromium >/dev/null; then
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$work/profile" --window-size=1300,3000 --enable-logging=stderr \
        --screenshot="$work/page.png" "file://$page" >"$work/log" 2>&1
    holds "a browser draws it" test -s "$work/page.png"
    holds "and refuses nothing of it" lacks 'Refused to|violates' "$work/log"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
