"""Asks AIConfigurator one question, JSON on standard input and output; run as a process of its own.

Only the bundled model configurations are read, so that nothing is fetched.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path


def answer(asked: dict[str, object]) -> dict[str, object]:
    """Its times in milliseconds, or `error`: why there are none."""
    import aiconfigurator_core  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
    from aiconfigurator_core.sdk.backends.factory import (  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
        get_backend,
    )
    from aiconfigurator_core.sdk.config import (  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
        RuntimeConfig,
    )
    from aiconfigurator_core.sdk.config_builders import (  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
        build_model_config,
    )
    from aiconfigurator_core.sdk.models import (  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
        get_model,
    )
    from aiconfigurator_core.sdk.perf_database import (  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
        get_database_view,
        get_latest_database_version,
    )

    known = Path(str(aiconfigurator_core.__file__)).parent / "model_configs"
    model, system, backend = (str(asked[key]) for key in ("model", "system", "backend"))
    if not (known / f"{model.replace('/', '--')}_config.json").is_file():
        return {"error": f"it has no configuration of {model}"}
    version = get_latest_database_version(system=system, backend=backend)
    if version is None:
        return {"error": f"it has no measurements of {backend} on {system}"}
    layout = asked["layout"]
    if not isinstance(layout, dict):
        raise TypeError(layout)
    built = get_model(model, build_model_config(**layout), backend)
    runtime = RuntimeConfig(
        batch_size=asked["batch"], isl=asked["input_tokens"], osl=asked["output_tokens"]
    )
    why = ""
    for mode in ("SILICON", "HYBRID"):
        try:
            database = get_database_view(
                system=system, backend=backend, version=version, database_mode=mode
            )
            found = get_backend(backend).run_agg(
                built, database, runtime, ctx_tokens=asked["step_tokens"]
            )
        except Exception as problem:  # noqa: BLE001  # whatever it raises is a refusal
            why = type(problem).__name__
            continue
        said = found.get_result_dict()
        return {
            "ttft_ms": float(said["ttft"]),
            "tpot_ms": float(said["tpot"]),
            "basis": f"{backend} {version} on {system}, {mode.lower()} mode",
        }
    return {"error": f"it refuses this case ({why})"}


def main() -> None:
    """One question, one answer."""
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    out = sys.stdout
    sys.stdout = sys.stderr  # it prints notices; the answer must stay clean
    try:
        said = answer(json.load(sys.stdin))
    except Exception as problem:  # noqa: BLE001  # whatever it raises is a refusal
        said = {"error": f"it refuses this case ({type(problem).__name__})"}
    out.write(json.dumps(said))


if __name__ == "__main__":
    main()
