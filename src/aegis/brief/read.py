"""A YAML text becomes a `Brief`, or every reason why not, each with its place."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aegis.base.finding import Finding, Severity, Span
from aegis.brief.positions import Located, Path, Place, Plain, locate
from aegis.brief.schema import Brief
from aegis.detect.secrets import find_secrets, mask

PAGES = {
    "AEG001": ("unreadable-brief", "Brief that is not readable YAML"),
    "AEG002": ("unknown-word", "Field or word that a brief does not know"),
    "AEG003": ("impossible-value", "Value that cannot be meant"),
    "AEG004": ("missing-field", "Field that a brief must have"),
    "AEG005": ("secret-in-brief", "Secret written into a brief"),
    "AEG006": ("no-option-left", "Requirements that no option meets"),
    "AEG007": ("choice-without-artifact", "Choice that no renderer carries out yet"),
    "AEG008": ("target-not-in-plan", "Target that the plan does not bring about"),
    "AEG009": ("platform-gap", "Part of the plan that the platform cannot express"),
    "AEG010": (
        "asked-on-the-command-line",
        "Statement of the command line that the brief does not make",
    ),
}


MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBrief:
    """What reading gave: a brief, or findings that say why there is none."""

    brief: Brief | None
    findings: tuple[Finding, ...]
    located: Located
    path: str
    text: str

    def span(self, where: str) -> Span | None:
        """The place of a path such as `data.retention_days`, or of what encloses it."""
        parts: list[str | int] = [
            int(part) if part.isdigit() else part for part in where.split(".") if part
        ]
        return _span(self.located.nearest(tuple(parts)), self.path, self.text.splitlines())


def read_brief(text: str, *, path: str = "brief.yaml") -> ReadBrief:
    """Parse and check a brief. All errors of the file are reported at once; nothing is raised."""
    safe = _masked(text)
    lines = safe.splitlines()
    located = locate(text)
    findings = _secrets(text, lines, path, located)
    findings += [
        _finding("AEG001", p.message, _span(p.place, path, lines), mend=p.help)
        for p in located.problems[:MAX_FINDINGS]
    ]
    brief = None
    if isinstance(located.data, dict):
        try:
            candidate = Brief.model_validate(located.data)
        except ValidationError as error:
            details = error.errors()[:MAX_FINDINGS]
            findings += [_explain(detail, located, path, lines) for detail in details]
        else:
            brief = None if findings else candidate
    elif not located.problems:
        findings.append(
            _finding(
                "AEG001",
                "a brief is a mapping of fields",
                _span(located.nearest(()), path, lines),
                mend="start with `name:`, `purpose:` and `workload:`; `aegis init` writes one",
            )
        )
    hidden = _values(text, located)
    findings = [_without(finding, hidden) for finding in findings]
    ordered = sorted(findings, key=lambda f: (f.span.line, f.span.column) if f.span else (0, 0))
    return ReadBrief(brief=brief, findings=tuple(ordered), located=located, path=path, text=safe)


def _finding(
    code: str,
    message: str,
    span: Span | None,
    *,
    mend: str = "",
    label: str = "",
    hard: bool = False,
) -> Finding:
    name, title = PAGES[code]
    return Finding(
        code=code,
        name=name,
        title=title,
        severity=Severity.CRITICAL if hard else Severity.HIGH,
        hard=hard,
        message=message,
        span=span,
        mend=mend,
        label=label,
    )


def _span(place: Place, path: str, lines: list[str]) -> Span:
    excerpt = lines[place.line - 1] if place.line <= len(lines) else ""
    one_line = place.end_line == place.line
    return Span(
        path=path,
        line=place.line,
        column=place.column,
        end_line=place.line,
        end_column=place.end_column if one_line else max(len(excerpt) + 1, place.column + 1),
        excerpt=excerpt[:300],
    )


def _masked(text: str) -> str:
    """The text without its secrets, with as many lines as before."""
    parts, at = [], 0
    for secret in find_secrets(text):
        parts += [text[at : secret.start], secret.masked]
        parts.append("\n" * text.count("\n", secret.start, secret.end))
        at = secret.end
    return "".join((*parts, text[at:]))


def _written(located: Located) -> Iterator[tuple[Path, str]]:
    """Every text of the file as a reader of YAML sees it: escapes in quotes are resolved."""
    todo: list[tuple[Path, Plain]] = [((), located.data)]
    while todo:
        loc, value = todo.pop()
        if isinstance(value, dict):
            todo += [((*loc, key), item) for key, item in value.items()]
            yield from (((*loc, key), key) for key in value)
        elif isinstance(value, list):
            todo += [((*loc, i), item) for i, item in enumerate(value)]
        elif isinstance(value, str):
            yield loc, value


def _values(text: str, located: Located) -> tuple[str, ...]:
    """The secrets themselves, longest first, so that no message repeats one."""
    found = {text[s.start : s.end] for s in find_secrets(text)}
    found |= {v[s.start : s.end] for _, v in _written(located) for s in find_secrets(v)}
    return tuple(sorted(found, key=len, reverse=True))


def _without(finding: Finding, hidden: tuple[str, ...]) -> Finding:
    """The finding without any of the values."""
    if not hidden:
        return finding
    clean = {}
    for field in ("message", "mend", "label"):
        clean[field] = mask(getattr(finding, field))
        for value in hidden:
            clean[field] = clean[field].replace(value, "********")
    return finding.model_copy(update=clean)


def _secrets(text: str, lines: list[str], path: str, located: Located) -> list[Finding]:
    places = {}
    for secret in find_secrets(text):
        line = text.count("\n", 0, secret.start) + 1
        column = secret.start - (text.rfind("\n", 0, secret.start) + 1) + 1
        places[line] = (
            Place(line=line, column=column, end_line=line, end_column=column + 1),
            secret.kind,
        )
    for loc, value in _written(located):
        for secret in find_secrets(value):
            place = located.values.get(loc) or located.nearest(loc)
            inside = any(place.line <= line <= place.end_line for line in places)
            if not inside:
                places[place.line] = (place, secret.kind)
    found = []
    for place, kind in places.values():
        found.append(
            _finding(
                "AEG005",
                f"a secret stands in the brief ({kind})",
                _span(place, path, lines),
                mend="remove it, rotate it (it has been on disk), and name the secret store under "
                "`team.secrets`; plans refer to secrets by name only",
                label="never written out, and never echoed",
                hard=True,
            )
        )
    return found


def _explain(detail: ErrorDetails, located: Located, path: str, lines: list[str]) -> Finding:
    loc: Path = tuple(part for part in detail["loc"] if part != "[key]")
    kind = detail["type"]
    dotted = ".".join(str(part) for part in loc) or "brief"
    if kind == "extra_forbidden":
        word = str(loc[-1])
        known = _fields_at(loc[:-1])
        return _finding(
            "AEG002",
            f"unknown field `{_short(word)}`",
            _span(located.nearest(loc), path, lines),
            label="not a field here",
            mend=_nearest(word, known),
        )
    value_at = None if detail["loc"][-1:] == ("[key]",) else located.values.get(loc)
    span = _span(value_at or located.nearest(loc), path, lines)
    if kind == "missing":
        return _finding("AEG004", f"`{dotted}` is missing", span, mend=_describe(loc))
    if kind == "literal_error":
        expected = str(detail.get("ctx", {}).get("expected", ""))
        known = re.findall(r"'([^']*)'", expected) or re.findall(r"\d+", expected)
        value = detail["input"]
        if isinstance(value, bool) and {"yes", "no"} & set(known):
            word = "yes" if value else "no"
            return _finding(
                "AEG002",
                f"`{dotted}` needs quotes: YAML reads a bare `{word}` as true or false",
                span,
                label="read as a truth value",
                mend=f'write "{word}" with quotes',
            )
        word = str(value)
        return _finding(
            "AEG002",
            f"unknown word `{_short(word)}` for `{dotted}`",
            span,
            label="not one of the known words",
            mend=_nearest(word, known),
        )
    message = detail["msg"].removeprefix("Value error, ")
    return _finding(
        "AEG003",
        f"`{dotted}`: {message[0].lower()}{message[1:]}",
        span,
        mend=_describe(loc),
    )


def _short(word: str) -> str:
    return word if len(word) <= 60 else f"{word[:57]}..."


_SAID = {
    "amazon": "aws", "google": "gcp", "google-cloud": "gcp", "microsoft": "azure", "oracle": "oci",
    "k8s": "kubernetes", "eks": "kubernetes", "gke": "kubernetes", "aks": "kubernetes",
    "openshift": "kubernetes", "argocd": "argo-cd", "onprem": "on-premises", "on-prem": "on-premises",
    "llm": "chat", "asr": "speech", "classification": "prediction", "recommendation": "ranking",
    "robot": "robotics", "mobile": "on-device", "gdpr": "eu", "pii": "personal", "phi": "health",
}  # fmt: skip


def _nearest(word: str, known: list[str]) -> str:
    """The closest known word, or all of them."""
    said = _SAID.get(word.lower())
    if said in known:
        return f"here it is called `{said}`; known here: " + ", ".join(
            f"`{k}`" for k in sorted(known)
        )
    close = difflib.get_close_matches(word.lower().replace("_", "-"), known, n=1, cutoff=0.6)
    close = close or difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    words = ", ".join(f"`{k}`" for k in sorted(known))
    if close:
        return f"did you mean `{close[0]}`? known here: {words}"
    return f"known here: {words}"


def _model_of(annotation: object) -> type[BaseModel] | None:
    """The model inside `X | None`, `tuple[X, ...]` or `Annotated[X, …]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in {
        typing.Union, types.UnionType, tuple, list, typing.Annotated,
    }:  # fmt: skip
        for argument in typing.get_args(annotation):
            if found := _model_of(argument):
                return found
    return None


def _field_at(loc: Path) -> tuple[type[BaseModel] | None, str]:
    """The model that a path leads to, and the description of the last field on the way."""
    model: type[BaseModel] | None = Brief
    description = ""
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if model else None
        if field is None:
            return None, description
        description = field.description or ""
        model = _model_of(field.annotation)
    return model, description


def _fields_at(loc: Path) -> list[str]:
    model, _ = _field_at(loc)
    return sorted(model.model_fields) if model else []


def _describe(loc: Path) -> str:
    return _field_at(loc)[1]
