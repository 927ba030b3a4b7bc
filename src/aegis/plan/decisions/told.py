"""A decision told for its kind: what the choice costs later, what shows it, what is particular.

The choice itself is made elsewhere and is the same function for every kind. What somebody who has
run fraud models says about a registry is not what somebody says who has run a fleet of robots, so
these words stand in a table for each kind (`aegis.plan.decisions.words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aegis.plan.case import Case
from aegis.plan.types import Decision, Option, SecondOrder

Pair = tuple[str, str]
SMALL_TEAM = 3  # people; below that the words say «both of you»


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Words for one decision of one kind; an empty string keeps the common sentence."""

    why: str = ""  # instead of the common reasons that cite nothing of the brief
    later: tuple[str, str, str, str] = ("", "", "", "")  # load, maintenance, lock-in, drift
    shown: str = ""
    revisit: str = ""
    options: Mapping[str, Pair] = field(default_factory=dict)  # id → advantage, drawback
    wins: Mapping[str, str] = field(default_factory=dict)  # id → why it is chosen, when it is


Words = Mapping[str, Told]


# Words of the brief by which a voice knows that it may speak: who has run a warehouse robot says
# nothing about a drone. Voices without a row speak whenever they are asked.
_KNOWS: Mapping[str, tuple[str, ...]] = {
    "agent": ("inbox", "mail", "claim", "case"),
    "citizens": ("citizen", "benefit", "household"),
    "completion": ("code", "editor", "engineer"),
    "desk": ("employee", "colleague", "staff"),
    "embedding": ("shop", "catalogue", "article"),
    "fraud": ("fraud",),
    "managed": ("summar", "document", "tender"),
    "on-device": ("voice", "speech", "audio"),
    "ranking": ("shop", "market", "feed", "seller"),
    "reranking": ("search",),
    "robotics": ("warehouse", "aisle", "pallet"),
    "scale": ("account", "consumer", "million", "app"),
    "speech": ("transcri", "dictat", "caption"),
    "tutor": ("pupil", "school", "student", "tutor"),
    "vision": ("inspect", "weld", "part"),
}


def voice(case: Case) -> str:
    """Whose words to use; the common ones where nobody has run quite such a system."""
    said = _said(case)
    return next(
        (v for v in _speakers(case) if any(word in said for word in _KNOWS.get(v, ("",)))), ""
    )


def _speakers(case: Case) -> tuple[str, ...]:
    """Voices that could speak of this kind and place, nearest first."""
    if case.is_llm and (case.managed or _will_be_bought(case)):
        small = (case.brief.team.size or SMALL_TEAM + 1) <= SMALL_TEAM
        return ("managed",) if small else ("rag",) if case.kind == "rag" else ()
    if case.is_llm and case.isolated and "health" in case.brief.data.classes:
        return ("clinical",)
    if case.kind == "rag" and not case.internal:
        return ("citizens", "rag")
    if case.kind == "chat":
        return _chat(case)
    if case.kind == "prediction":
        return ("fraud",)
    if case.kind == "vision" and case.personal:  # the words know parts on a line, not people
        return ()
    if case.kind == "batch" and case.brief.model and case.brief.model.format == "safetensors":
        return ()  # the words know tables, not documents
    return (case.kind,)


def _will_be_bought(case: Case) -> bool:
    """Before the first decision: the brief already names a vendor's model."""
    model = case.brief.model
    return not case.chosen("run-where") and bool(model and model.source == "managed-api")


def _chat(case: Case) -> tuple[str, ...]:
    """Chats differ by their size, their adapters and whose machine they run on."""
    if case.chosen("feature-multi-lora") == "on" or (case.brief.workload.adapters or 0) > 1:
        return ("tutor",)
    if case.where == "multi-cloud":
        return ("scale",)
    one_machine = case.brief.team.orchestrator in {"none", "compose", None}
    return ("desk",) if one_machine and case.internal else ()


def _said(case: Case) -> str:
    brief = case.brief
    device = brief.workload.device.device if brief.workload.device else ""
    who = f"{brief.users.who} {brief.users.affected}" if brief.users else ""
    return f"{brief.name} {brief.purpose} {who} {device}".lower()


def tell(decision: Decision, words: Told | None) -> Decision:
    """The decision in these words; without words, as it is."""
    if words is None:
        return decision
    later, said = decision.second_order, words.later
    reasons = decision.reasons
    win = words.wins.get(decision.chosen, "")
    if win:
        reasons = (win, *(r for r in reasons if r != _because(decision)))
    if words.why:
        reasons = (reasons[0], *(r for r in reasons[1:] if _cites(r)), words.why)
    return decision.model_copy(
        update={
            "reasons": reasons,
            "options": tuple(_option(o, decision, words) for o in decision.options),
            "second_order": SecondOrder(
                cognitive_load=said[0] or later.cognitive_load,
                maintenance=said[1] or later.maintenance,
                lock_in=said[2] or later.lock_in,
                compliance_drift=said[3] or later.compliance_drift,
            ),
            "shown_by": words.shown or decision.shown_by,
            "revisit_when": words.revisit or decision.revisit_when,
        }
    )


def _because(decision: Decision) -> str:
    return next((o.because for o in decision.winners), "")


def _cites(reason: str) -> bool:
    """Whether a reason names something of this brief or of the catalog."""
    return any(mark in reason for mark in "{[`")


def _option(option: Option, decision: Decision, words: Told) -> Option:
    good, bad = words.options.get(option.id, ("", ""))
    because = option.because
    if option.verdict == "chosen":
        because = words.wins.get(option.id, because)
    elif words.revisit:
        because = because.replace(decision.revisit_when, words.revisit)
    return option.model_copy(
        update={
            "advantage": good or option.advantage,
            "drawback": bad or option.drawback,
            "because": because,
        }
    )
