"""A conversation as a file of JSON lines: one turn a line, without secrets, and the way back in."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from aegis.advisor.blocks import Answer
from aegis.advisor.dialogue import turn
from aegis.advisor.talk import Talk
from aegis.detect.secrets import mask


def append(path: Path, said: str, answer: Answer) -> None:
    """Adds one turn; what looked like a secret is masked before it is written."""
    line = {
        "said": mask(said),
        "intent": answer.intent,
        "plan": answer.plan_id,
        "blocks": list(answer.kinds),
    }
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
            said = json.loads(line)["said"]
        except (ValueError, KeyError, TypeError):
            return f"line {number} is no turn of a conversation; mend or remove it, the others are unharmed"
        talk, _ = turn(talk, str(said), today=today)
    return talk
