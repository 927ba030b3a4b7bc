"""`aegis init`: a brief by interview or by flags, without a terminal in sight.

The shell drives it::

    state = Answers()                                   # or: resume(text) of a file begun earlier
    while question := next_question(state):
        result = answer(state, question, input(question.asks))
        if isinstance(result, Problem):
            ...                                         # show `message` and `mend`, ask again
        else:
            state = result
    text = to_yaml(state)                               # may be written after every answer

An empty answer takes the default where there is one, and otherwise leaves the field open; `-`
leaves it open in any case. What is left open becomes a question of the plan, with an assumption.
Nothing is raised for what a person types, and nothing that looks like a secret is kept or shown.
"""

from __future__ import annotations

import copy
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from aegis.base.finding import Finding
from aegis.brief.answers import Fields, NotUnderstoodError, fields_of
from aegis.brief.positions import Plain, locate
from aegis.brief.questions import QUESTIONS, Question
from aegis.brief.read import read_brief
from aegis.brief.schema import Brief
from aegis.brief.write import brief_yaml
from aegis.detect.secrets import find_secrets, mask

SKIP = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is known so far: the fields of the brief, and which questions were left open."""

    data: Mapping[str, Plain] = field(default_factory=dict)
    left_open: frozenset[str] = frozenset()

    def value(self, path: str) -> Plain:
        """The value at a dotted path; None when nothing was said."""
        return _get(self.data, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an answer was not taken, and what would be."""

    field: str
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What flags gave: a brief, or the problems that are in the way."""

    answers: Answers
    brief: Brief | None
    problems: tuple[Problem, ...]


def questions_left(answers: Answers) -> tuple[Question, ...]:
    """The questions that still arise as things stand, for a progress line."""
    return tuple(q for q in QUESTIONS if _arises(q, answers))


def next_question(answers: Answers) -> Question | None:
    """The next question, or None when the brief says all that is asked here."""
    return next(iter(questions_left(answers)), None)


def answer(answers: Answers, question: Question, text: str) -> Answers | Problem:
    """The answers with this one, or why it cannot be taken.

    The answer meets the rules of the brief itself: what is taken here will be read later.
    """
    said = text.strip()
    if said == SKIP or (not said and not question.default):
        if question.required:
            return Problem(
                field=question.field, message="a brief cannot do without it", mend=question.why
            )
        return replace(answers, left_open=answers.left_open | {question.field})
    said = said or question.default
    if find_secrets(said):
        return _secret(question.field)
    try:
        fields = fields_of(question, said)
    except NotUnderstoodError as error:
        return Problem(field=question.field, message=mask(error.message), mend=error.mend)
    return _with(answers, fields, question)


def to_yaml(answers: Answers, *, schema: str = "aegis-brief.schema.json") -> str:
    """The brief as YAML that a person goes on with: in order, with the reason of each question.

    `schema` is the path or address that an editor completes from (`aegis schema` prints it).
    """
    return brief_yaml(answers.data, answers.left_open, schema=schema)


def resume(text: str, *, path: str = "brief.yaml") -> Answers | tuple[Finding, ...]:
    """The answers that a file begun earlier holds, or the findings that must be mended first.

    A brief that merely lacks fields is no error here: they are what is asked next.
    """
    located = locate(text)
    data = located.data
    if data is None and [p.message for p in located.problems] == ["the file is empty"]:
        return Answers()
    if located.problems or not isinstance(data, dict) or find_secrets(text) or _errors(data):
        found = read_brief(text, path=path).findings
        return tuple(f for f in found if f.code != "AEG004") or found
    return Answers(data=data)


def from_flags(flags: Mapping[str, str], start: Answers | None = None) -> Filled:
    """A brief from dotted paths and their values, such as ``{"workload.kind": "chat"}``.

    Values are written as in YAML; lists of words may be written with commas, members of lists by
    their index (``placement.clouds.0.provider``). `start` is what is already known.
    """
    answers = start or Answers()
    problems: list[Problem] = []
    data = copy.deepcopy(dict(answers.data))
    for path, text in flags.items():
        if find_secrets(f"{path.rsplit('.', 1)[-1]}: {text}"):
            problems.append(_secret(mask(path)))
            continue
        try:
            _set(data, path.split("."), _read_flag(path, text))
        except NotUnderstoodError as error:
            problems.append(Problem(field=path, message=error.message, mend=error.mend))
    answers = replace(answers, data=data)
    if problems:
        return Filled(answers=answers, brief=None, problems=tuple(problems))
    try:
        return Filled(answers=answers, brief=Brief.model_validate(data), problems=())
    except ValidationError:
        return Filled(answers=answers, brief=None, problems=_problems_of(data))


def _problems_of(data: Mapping[str, Plain]) -> tuple[Problem, ...]:
    """The findings of reading what flags gave, in the words of reading a file."""
    read = read_brief(brief_yaml(data, frozenset(), schema="-"))
    return tuple(Problem(field="", message=f.message, mend=f.mend) for f in read.findings)


def _secret(path: str) -> Problem:
    return Problem(
        field=path,
        message="that looks like a secret, and it was not kept",
        mend="name the secret store under team.secrets; plans refer to secrets by name only",
    )


def _arises(question: Question, answers: Answers) -> bool:
    if question.field in answers.left_open or answers.value(question.field) is not None:
        return False
    return all(answers.value(when.field) in when.words for when in question.when)


def _with(answers: Answers, fields: Fields, question: Question) -> Answers | Problem:
    data = copy.deepcopy(dict(answers.data))
    for path, value in fields.items():
        _set(data, path.split("."), value)
    before = set(_errors(dict(answers.data)))
    for path, message in _errors(data):
        if (path, message) not in before:
            slug = "small letters, digits and dashes are asked, two of them at least"
            mend = f"for example: {question.example}" if question.example else question.why
            said = slug if question.kind == "slug" else mask(message)
            return Problem(field=question.field, message=said, mend=mend)
    return replace(answers, data=data, left_open=answers.left_open - {question.field})


_NEEDED: dict[str, Plain] = {"name": "unnamed", "purpose": "not said yet"}


def _errors(data: Mapping[str, Plain]) -> list[tuple[str, str]]:
    """What the brief's own rules say about a brief that is not complete yet."""
    filled: dict[str, Plain] = _NEEDED | copy.deepcopy(dict(data))
    workload = filled.setdefault("workload", {"kind": "chat"})
    if isinstance(workload, dict):
        workload.setdefault("kind", "chat")
        batch, device = workload.get("batch"), workload.get("device")
        if workload["kind"] == "batch" or batch:
            workload["batch"] = _over({"items": 1, "deadline_hours": 1}, batch)
        if workload["kind"] in {"on-device", "robotics"} or device:
            workload["device"] = _over({"device": "not said yet"}, device)
    try:
        Brief.model_validate(filled)
    except ValidationError as error:
        return [
            (".".join(map(str, detail["loc"])), detail["msg"].removeprefix("Value error, "))
            for detail in error.errors()
        ]
    return []


def _over(base: dict[str, Plain], given: Plain) -> Plain:
    return base | given if isinstance(given, dict) else given or base


def _get(data: Plain | Mapping[str, Plain], path: str) -> Plain:
    value: Plain | Mapping[str, Plain] = data
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, Mapping):
            value = value.get(part)
        else:
            return None
    return typing.cast("Plain", value)


def _set(data: dict[str, Plain], parts: Sequence[str], value: Plain) -> None:
    """Puts a value at a path; lists grow by one member at a time."""
    at: Plain = data
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        new: Plain = value if not following else [] if following.isdigit() else {}
        at = _step(at, part, new, last=not following)


def _step(at: Plain, part: str, new: Plain, *, last: bool) -> Plain:
    if isinstance(at, list) and part.isdigit() and int(part) <= len(at):
        index = int(part)
        if index == len(at):
            at.append(new)
        elif last:
            at[index] = new
        return at[index]
    if isinstance(at, dict) and part:
        if last or at.get(part) is None:
            at[part] = new
        return at[part]
    raise NotUnderstoodError(
        f"`{mask(part)}` leads nowhere here", "members of a list are counted from 0, without a gap"
    )


def _read_flag(path: str, text: str) -> Plain:
    """A flag's text as the schema needs it: words stay words, lists of words take commas."""
    inside = _annotation(path)
    if text[:1] in {"[", "{"} or {int, float, bool} & set(inside):
        located = locate(text)
        if located.problems:
            raise NotUnderstoodError(located.problems[0].message, "close what was opened")
        return located.data
    if any(_is_tuple(each) for each in inside):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _annotation(path: str) -> list[object]:
    """What the schema allows at a path; empty when it knows no such field."""
    annotation: object = Brief
    for part in path.split("."):
        inside = _inside(annotation)
        if part.isdigit():
            annotation = next((typing.get_args(t)[0] for t in inside if _is_tuple(t)), None)
            continue
        fields = (
            next((getattr(t, "model_fields", None) for t in inside if _is_model(t)), None) or {}
        )
        if part not in fields:
            return []
        annotation = fields[part].annotation
    return _inside(annotation)


def _is_tuple(annotation: object) -> bool:
    return typing.get_origin(annotation) is tuple


def _is_model(annotation: object) -> bool:
    return hasattr(annotation, "model_fields")


def _inside(annotation: object) -> list[object]:
    """A type, and what `| None` and `Annotated` wrap."""
    origin = typing.get_origin(annotation)
    if origin in {typing.Union, types.UnionType, typing.Annotated}:
        parts = [p for a in typing.get_args(annotation) for p in _inside(a)]
        return [annotation, *parts]
    return [annotation]


__all__ = [
    "SKIP",
    "Answers",
    "Filled",
    "Problem",
    "Question",
    "answer",
    "from_flags",
    "next_question",
    "questions_left",
    "resume",
    "to_yaml",
]
