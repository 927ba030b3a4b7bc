"""A conversation as a file of JSON lines: one turn a line, without secrets, and the way back in."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

from aegis.advisor.blocks import Answer
from aegis.advisor.dialogue import turn
from aegis.advisor.talk import Talk
from aegis.advisor.understanding import Stated
from aegis.detect.said import mask_said


def append(path: Path, said: str, talk: Talk, answer: Answer) -> None:
    """Adds one turn; what looked like a secret is masked before it is written."""
    line: dict[str, object] = {
        "said": mask_said(said),
        "intent": answer.intent,
        "plan": answer.plan_id,
        "blocks": list(answer.kinds),
    }
    if talk.proposed:
        line["proposed"] = [dataclasses.asdict(each) for each in talk.proposed]
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def resume(text: str, *, today: datetime.date) -> Talk | str:
    """The conversation that a transcript holds, or a sentence about the line that cannot be read.

    What was said is heard again, so a newer Aegis answers with what it knows now.
    """
    talk = Talk()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            read = json.loads(line)
            said = str(read["said"])
            proposals = tuple(Stated(**each) for each in read.get("proposed", ()))
        except (ValueError, KeyError, TypeError, AttributeError):
            return f"line {number} is no turn of a conversation; mend or remove it, the others are unharmed"
        talk, _ = turn(talk, said, today=today)
        talk = dataclasses.replace(talk, proposed=proposals)
    return talk
