"""A folder to a review: read, collect facts, join, judge, set aside, arrange.

No socket is opened, no process started, nothing of the repository executed. The clock is passed
in, so two runs over the same bytes give the same bytes.
"""

from __future__ import annotations

import contextlib
import datetime
import gc
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aegis.base.finding import Certainty, Finding, Severity, Span
from aegis.base.report.fingerprint import places
from aegis.base.report.reported import Suppressed
from aegis.detect.secrets import MASK, SecretSpan, find_secrets
from aegis.review.asked import asked, question_of
from aegis.review.documents.source import MAX_EXCERPT, Source, Tier
from aegis.review.documents.tree import Limits, Tree, read_tree
from aegis.review.facts.types import Trait
from aegis.review.noise import lowered, merged, wanted
from aegis.review.repository import Repository
from aegis.review.review import Review
from aegis.review.rule import Profile, Rule
from aegis.review.waivers import Waiver, comments_in, complaints, waivers_in

MAX_QUESTIONS = 3
CONFIGURATION = "aegis.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a caller may choose.

    - `today` judges end dates; without it none has ended.
    - `baseline` holds fingerprints of findings that are known.
    - `changed` are the paths that a change touches, for rules that judge the change; with
      `only_changed` nothing outside them is reported.
    - `only` are rule codes, `leave_out` path prefixes.
    - `past` are findings in the history of the repository, `past_skipped` what of it was not read.
    - `ask_all` asks every question, not the first three.
    """

    profile: Profile = Profile.GATE
    today: datetime.date | None = None
    baseline: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    leave_out: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    ask_all: bool = False
    only_changed: bool = False
    past: tuple[Finding, ...] = ()
    past_skipped: tuple[tuple[str, str], ...] = ()


def review_repository(root: Path, options: Options | None = None) -> Review:
    """Review the folder `root`.

    Raises:
        NotADirectoryError: `root` is not a folder.
    """
    options = options or Options()
    if not root.is_dir():
        raise NotADirectoryError(str(root))
    tree = read_tree(root, options.limits, leave_out=options.leave_out)
    repository = collect(tree, options.limits, options.profile)
    repository.changed = options.changed
    return judge(repository, options)


def collect(tree: Tree, limits: Limits, profile: Profile = Profile.AUDIT) -> Repository:
    """All facts of a tree that the profile can speak about, joined.

    What tests do weighs so little that the profile `gate` would not show it: there only their
    credentials are read.
    """
    from aegis.review.facts.collect import facts_of  # noqa: PLC0415 - parsers load when needed

    repository = Repository(tree)
    with _collector_paused(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a parser thinks of somebody's escapes
        for source in tree.sources:
            briefly = profile is Profile.GATE and source.tier is Tier.TEST
            repository.add(facts_of(source, briefly=briefly))
    if tree.models:
        from aegis.review.facts.modelfiles import model_file_facts  # noqa: PLC0415

        repository.add(model_file_facts(tree.root, tree.models, limits.model_size))
    repository.join()
    return repository


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """No cyclic collection while syntax trees come and go: about a tenth of the time (measured)."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def judge(repository: Repository, options: Options) -> Review:
    """Findings of every rule that the profile holds, arranged for reading."""
    from aegis.review.good import good_news  # noqa: PLC0415
    from aegis.review.rules import REPOSITORY_RULES  # noqa: PLC0415 - rules load when needed

    sources = {source.path: source for source in repository.tree.sources}
    excerpts = _Excerpts(sources)
    raw = [
        lowered(
            excerpts.shown(finding),
            unserved=repository.idle,
            private=repository.is_private,
            elsewhere=repository.deployed_elsewhere,
            lessons=repository.teaches,
            kept_here=repository.kept_here,
            idle=repository.is_idle,
        )
        for finding in _findings(repository, REPOSITORY_RULES, options)
    ]
    waivers = _waivers(repository.tree.sources, options.today)
    kept, suppressed = _set_aside([*raw, *options.past], waivers)
    found = merged(
        [*kept, *map(lowered, _of_engine(repository, waivers, options))],
        idle=repository.is_idle,
        deployed=repository.deployed,
    )
    found = [each for each in found if wanted(each, options.profile)]
    if options.profile is Profile.GATE:
        found = [asked(each, repository) for each in found]
    if options.only_changed:
        found = [each for each in map(_changed_part(options), found) if each is not None]
    fresh = [each for each in map(_new_part(options), found) if each is not None]
    codes = {(each.code, each.message) for each in fresh}
    old = tuple(each for each in found if (each.code, each.message) not in codes)
    questions = [each for each in fresh if each.certainty is Certainty.ASK]
    asking = list(dict.fromkeys(map(question_of, questions)))
    first = asking if options.ask_all else asking[:MAX_QUESTIONS]
    shown = [each for each in questions if question_of(each) in first]
    return Review(
        findings=tuple(each for each in fresh if each.certainty is not Certainty.ASK),
        questions=tuple(sorted(shown, key=lambda each: asking.index(question_of(each)))),
        unasked=tuple(each for each in questions if each not in shown),
        good=good_news(repository, fresh),
        suppressed=tuple(suppressed),
        baselined=old,
        skipped=(*_skipped(repository), *options.past_skipped),
        files=len(repository.tree.paths),
        profile=options.profile.value,
    )


def _part(finding: Finding, spans: list[Span | None]) -> Finding | None:
    """The finding with some of its places; nothing when none is left."""
    if not spans:
        return None
    also = tuple(span for span in spans[1:] if span is not None)
    return finding.model_copy(update={"span": spans[0], "also": also})


def _changed_part(options: Options) -> Callable[[Finding], Finding | None]:
    def changed(finding: Finding) -> Finding | None:
        spans = [span for span in (finding.span, *finding.also) if span is not None]
        return _part(finding, [span for span in spans if span.path in options.changed])

    return changed


def _new_part(options: Options) -> Callable[[Finding], Finding | None]:
    def new(finding: Finding) -> Finding | None:
        if not options.baseline:
            return finding
        known = options.baseline
        return _part(finding, [span for key, span in places(finding).items() if key not in known])

    return new


def _skipped(repository: Repository) -> tuple[tuple[str, str], ...]:
    """Paths that were not read, and documents that could not be, each with the reason."""
    left_out = [(skip.path, skip.reason) for skip in repository.tree.skipped]
    unread = [(each.span.path, each.detail) for each in repository.traits("unreadable")]
    return (*left_out, *unread)


def _findings(repository: Repository, rules: Iterable[Rule], options: Options) -> Iterator[Finding]:
    for rule in rules:
        if not options.profile.holds(rule.profile) or (
            options.only and rule.code not in options.only
        ):
            continue
        if rule.checks is Repository:
            yield from rule.findings(repository)
        else:
            for fact in repository.facts.get(rule.checks, []):
                yield from rule.findings(fact)


_OF_STORES = frozenset(("AEG253", "AEG363", "AEG361", "AEG372"))
_THROWN_AWAY = re.compile(
    r"#.*\b(?:throwaway|demo(?:nstration)?(?:/\w+)? only|evaluation only|local runtime fixture"
    r"|local(?:ly)? (?:only|container|dev\w*|test\w*)|(?:dev\w*|test\w*) only|not for production)\b",
    re.IGNORECASE,
)


_OF_VALUES = frozenset(("AEG251", "AEG252", "AEG254"))
# What is assigned on a line about a secret, unless it refers to somewhere else.
_ASSIGNED = re.compile(r"(\bENV\s+\w+\s+[\"'`]?|[:=]\s*[\"'`]?)(?![\s$<{*])[^\s\"'`,;]+")


class _Excerpts:
    """Lines of sources with their secrets masked; each text is searched once."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self._sources = sources
        self._secrets: dict[str, tuple[SecretSpan, ...]] = {}

    def shown(self, finding: Finding) -> Finding:
        """The finding with the text of its line, long lines cut; less where a comment explains it."""
        span = finding.span
        source = self._sources.get(span.path) if span is not None else None
        if span is None or source is None or span.line > len(source.lines):
            return finding
        above = [*source.lines[:3], *source.lines[max(span.line - 5, 0) : span.line]]
        if finding.code in _OF_STORES and any(_THROWN_AWAY.search(each) for each in above):
            finding = finding.model_copy(update={"severity": Severity.LOW})
        hide = finding.code in _OF_VALUES
        also = tuple(self._with_line(each, hide=hide) for each in finding.also)
        return finding.model_copy(update={"span": self._with_line(span, hide=hide), "also": also})

    def _with_line(self, span: Span, *, hide: bool) -> Span:
        """The place with the text of its line, long ones cut; as it is when its file is not read.

        `hide` takes away what the line assigns, though it has not the shape of a secret.
        """
        source = self._sources.get(span.path)
        if source is None or span.line > len(source.lines):
            return span
        line = self._masked(source, span.line)
        if hide and MASK not in line:
            line = _ASSIGNED.sub(rf"\1{MASK}", line)
        if len(line) > MAX_EXCERPT:
            line = f"{line[: MAX_EXCERPT - 1]}…"
        return span.model_copy(update={"excerpt": line})

    def _masked(self, source: Source, number: int) -> str:
        """Masked by the whole text, so that a key block of many lines shows none of them."""
        if source.path not in self._secrets:
            self._secrets[source.path] = find_secrets(source.text)
        line = source.lines[number - 1].rstrip("\r").expandtabs(1)
        start = source.offset(number)
        parts, at = [], 0
        for found in self._secrets[source.path]:
            if found.end > start and found.start < start + len(line):
                begin, end = max(found.start - start, 0), min(found.end - start, len(line))
                parts += [line[at:begin], found.masked]
                at = end
        return "".join([*parts, line[at:]])


def _waivers(sources: list[Source], today: datetime.date | None) -> list[Waiver]:
    found: list[Waiver] = []
    for source in sources:
        found += comments_in(source, today)
        if source.path == CONFIGURATION:
            found += waivers_in(source, today)
    return found


def _set_aside(
    findings: list[Finding], waivers: list[Waiver]
) -> tuple[list[Finding], list[Suppressed]]:
    kept: list[Finding] = []
    aside: list[Suppressed] = []
    for finding in findings:
        waiver = next((each for each in waivers if each.covers(finding)), None)
        if waiver is None:
            kept.append(finding)
        else:
            waiver.used = True
            aside.append(Suppressed(finding=finding, reason=waiver.reason, kind=waiver.kind))
    return kept, aside


def _of_engine(
    repository: Repository, waivers: list[Waiver], options: Options
) -> Iterator[Finding]:
    """What the engine itself has to say: permissions, and what it could not read."""
    if options.only:
        return
    yield from complaints(waivers)
    if options.profile is not Profile.AUDIT:
        return
    for trait in repository.all(Trait):
        if trait.name == "unreadable":
            yield Finding(
                code="AEG802",
                name="unreadable-document",
                title="Document that could not be read",
                severity=Severity.LOW,
                message=f"not reviewed: {trait.detail}",
                span=trait.span,
                why="What cannot be read cannot be judged; the tool that uses it may read it otherwise.",
            )
