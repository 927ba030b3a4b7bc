#!/usr/bin/env bash
# Installs each extra alone, as a user would, and imports what it is for.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
declare -A modules=(
    [gateway]="aegis.gateway.app uvicorn"
    [measure]="aegis.measure.load aegis.operations.rolling httpx"
    [evaluate]="aegis.evaluate.runner aegis.operations.evaluating.running onnxruntime sacrebleu"
    [mcp]="aegis.advisor.surfaces.mcp_server mcp"
    [model]="aegis.advisor.port pydantic_ai anthropic httpx2"
    [llm]="aegis.advisor.surfaces.llm_plugin"
    [aiconfigurator]="aegis.operations.size_second aiconfigurator_core.sdk.config"
    [supply]="aegis.operations.supplying.inventory aegis.operations.supplying.signing aegis.operations.supplying.attesting"
    [drift]="aegis.operations.tables.arrow aegis.operations.drifting"
)
for extra in "${!modules[@]}"; do
    folder=$(mktemp -d)
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements-$extra.lock"
    for module in ${modules[$extra]}; do
        PYTHONPATH=src "$folder/bin/python" -W error -c "import $module"
    done
    PYTHONPATH=src "$folder/bin/python" -m aegis.cli.main --help > /dev/null
    rm -rf "$folder"
    echo "extra $extra: imported alone"
done
