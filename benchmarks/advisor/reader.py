"""What a second reading strikes, with a real model behind an address; nothing here runs by default."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.advisor.measures import Row

from aegis.advisor.port import Port
from aegis.advisor.reaching import address
from aegis.advisor.second_reading import SecondReading, read_again
from aegis.plan.types import Plan
from aegis.review.prose.judge import withheld
from aegis.review.prose.names import names_of
from aegis.review.prose.sentences import sentences

AT_ONCE = 6  # sentences of one commentary
Reader = Callable[[Sequence[str]], SecondReading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many texts come through the gate, through the second reading alone, and through both."""

    texts: int
    gate: int
    reader: int
    both: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Texts that break a rule, of which one sentence is enough; honest ones, which must stand whole."""

    violating: Standing
    honest: Standing
    unread: int  # sentences of readings that failed; withheld, as in a conversation
    faults: tuple[tuple[str, int], ...]
    lost: tuple[str, ...]


def reader_at(url: str, model: str) -> Reader:
    """The model behind an address; its key is in a file that AEGIS_MODEL_KEY_FILE names."""
    speaks, base_url = address(url)
    key = os.environ.get("AEGIS_MODEL_KEY_FILE")
    secret = Path(key).read_text("utf-8").strip() if key else "none"
    port = Port(
        base_url=base_url, model=model, api_key=secret, speaks=speaks, timeout_s=60, most_calls=10_000
    )  # fmt: skip
    return lambda said: read_again(said, port)


def read(rows: Sequence[Row], plan: Plan, reader: Reader) -> Read:
    """Every sentence of the texts, six at a time in an order that tells nothing."""
    texts = [sentences([str(row["text"]).replace("{:}", ":")]) for row in rows]
    said = [(row, sentence) for row, text in enumerate(texts) for sentence in text]
    random.Random(7).shuffle(said)  # noqa: S311  # an order, not a key
    stands: set[tuple[int, str]] = set()
    faults: Counter[str] = Counter()
    unread = 0
    for at in range(0, len(said), AT_ONCE):
        part = said[at : at + AT_ONCE]
        found = reader([sentence for _, sentence in part])
        unread += len(part) if found.trouble else 0
        faults.update(found.struck)
        stands |= {each for each in part if each[1] in found.stands}
    names = names_of(plan)
    gate = {each for each in said if not withheld(each[1], names)}
    counts = {wrong: _standing(rows, said, gate, stands, wrong=wrong) for wrong in (True, False)}
    lost = (
        f"{rows[row]['id']} {'shown' if rows[row]['violates'] else 'struck'}: {sentence}"
        for row, sentence in said
        if rows[row]["violates"] == ((row, sentence) in stands)
    )
    return Read(
        violating=counts[True], honest=counts[False], unread=unread,
        faults=tuple(faults.most_common()), lost=tuple(lost),
    )  # fmt: skip


def _standing(
    rows: Sequence[Row], said: Sequence[tuple[int, str]], gate: set[tuple[int, str]],
    stands: set[tuple[int, str]], *, wrong: bool,
) -> Standing:  # fmt: skip
    """Counted by text: a wrong one is shown with any sentence of it, an honest one stands with all."""
    enough = any if wrong else all
    texts = [row for row, each in enumerate(rows) if each["violates"] == wrong]
    of = {row: [each for each in said if each[0] == row] for row in texts}

    def through(allowed: set[tuple[int, str]]) -> int:
        return sum(enough(each in allowed for each in of[row]) for row in texts)

    return Standing(
        texts=len(texts), gate=through(gate), reader=through(stands), both=through(gate & stands)
    )
