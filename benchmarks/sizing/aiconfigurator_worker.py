"""Asks AIConfigurator for rows given on standard input, one JSON object a line; answers likewise.

Runs in the interpreter of another environment, where AIConfigurator is installed, and needs nothing
of Aegis. A row that it refuses is answered with the kind of error.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
import time
import warnings

MODES = ("SILICON", "HYBRID")
"""Measured kernels first; where they are missing, the mixture with modelled ones."""


@functools.cache
def newest(system: str, backend: str) -> str:
    """The database slot it would choose itself, looked up once instead of at every call."""
    from aiconfigurator_core.sdk.perf_database import (  # noqa: PLC0415
        get_latest_database_version,
    )

    return str(get_latest_database_version(system=system, backend=backend))


def answer(row: dict[str, object]) -> dict[str, object]:
    """Its TTFT and TPOT in seconds, or why there are none."""
    from aiconfigurator.cli.api import cli_estimate  # noqa: PLC0415

    name = row.pop("id")
    start = time.process_time()
    error = ""
    for mode in MODES:
        try:
            version = newest(str(row["system_name"]), str(row["backend_name"]))
            found = cli_estimate(**row, backend_version=version, database_mode=mode)
        except Exception as problem:  # noqa: BLE001  # whatever it raises is a refusal
            error = type(problem).__name__
        else:
            took = time.process_time() - start
            return {
                "id": name,
                "ttft_s": found.ttft / 1e3,
                "tpot_s": found.tpot / 1e3,
                "cpu_s": took,
            }
    return {"id": name, "error": error, "cpu_s": time.process_time() - start}


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    out = sys.stdout
    sys.stdout = sys.stderr  # it prints notices; the answers must stay clean
    for line in sys.stdin:
        out.write(json.dumps(answer(json.loads(line))) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
