"""A conversation: each turn is a value, made from the one before and what was just said.

`turn` gathers until there is a brief, plans, and then explains, recomputes or changes. A what-if is
a plan of its own that is kept only when the person says so; a why is a query on the decisions.
Nothing that looks like a secret is kept, shown or understood.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from aegis.advisor import saying, sections
from aegis.advisor.asking import ASKS, explained
from aegis.advisor.blocks import Answer, Block
from aegis.advisor.changing import OLD, moved, prefixed
from aegis.advisor.drafting import Draft, extended, missing
from aegis.advisor.explaining import rule_or_term
from aegis.advisor.fastpath import fast_path
from aegis.advisor.intents import intents_of
from aegis.advisor.pressure import Shortcut, hurried, not_taken, pressure, pushback, what_stays
from aegis.advisor.proposing import Listener, did_you_mean, proposed
from aegis.advisor.talk import Heard, Talk, answer_of, brief_text, planned
from aegis.advisor.understanding import understand
from aegis.advisor.verifying import verified
from aegis.base.prose import name
from aegis.brief.answers import NotUnderstoodError, fields_of
from aegis.brief.questions import QUESTIONS, Question
from aegis.detect.said import find_said, mask_said


def turn(
    talk: Talk, said: str, *, today: datetime.date, listener: Listener | None = None
) -> tuple[Talk, Answer]:
    """The conversation after this sentence, and what Aegis says to it.

    A `listener` may propose fields that the words did not give; it never sees a secret, and its
    proposals wait for a yes.
    """
    secrets = find_said(said)
    clean = mask_said(said) if secrets else said
    understood = understand(clean)
    heard = Heard(
        said=clean,
        understood=understood,
        intents=intents_of(clean),
        pressed=pressure(understood, before=talk.said),
        secrets=len(secrets),
    )
    after, answer = _respond(talk, heard, today)
    answer = verified(_under_pressure(talk, after, heard, answer, today), clean)
    after = replace(after, said=clean, told=_told(talk, heard, answer))
    found = proposed(listener, heard.understood) if listener is not None and not heard.asks else ()
    block = did_you_mean(found)
    if block is None:
        return replace(after, proposed=()), answer
    return replace(after, proposed=found), answer.model_copy(
        update={"blocks": (*answer.blocks, block)}
    )


def _under_pressure(
    before: Talk, talk: Talk, heard: Heard, answer: Answer, today: datetime.date
) -> Answer:
    """The answer with what must be said beside it: a secret, a shortcut, what stays, the fast way."""
    pushes = heard.pressed.pushes
    first = [b for b in (saying.secret_warning(heard), pushback(pushes)) if b]
    stays = what_stays(_unclear(before, heard, answer), before.told)
    if hurried(heard.said) or any(push.shortcut.fast for push in pushes):
        result = planned(talk.draft, today)
        if result is not None and result.plan is not None:
            first.append(fast_path(result, result.plan, today))
            numbers = {**result.plan.numbers, **answer.numbers}
            answer = answer.model_copy(update={"numbers": numbers, "plan": result.plan})
    if stays is None and not first and _took_nothing(before, talk, heard, answer):
        first.append(not_taken())
    if stays is None:
        return answer.model_copy(update={"blocks": (*first, *answer.blocks)}) if first else answer
    if answer.intent in _NO_ANSWER:
        first.append(stays)
        return answer.model_copy(update={"blocks": (*first, *answer.blocks)})
    return answer.model_copy(update={"blocks": (*first, *answer.blocks, stays)})


_NO_ANSWER = frozenset({"help", "stand", "gather"})
"""Intents of answers that respond to nothing in particular: what stays comes before them."""


def _took_nothing(before: Talk, talk: Talk, heard: Heard, answer: Answer) -> bool:
    """Whether somebody told or requested something, and neither the plan nor the answer has any of it."""
    if answer.intent not in _NO_ANSWER or talk.draft != before.draft or heard.understood.stated:
        return False
    few = len(heard.said.split()) <= _COMMAND and _KIND_WORDS.match(heard.said) is not None
    said = _TAG.sub("", heard.said.rstrip())
    only_asks = said.endswith("?") and _REQUESTS.match(said) is None
    return not (few or _short(heard) or only_asks)


_REQUESTS = re.compile(
    r"(?i)\s*(?:and |so |then |please,? |ok(?:ay)?,? )*(?:can|could|would|will) (?:you|we|i)\b"
)


_TAG = re.compile(r"(?i),\s*(?:ok(?:ay)?|right|no|yes|please|deal|agreed|alright)\?$")


def _unclear(talk: Talk, heard: Heard, answer: Answer) -> tuple[Shortcut, ...]:
    """What the words may touch, unless this answer says it itself, or it was said and is not likely."""
    few = len(heard.said.split()) <= _COMMAND
    if few and (answer.intent in _COMMANDS or _KIND_WORDS.match(heard.said)):
        return ()
    if answer.intent == "refuse" or _short(heard):
        return ()
    return tuple(
        each
        for each, chance in heard.pressed.unclear
        if (chance > _LIKELY or each.id not in talk.told)
        and each.id not in _EXPLAINS.get(answer.intent, ())
    )


_COMMAND = 6
"""Words of a command or of thanks that are nothing else."""
_LIKELY = 0.5
"""Chance from which what was said to stay is said again."""
_EXPLAINS = {
    "rollback": ("rollback", "rollout"), "monitoring": ("monitoring",), "security": ("guardrails", "security-review"),
    "compliance": ("sign-off",), "evaluation": ("evaluation",), "environments": ("environments",),
    "capacity": ("oversized",), "data": ("data",), "provenance": ("invented",), "ready": ("evaluation",),
}  # fmt: skip
"""Intents whose answers say themselves what stays."""


def _told(talk: Talk, heard: Heard, answer: Answer) -> frozenset[str]:
    """What has been said to stay in this conversation, with this answer."""
    said = {push.shortcut.id for push in heard.pressed.pushes}
    if "what_stays" in answer.kinds:
        said |= {each.id for each, _ in heard.pressed.unclear}
    return talk.told | said


_KIND_WORDS = re.compile(
    r"(?i)\s*(?:thank|thanks|great|good|nice|perfect|ok\b|okay|danke|merci|gracias|hello|hi\b|hey)"
)


def _short(heard: Heard) -> bool:
    """An answer of a word or two to what was asked."""
    return len(heard.said.split()) <= _FEW and heard.said.isascii()


_FEW = 3


def _respond(talk: Talk, heard: Heard, today: datetime.date) -> tuple[Talk, Answer]:
    if talk.proposed and _YES.match(heard.said.strip()):
        taken = replace(heard, understood=replace(heard.understood, stated=talk.proposed))
        return _plan(talk, extended(talk.draft, taken.understood), taken, today)
    command = next((i for i in heard.intents if i in _COMMANDS), None)
    if command and len(heard.understood.stated) < 2:
        return _COMMANDS[command](talk, today)
    answered = _answered(talk, heard)
    if answered is not None:
        return _plan(talk, answered, heard, today)
    if missing(talk.draft):
        return _begin(talk, heard, today)
    return _go_on(talk, heard, today)


def _begin(talk: Talk, heard: Heard, today: datetime.date) -> tuple[Talk, Answer]:
    """There is no plan yet."""
    quoted = _without_plan(heard)
    if heard.understood.stated or quoted is None:
        return _plan(talk, extended(talk.draft, heard.understood), heard, today)
    return talk, quoted


def _without_plan(heard: Heard) -> Answer | None:
    """Help, a rule or a term: what can be answered before anything is known."""
    if "help" in heard.intents:
        return saying.help_with(heard)
    found = rule_or_term(heard.said) if heard.asks else None
    return saying.one("explain", found) if found else None


def _go_on(talk: Talk, heard: Heard, today: datetime.date) -> tuple[Talk, Answer]:
    """There is a plan: a what-if, a question about it, a change, or a word that is not understood."""
    states = any(s.field not in _ASIDE for s in heard.understood.stated)
    if states and "whatif" in heard.intents:
        return _what_if(talk, heard, today)
    result = planned(talk.draft, today)
    asks = next((i for i in heard.intents if i in ASKS), None)
    told = states and bool(heard.pressed.pushes)  # a push and facts in one breath: both count
    if asks and (heard.asks or not states) and not told and result is not None and result.plan:
        found = explained(result, result.plan, asks, heard.said)
        return talk, found or saying.help_with(heard)
    if states:
        return _plan(talk, extended(talk.draft, heard.understood), heard, today)
    if heard.pressed.pushes:
        return talk, _standing(talk, today)
    return talk, saying.help_with(heard, stands=True)


_YES = re.compile(r"(?i)(?:yes|ja|oui|sí|si|right|correct|exactly|genau)\b")
_ASIDE = frozenset({"goal.environment"})
"""Said in passing («we launch on Friday»): alone it changes no plan."""


# --- gathering and planning ----------------------------------------------------------------------


def _gather(talk: Talk, draft: Draft, heard: Heard) -> tuple[Talk, Answer]:
    """There is no brief yet: the fields without which there is none, at most three, with why."""
    wanted = missing(draft)[:3]
    questions = [q for q in map(_question, wanted) if q]
    items = tuple(f"{name(q.asks)} {_choices(q)} It decides: {name(q.why)}." for q in questions)
    understood = saying.understood(heard)
    asks = Block(kind="questions", title="Before there is a plan", items=items)
    blocks = (*((understood,) if understood else ()), asks)
    return replace(talk, draft=draft, asked=wanted), Answer(intent="gather", blocks=blocks)


def _choices(question: Question) -> str:
    words = ", ".join(question.words) or question.example
    return f"(`{words}`)" if words else ""


def _question(field: str) -> Question | None:
    return next((q for q in QUESTIONS if q.field == field), None)


def _answered(talk: Talk, heard: Heard) -> Draft | None:
    """The draft with a short answer to what was asked last, if this is one."""
    if len(heard.said) > 120 or heard.asks:
        return None
    for question in filter(None, map(_question, talk.asked)):
        if heard.understood.value(question.field) is not None:
            continue
        wordy = question.kind in {"line", "slug", "model"}
        if wordy and (
            heard.intents
            or heard.understood.stated
            or heard.pressed.pushes
            or _NO_WORD.fullmatch(heard.said)
        ):
            continue
        try:
            fields = fields_of(question, heard.said.strip().rstrip("."))
        except NotUnderstoodError:
            continue
        draft = extended(talk.draft, heard.understood)
        return replace(draft, answered={**draft.answered, **fields})
    return None


def _plan(talk: Talk, draft: Draft, heard: Heard, today: datetime.date) -> tuple[Talk, Answer]:
    """The new draft, planned: the whole answer the first time, what moved afterwards."""
    if missing(draft):
        return _gather(talk, draft, heard)
    before, result = planned(talk.draft, today), planned(draft, today)
    if result is None or result.plan is None or result.refused:
        return talk, saying.refused(result, heard)
    plan = result.plan
    asked = tuple(q.field for q in plan.questions)
    after = Talk(draft=draft, before=(*talk.before, talk.draft)[-_UNDO:], asked=asked)
    understood = saying.understood(heard)
    if before is None or before.plan is None or before.refused:
        also = tuple(saying.also_assumed(draft))
        whole = sections.production_answer(result, plan, understood=understood, also_assumed=also)
        return after, answer_of("plan", whole.blocks, result)
    questions = sections.questions(plan)
    blocks = (
        Block(kind="verdict", title="Recommendation", lead=plan.verdict),
        *((understood,) if understood else ()),
        moved(before, result),
        *((questions,) if questions else ()),
    )
    return after, answer_of("change", blocks, result, prefixed(before.plan, OLD))


_NO_WORD = re.compile(r"[\W\d_]*|yes|no|none|ok", re.IGNORECASE)
"""Answers that name nothing."""
_UNDO = 20
"""Changes that can be taken back."""


def _what_if(talk: Talk, heard: Heard, today: datetime.date) -> tuple[Talk, Answer]:
    """A plan of its own, beside the one that stands."""
    draft = extended(talk.draft, heard.understood)
    before, result = planned(talk.draft, today), planned(draft, today)
    if (
        result is None
        or result.plan is None
        or result.refused
        or before is None
        or before.plan is None
    ):
        return talk, saying.refused(result, heard)
    understood = saying.understood(heard)
    kept = "This is a what-if; say `keep it` to take it, and nothing changes otherwise."
    blocks = (
        Block(kind="verdict", title="In that case", lead=result.plan.verdict),
        *((understood,) if understood else ()),
        moved(before, result),
        Block(kind="help", title="Kept?", lead=kept),
    )
    return replace(talk, tentative=draft), answer_of(
        "whatif", blocks, result, prefixed(before.plan, OLD)
    )


# --- commands ------------------------------------------------------------------------------------


def _undo(talk: Talk, today: datetime.date) -> tuple[Talk, Answer]:
    if not talk.before:
        return talk, _word("undo", "Undo", "There is nothing to take back.")
    after = Talk(draft=talk.before[-1], before=talk.before[:-1])
    return after, _standing(after, today, "undo")


def _reset(talk: Talk, today: datetime.date) -> tuple[Talk, Answer]:
    del today
    lead = "A new system. What does it do, for whom, and where should it run?"
    return Talk(before=(*talk.before, talk.draft)), _word("reset", "From the start", lead)


def _keep(talk: Talk, today: datetime.date) -> tuple[Talk, Answer]:
    if talk.tentative is None:
        return talk, _word("keep", "Keep", "There is no what-if to keep.")
    after = Talk(draft=talk.tentative, before=(*talk.before, talk.draft)[-_UNDO:])
    return after, _standing(after, today, "keep")


def _export(talk: Talk, today: datetime.date) -> tuple[Talk, Answer]:
    del today
    if missing(talk.draft):
        return talk, _word("export", "Export", "There is no brief yet.")
    lead = "The brief so far. Save it as `brief.yaml`; `aegis plan brief.yaml` writes dossier and artifacts."
    lines = [line for line in brief_text(talk.draft).splitlines() if line.strip()]
    shown = tuple(
        f"`{line.replace('`', '')}`" for line in lines if not line.lstrip().startswith("#")
    )
    return talk, saying.one(
        "export", Block(kind="quotation", title="Brief", lead=lead, items=shown)
    )


_COMMANDS: Mapping[str, Callable[[Talk, datetime.date], tuple[Talk, Answer]]] = {
    "undo": _undo,
    "reset": _reset,
    "keep": _keep,
    "export": _export,
}


def _word(intent: str, title: str, lead: str) -> Answer:
    return saying.one(intent, Block(kind="help", title=title, lead=lead))


def _standing(talk: Talk, today: datetime.date, intent: str = "stand") -> Answer:
    """The verdict as it stands, with what is open."""
    result = planned(talk.draft, today)
    if result is None or result.plan is None:
        return _word(intent, "No plan yet", "There is no plan yet.")
    questions = sections.questions(result.plan)
    blocks = (sections.verdict(result, result.plan), *((questions,) if questions else ()))
    return answer_of(intent, blocks, result)
