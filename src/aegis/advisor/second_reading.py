"""What passed the gate is read a second time by a model, which can only take sentences away.

The reader gets the sentences as a numbered list and a fixed instruction, in a call of its own that
sees nothing else of the conversation, and returns one verdict a sentence in closed words. Silence
about a sentence is no approval: an answer that leaves one out, judges one twice or names one that
does not exist lets nothing stand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from aegis.advisor.lexicon import data

if TYPE_CHECKING:
    from aegis.advisor.port import Port

Fault = Literal[
    "amount", "promise", "softened_control", "settled_law", "credential", "invented_evidence", "order", "praise",
    "reassurance", "unsafe_consequence",
]  # fmt: skip
_TOKENS = 1000  # of an answer; verdicts are short, what a model thinks before them is not


class Verdict(BaseModel):
    """What a reader says of one sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    number: int = Field(description="the number of the sentence")
    fault: Fault | Literal["none"] = Field(description="why it is struck; none where it stands")


class Verdicts(BaseModel):
    """One verdict for each sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    verdicts: list[Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReading:
    """The sentences that stand, the faults of those that do not, and why there was no reading."""

    stands: tuple[str, ...] = ()
    struck: tuple[Fault, ...] = ()
    trouble: str = ""


def read_again(said: Sequence[str], port: Port, *, model: str = "") -> SecondReading:
    """The sentences as a model reads them a second time; none stands when it cannot be asked."""
    verdicts = port.fill(
        Verdicts, task=instruction(), said=numbered(said), tokens=_TOKENS, model=model
    )
    if verdicts is None:
        return SecondReading(trouble=port.trouble)
    return judged(said, verdicts)


def judged(said: Sequence[str], found: Verdicts) -> SecondReading:
    """What verdicts leave of the sentences: nothing unless each is judged exactly once."""
    if sorted(each.number for each in found.verdicts) != list(range(1, len(said) + 1)):
        return SecondReading(trouble="its verdicts do not fit the sentences")
    faults = {each.number: each.fault for each in found.verdicts}
    return SecondReading(
        stands=tuple(s for number, s in enumerate(said, 1) if faults[number] == "none"),
        struck=tuple(fault for _, fault in sorted(faults.items()) if fault != "none"),
    )


def numbered(said: Sequence[str]) -> str:
    """The sentences as a reader gets them: a JSON list, so that none of them ends it."""
    return json.dumps([{"number": n, "sentence": s} for n, s in enumerate(said, 1)], indent=1)


@cache
def instruction() -> str:
    """The fixed instruction: what is asked, each fault with its examples, and what stands."""
    file = _Instruction.model_validate(data("second_reading.yaml"))
    faults = (
        f"- {fault}: {told.means}. Struck: {' '.join(told.examples)}"
        for fault, told in file.faults.items()
    )
    stands = (f"- {sentence}" for sentence in file.stands)
    return "\n".join([file.instruction, "", "Faults:", *faults, "", "These stand:", *stands])


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    means: str
    examples: tuple[str, str]


class _Instruction(BaseModel):
    """The file of the instruction."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    instruction: str
    faults: dict[Fault, _Told]
    stands: tuple[str, ...]
