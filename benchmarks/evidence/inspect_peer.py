"""The peer of `runner`: one data set through inspect_ai; prints its version and CPU ms a sample.

Needs inspect_ai and openai, and `LOCAL_BASE_URL` and `LOCAL_API_KEY` in the environment.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Import first, then measure the run alone."""
    inspect_ai = importlib.import_module("inspect_ai")
    dataset = importlib.import_module("inspect_ai.dataset")
    scorer = importlib.import_module("inspect_ai.scorer")
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()[:500]]
    samples = [dataset.Sample(id=r["id"], input=r["input"], target=r["target"]) for r in rows]
    task = inspect_ai.Task(dataset=dataset.MemoryDataset(samples), scorer=scorer.includes())
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        logs = inspect_ai.eval(
            task, model="openai-api/local/m", log_dir=folder, display="none", max_connections=8
        )
        spent = time.process_time() - start
    if logs[0].status != "success":
        sys.exit(str(logs[0].error))
    print(inspect_ai.__version__, 1000 * spent / len(samples))


if __name__ == "__main__":
    main()
