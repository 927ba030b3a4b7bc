"""`verify_files`: judges the files of a bundle, or anybody's manifests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from aegis.base.finding import Finding, Span
from aegis.verify.access import Map, mapping, text
from aegis.verify.admission import RULES
from aegis.verify.cross import CROSS
from aegis.verify.cross.queries import recorded_names
from aegis.verify.excerpt import Excerpts
from aegis.verify.files import File, diagrams, documents, read, shape
from aegis.verify.kustomize import added_labels, missing_files, patched_files
from aegis.verify.later import WORDS, completed_kinds, known, labelled
from aegis.verify.objects import Bundle, Hit, Object
from aegis.verify.report import Judged, Verification, finding, from_hit
from aegis.verify.schema.library import KUBERNETES, Library, extended
from aegis.verify.structure import judge_object
from aegis.verify.text import Trouble
from aegis.verify.tools import Answers, Tools, judge_with_tools

_NO_JUDGE = "no judge for this kind of file"
_FAMILIES = frozenset(
    ("prometheus-rules", "alertmanager", "grafana", "kustomization", "otel-collector")
)
_TROUBLES = {
    "broken": "unreadable-file",
    "limit": "unreadable-file",
    "duplicate": "duplicate-key",
    "ambiguous": "ambiguous-scalar",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What manifests alone do not say.

    `spare_accelerators`: devices kept free for updates, None when nobody said.
    `metrics`: names that the engines export; None takes them from the catalog.
    `kubernetes`: the version that serves the core kinds.
    """

    spare_accelerators: int | None = None
    metrics: frozenset[str] | None = None
    kubernetes: str = KUBERNETES


@dataclass(slots=True)
class _Record:
    """What is known of a file so far; dictionaries keep the order and no second mention."""

    objects: int = 0
    judges: dict[str, None] = field(default_factory=dict)
    unchecked: dict[str, None] = field(default_factory=dict)

    def judged(self, path: str) -> Judged:
        if self.judges or len(self.unchecked) > 1:
            self.unchecked.pop(_NO_JUDGE, None)
        return Judged(
            path=path,
            objects=self.objects,
            judges=tuple(self.judges),
            unchecked=tuple(self.unchecked),
        )


@dataclass(slots=True)
class _State:
    library: Library
    patched: frozenset[str]
    labels: Mapping[str, Map] = field(default_factory=dict)
    completed: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    recorded: frozenset[str] = frozenset()
    judged: dict[str, _Record] = field(default_factory=dict)


def verify_files(
    files: Mapping[str, bytes | str],
    *,
    crds: Mapping[str, bytes | str] | None = None,
    definitions: Iterable[JsonValue] = (),
    tools: Tools | None = None,
    settings: Settings | None = None,
) -> Verification:
    """Findings for some files (path → content), and who judged each of them.

    `crds` are files with CustomResourceDefinitions, read as far as the objects need them, and
    `definitions` are such that were read already; those among `files` count too. `tools` are the
    real programs to ask (`aegis.verify.tools.LocalTools`); without them nothing is started.
    """
    settings = settings or Settings()
    opened = [read(path, content) for path, content in sorted(files.items())]
    given = [read(path, content) for path, content in _needed(crds or {}, opened)]
    own = [d.value for file in (*given, *opened) for d in file.loaded.documents]
    state = _State(
        library=extended(
            (*definitions, *own), "your CustomResourceDefinition", kubernetes=settings.kubernetes
        ),
        patched=patched_files(opened),
        labels=added_labels(opened),
        completed=completed_kinds(opened),
    )
    for file in (*given, *opened):
        state.findings.extend(_text_findings(file))
    for file in opened:
        _judge_file(file, state)
    state.findings.extend(missing_files(opened, files.keys()))
    state.findings.extend(_bundle_findings(state, settings))
    state.findings, waiting = known(state.findings, opened)
    for path in waiting:
        _add_unchecked(state, path, WORDS)
    asked = Answers()
    if tools is not None:
        asked = judge_with_tools(files, opened, tools)
        state.findings.extend(asked.findings)
        for path, judge in asked.judged:
            _add_judge(state, path, judge)
        for path, words in asked.unchecked:
            _add_unchecked(state, path, words)
        for path, built in asked.built.items():
            state.findings.extend(_built_findings(path, built, state, settings))
    excerpts = Excerpts(opened)
    found = [excerpts.shown(made) for made in _unique(state.findings)]
    return Verification(
        findings=tuple(sorted(found, key=lambda f: f.sort_key)),
        files=tuple(state.judged[path].judged(path) for path in sorted(state.judged)),
        programs=asked.programs,
        absent=asked.absent,
    )


def _needed(
    crds: Mapping[str, bytes | str], opened: Sequence[File]
) -> Iterator[tuple[str, bytes | str]]:
    """Files that speak of a kind that stands in the others; big definitions are slow to read."""
    kinds = {text(value.get("kind")) for file in opened for _, value, _ in documents(file)} - {""}
    names = "|".join(map(re.escape, sorted(kinds)))
    named = re.compile(rf"""kind["']?\s*:\s*["']?(?:{names})\b""")
    for path, content in sorted(crds.items()):
        spelled = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
        if kinds and named.search(spelled):
            yield path, content


def _built_findings(path: str, built: str, outer: _State, settings: Settings) -> Iterator[Finding]:
    """What is wrong with an overlay as it renders; the place is the kustomization."""
    recorded = recorded_names(outer.objects)
    state = _State(library=outer.library, patched=frozenset(), recorded=recorded)
    file = read(f"{posixpath.dirname(path)}/built.yaml", built)
    _judge_file(file, state)
    for made in (*state.findings, *_bundle_findings(state, settings)):
        where = f"built from {path}, line {made.span.line}" if made.span else f"built from {path}"
        yield made.model_copy(
            update={"span": Span(path=path, line=1, column=1), "where": where, "also": ()}
        )


def _unique(findings: list[Finding]) -> list[Finding]:
    return list({(f.code, f.message, str(f.span), f.where): f for f in findings}.values())


def _text_findings(file: File) -> Iterator[Finding]:
    ours = shape(file) in {"kubernetes", "kustomization"}
    for trouble in file.loaded.troubles:
        if trouble.kind == "ambiguous" and not ours:
            continue  # other readers of YAML follow other rules
        yield finding(_TROUBLES[trouble.kind], trouble.message, span=_span(file, trouble))


def _span(file: File, trouble: Trouble) -> Span:
    return Span(
        path=file.path, line=trouble.line, column=trouble.column, end_column=trouble.end_column
    )


def _judge_file(file: File, state: _State) -> None:
    family = shape(file)
    if family == "mermaid" and not any(diagrams(file)):
        return  # a text without drawings is nothing to judge
    state.judged[file.path] = _Record()
    if file.skipped:
        _add_unchecked(state, file.path, file.skipped)
    elif file.path in state.patched:
        _add_unchecked(state, file.path, "a kustomize patch: judged where it is built in")
    elif family == "kubernetes":
        _judge_objects(file, state)
    elif family in _FAMILIES:
        _judge_family(file, family, state)
    elif any(trouble.kind in {"broken", "limit"} for trouble in file.loaded.troubles):
        _add_unchecked(state, file.path, "it cannot be read")
    else:
        _add_unchecked(state, file.path, _NO_JUDGE)


def _judge_family(file: File, family: str, state: _State) -> None:
    for document in file.loaded.documents:
        value = mapping(document.value)
        if value:
            state.objects.append(
                Object(file=file.path, document=document, value=value, full=value, family=family)
            )
    _add_judge(state, file.path, f"Aegis checks of {family}")


def _judge_objects(file: File, state: _State) -> None:
    count = 0
    for document in file.loaded.documents:
        value = document.value
        stray = value is not None and not (
            isinstance(value, dict) and "apiVersion" in value and "kind" in value
        )
        if stray:
            span = Span(path=file.path, line=document.place.line, column=document.place.column)
            message = "the document has no `apiVersion` and `kind`"
            state.findings.append(finding("not-an-object", message, span=span))
    added = state.labels.get(file.path, {})
    for document, written, inside in documents(file):
        count += 1
        value = labelled(written, added)
        made = Object(file=file.path, document=document, value=value, full=value, inside=inside)
        result = judge_object(made, state.library)
        patched_in = made.kind in state.completed
        state.findings.extend(
            from_hit(hit) for hit in result.hits if not (patched_in and hit.name == "missing-field")
        )
        full: Map = mapping(result.full) or value
        state.objects.append(
            Object(file=file.path, document=document, value=value, full=full, inside=inside)
        )
        if result.judge:
            _add_judge(state, file.path, result.judge)
        for words in result.unchecked:
            _add_unchecked(state, file.path, words)
    state.judged[file.path].objects = count


def _bundle_findings(state: _State, settings: Settings) -> Iterator[Finding]:
    recorded = state.recorded | recorded_names(state.objects)
    for objects in _scopes(state.objects):
        bundle = Bundle(
            objects,
            spare_accelerators=settings.spare_accelerators,
            metrics=settings.metrics,
            recorded=recorded,
            kubernetes=settings.kubernetes,
        )
        hits: Iterator[Hit]
        for rule in (*RULES, *CROSS):
            hits = rule(bundle)
            yield from map(from_hit, hits)


def _scopes(objects: list[Object]) -> Iterator[tuple[Object, ...]]:
    """The objects that are applied together: one set for each environment a folder names."""
    environments = {item.file: File(path=item.file, text="").environment for item in objects}
    names = sorted(set(environments.values()) - {""}) or [""]
    for name in names:
        yield tuple(item for item in objects if environments[item.file] in {"", name})


def _add_judge(state: _State, path: str, judge: str) -> None:
    state.judged.setdefault(path, _Record()).judges[judge] = None


def _add_unchecked(state: _State, path: str, words: str) -> None:
    state.judged.setdefault(path, _Record()).unchecked[words] = None
