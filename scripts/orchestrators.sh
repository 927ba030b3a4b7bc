#!/usr/bin/env bash
# Installs orchestrators, each with the versions that its rendered file is pinned to, for
# tests/render/pipelines/test_orchestrators.py: scripts/orchestrators.sh dagster kubeflow prefect airflow
# They are large (90 to 270 MB each), so CI does not: there their tests report themselves as skipped.
set -euo pipefail
python=${PYTHON:-.venv/bin/python}
for each in "$@"; do
    folder=tests/tools/$each/.venv
    pins=$("$python" -c "
from aegis.render.pipelines.programs import $each
print(*(f'{name}=={version}' for name, version in $each.REQUIREMENTS.items()))")
    "$python" -m venv "$folder"
    # shellcheck disable=SC2086  # one word a requirement
    "$folder/bin/python" -m pip install --quiet $pins
done
