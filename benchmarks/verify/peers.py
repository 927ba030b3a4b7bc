"""What another validator says of the same core objects: `python -m benchmarks.verify.peers`.

`kubernetes-validate` (PyPI) is installed into a folder that is thrown away; where it cannot be
installed, this says so and compares nothing. It knows core kinds only, so the objects are the core
ones that the examples render, each also with every field of its `spec` renamed in turn and with
every number there turned into a text. kubeconform, the tool that people know best, is on no package
registry that is used here.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.verify.__main__ import BRIEF, rendered
from pydantic import JsonValue

from aegis.verify.files import documents, read
from aegis.verify.schema.library import built_in

PEER = "kubernetes-validate==1.37.0"
VERSION = "1.36"
_JUDGE = """
import json, sys, time
import kubernetes_validate as k
objects = json.load(open(sys.argv[1]))
for attempt in range(2):
    started = time.process_time()
    said = []
    for value in objects:
        try:
            k.validate(value, sys.argv[2], strict=True)
            said.append(True)
        except k.ValidationError:
            said.append(False)
    spent = time.process_time() - started
print(json.dumps([said, spent]))
"""


def objects() -> Iterator[dict[str, JsonValue]]:
    """Core objects of every example, and what a slip of the pen makes of them."""
    seen: set[str] = set()
    for brief in sorted(BRIEF.parents[1].glob("*/brief.yaml")):
        for path, text in rendered(brief).items():
            for _, value, _ in documents(read(path, text)) if path.endswith(".yaml") else ():
                found = built_in().find(str(value.get("apiVersion")), str(value.get("kind")))
                spelled = json.dumps({**value, "metadata": None}, sort_keys=True)
                if found is not None and found.core and spelled not in seen:
                    seen.add(spelled)
                    yield value
                    yield from _changed(value)


def _changed(value: dict[str, JsonValue]) -> Iterator[dict[str, JsonValue]]:
    spec = value.get("spec")
    for key in spec if isinstance(spec, dict) else ():
        made = copy.deepcopy(value)
        inner = made["spec"]
        if isinstance(inner, dict):
            field = inner.pop(key)
            renamed = copy.deepcopy(made)
            if isinstance(other := renamed["spec"], dict):
                other[f"{key}x"] = field
            yield renamed
            if isinstance(field, int) and not isinstance(field, bool):
                inner[key] = str(field)
                yield made


def ours(values: list[dict[str, JsonValue]]) -> tuple[list[bool], float]:
    """Verdicts by schema, and CPU seconds of the second round."""
    library, spent = built_in(), 0.0
    said: list[bool] = []
    for _ in range(2):
        started = time.process_time()
        said = []
        for value in values:
            kind = library.find(str(value["apiVersion"]), str(value["kind"]))
            said.append(kind is not None and not library.judge(kind, value).problems)
        spent = time.process_time() - started
    return said, spent


def theirs(values: list[dict[str, JsonValue]], folder: Path) -> tuple[list[bool], float] | None:
    """The peer's verdicts, or None when it cannot be installed."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "-q", PEER], capture_output=True, text=True, check=False
    )
    if installed.returncode != 0:
        print(f"{PEER} cannot be installed here: {installed.stderr.strip()[-300:]}")
        return None
    (folder / "objects.json").write_text(json.dumps(values), "utf-8")
    answer = subprocess.run(
        [python, "-c", _JUDGE, str(folder / "objects.json"), VERSION],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said, spent = json.loads(answer.stdout)
    return said, spent


def main() -> int:
    """Prints how often both agree, and what each costs."""
    values = list(objects())
    with tempfile.TemporaryDirectory() as folder:
        peer = theirs(values, Path(folder))
    mine, spent = ours(values)
    print(f"aegis               {len(values)} objects, {spent / len(values) * 1e3:.3f} ms CPU each")
    if peer is None:
        return 2
    said, cost = peer
    agree = sum(a == b for a, b in zip(mine, said, strict=True))
    print(f"{PEER} {len(said)} objects, {cost / len(said) * 1e3:.3f} ms CPU each, warm")
    print(f"agreement           {agree} of {len(values)}")
    for value, a, b in zip(values, mine, said, strict=True):
        if a != b:
            words = f"aegis {'accepts' if a else 'refuses'}"
            print(f"differs             {words}: {json.dumps(value)[:300]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
