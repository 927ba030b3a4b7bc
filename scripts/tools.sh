#!/usr/bin/env bash
# Installs the real tools that tests ask: promtool, amtool, Chromium, Node.js with the Mermaid parser. Only where the system
# is Debian-like and we may install; elsewhere it says which tests will report a missing tool.
set -uo pipefail
wanted=()
command -v promtool >/dev/null || wanted+=(prometheus)
command -v amtool >/dev/null || wanted+=(prometheus-alertmanager)
command -v chromium >/dev/null || wanted+=(chromium)
command -v node >/dev/null || wanted+=(nodejs npm)
mermaid() {  # the real Mermaid parser, from its lock file
    command -v npm >/dev/null || return 0
    [ -d tests/tools/mermaid/node_modules ] ||
        npm ci --prefix tests/tools/mermaid --ignore-scripts --no-audit --no-fund --silent >/dev/null 2>&1 ||
        echo "tools: the Mermaid parser could not be installed; its test reports itself as skipped" >&2
}
[ ${#wanted[@]} -eq 0 ] && { mermaid; exit 0; }
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null 2>&1
    # Services must not start just because their package was installed.
    policy=/usr/sbin/policy-rc.d
    made=no
    if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy" && made=yes; fi
    apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null 2>&1 ||
        echo "tools: some of ${wanted[*]} could not be installed" >&2
    [ "$made" = yes ] && rm -f "$policy"
else
    echo "tools: without ${wanted[*]} the tests that ask the real tools report themselves as skipped" >&2
fi
mermaid
exit 0
