#!/usr/bin/env bash
# Installs the real tools that tests ask: promtool, amtool, Chromium, Node.js with the Mermaid parser and a runner of
# GitLab pipelines (which wants rsync), Pulumi's library, what serves a provider's schema to Terraform, and Temporal with its
# server. Only where the system is Debian-like and we may install; elsewhere it says which tests will report a missing tool.
set -uo pipefail
wanted=()
command -v promtool >/dev/null || wanted+=(prometheus)
command -v amtool >/dev/null || wanted+=(prometheus-alertmanager)
command -v chromium >/dev/null || wanted+=(chromium)
command -v node >/dev/null || wanted+=(nodejs npm)
command -v rsync >/dev/null || wanted+=(rsync)
command -v skopeo >/dev/null || wanted+=(skopeo)
command -v docker-registry >/dev/null || wanted+=(docker-registry)
packages() {  # the tools that are packages of npm, from their lock files
    command -v npm >/dev/null || return 0
    for each in tests/tools/*/package.json; do
        folder=$(dirname "$each")
        [ -d "$folder/node_modules" ] ||
            npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent >/dev/null 2>&1 ||
            echo "tools: $folder could not be installed; its tests report themselves as skipped" >&2
    done
}
environments() {  # the tools that are packages of Python with dependencies of their own
    for each in tests/tools/*/requirements.lock; do
        folder=$(dirname "$each")
        [ -d "$folder/.venv" ] && continue
        "${PYTHON:-python3}" -m venv "$folder/.venv" &&
            "$folder/.venv/bin/python" -m pip install --quiet --require-hashes -r "$each" >/dev/null 2>&1 ||
            { rm -rf "$folder/.venv"; echo "tools: $folder could not be installed; its tests report themselves as skipped" >&2; }
    done
}
[ ${#wanted[@]} -eq 0 ] && { packages; environments; exit 0; }
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
packages
environments
exit 0
