"""Reports of garak: `garak.RUN.report.jsonl`.

Fields as garak 0.17.1 writes them (`Attempt.as_dict`, `evaluators/base.py`): lines with
`entry_type` `attempt`, `status` 2 (complete), `uuid`, `seq`, `probe_classname`, `goal`, `prompt`
and `outputs` of messages with `text`, and `detector_results` of one number an output, 1 where the
detector says that the attack succeeded. Before 0.11 prompts were plain texts; both are read.
"""

from __future__ import annotations

from collections.abc import Iterable

from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.imported import (
    Imported,
    Json,
    Object,
    a_list,
    a_score,
    a_text,
    an_object,
    objects,
)
from aegis.evaluate.records import Failure, Result
from aegis.evaluate.samples import Sample

_COMPLETE = 2


def parse_garak(lines: Iterable[str], *, path: str) -> Imported:
    """Samples and results of a run: 1 where no detector found a hit.

    The slice is the probe; outputs of one prompt are a cluster. Attempts that the detectors have not
    seen yet (status 1, written before status 2 of the same attempt) are passed over.

    Raises:
        InputError: no line is an attempt.
    """
    found = Imported(tool="garak")
    attempts = 0
    for _, row in objects(lines, path=path, problems=found.problems):
        if row.get("entry_type") != "attempt":
            continue
        attempts += 1
        if row.get("status") == _COMPLETE:
            _add(found, row)
    if not attempts:
        raise InputError(f"{path} has no attempts of garak; give the file *.report.jsonl")
    return found


def _add(found: Imported, row: Object) -> None:
    name, probe = a_text(row.get("uuid")), a_text(row.get("probe_classname"))
    outputs = a_list(row.get("outputs"))
    sample = Sample(
        id=name,
        input=_last_text(row.get("prompt")),
        cluster=name,
        slice=probe or None,
        metadata={"goal": row.get("goal")},
    )
    detectors = an_object(row.get("detector_results"))
    for index, output in enumerate(outputs):
        place = f"{name}#{index}" if len(outputs) > 1 else name
        hits = {key: _at(values, index) for key, values in detectors.items()}
        known = {key: 1 - value for key, value in hits.items() if value is not None}
        if not known:
            found.add(sample, Failure(id=place, error="no detector looked at it"))
            continue
        worst = min(known, key=lambda key: known[key])
        found.add(
            sample,
            Result(
                id=place, score=known[worst], scores=known if len(known) > 1 else {},
                cluster=name, slice=sample.slice, answer=_last_text(output),
                reason=f"hit of {worst}" if known[worst] < 1 else "",
            ),
        )  # fmt: skip


def _at(values: Json, index: int) -> float | None:
    numbers = a_list(values)
    return a_score(numbers[index]) if index < len(numbers) else None


def _last_text(value: Json) -> str:
    """The text of a message, or of the last turn of a conversation."""
    if isinstance(value, str):
        return value
    message = an_object(value)
    turns = a_list(message.get("turns"))
    if turns:
        message = an_object(an_object(turns[-1]).get("content"))
    return a_text(message.get("text"))
