"""What makes findings worth reading: one fact once, less weight outside production, profiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from aegis.base.finding import Certainty, Finding, Severity, Span
from aegis.detect.placeholders import words
from aegis.review.documents.source import Tier, tier_of
from aegis.review.rule import Profile

_LOWERED = {Tier.PRODUCTION: 0, Tier.EXAMPLE: 2, Tier.TEST: 3, Tier.DOCS: 2}
_ABOUT_TESTS = frozenset(("AEG424",))
# What a service needs; a package or a book may leave it to whoever runs a service.
_ABOUT_SERVICES = words(
    "AEG201 AEG202 AEG203 AEG206 AEG212 AEG220 AEG302 AEG340 AEG341 AEG342 AEG345 AEG346 "
    "AEG347 AEG349 AEG350 AEG365 AEG367 AEG370 AEG401 AEG422 AEG461 AEG463 AEG467 "
)
# What matters where other people call.
_ABOUT_CALLERS = words("AEG347 AEG350 AEG365 AEG367 AEG461 AEG463 AEG467")
# What is true of the files, whether or not anything runs them.
_TRUE_OF_FILES = words("AEG251 AEG252 AEG255 AEG262")
_FLOOR = {Profile.GATE: Severity.MEDIUM, Profile.REVIEW: Severity.LOW, Profile.AUDIT: Severity.INFO}

Idle = Callable[[Span], bool]


def _nothing_idle(_: Span) -> bool:
    return False


def merged(
    findings: Iterable[Finding], *, idle: Idle = _nothing_idle, deployed: Collection[str] = ()
) -> list[Finding]:
    """One finding per rule and message, its worst place first, the others beside it.

    Among places of one weight come first those that run, then those in `deployed` files: what
    production is made of. What a hard rule says of a document comes after what it says of a script
    or of settings, where it is used.
    """

    def order(each: Finding) -> tuple[object, ...]:
        path = each.span.path if each.span else ""
        return (
            each.hard and tier_of(path) is Tier.DOCS,
            each.severity.rank,
            each.span is not None and idle(each.span),
            path not in deployed,
            _aside(each),
            each.sort_key,
        )

    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.message), []).append(finding)
    return sorted(
        (_one(sorted(group, key=order) if len(group) > 1 else group) for group in groups.values()),
        key=lambda each: each.sort_key,
    )


def _one(group: list[Finding]) -> Finding:
    first = group[0]
    certainty = min((each.certainty for each in group), key=list(Certainty).index)
    places: dict[tuple[str, int], Span] = {}
    for each in group:
        for span in ((each.span,) if each.span else ()) + each.also:
            places.setdefault((span.path, span.line), span)
    if first.span is not None:
        places.pop((first.span.path, first.span.line), None)
    worst = min((each.severity for each in group), key=lambda each: each.rank)
    return first.model_copy(
        update={"also": tuple(places.values()), "certainty": certainty, "severity": worst}
    )


# Words of a path that say that a place is beside the service, though it may run.
_BESIDE = re.compile(
    r"(?:^|[/_.-])(?:local|dev|develop|docs?|i18n|utils?|helpers?|scripts?|tools?|cli|tests?|demos?|"
    r"notebooks?|migrations?|seed(?:er|ing|s)?|backups?|bak|copy|experiments?|examples?|samples?|bench(?:marks?)?|fixtures?|scratch|"
    r"legacy|old|deprecated|archived?|unused|obsolete|patch|fix|producer|simulators?|generators?|debug|mock|admin|optional|builds?|builder|autotest|github|monitoring|preview|reusable)(?=[/_.-]|$)"
)


def _aside(finding: Finding) -> int:
    """How many words of a place's path say that it is not where users arrive."""
    return len(_BESIDE.findall(finding.span.path.lower())) if finding.span else 0


_ON_ONES_OWN = re.compile(r"^(?!.*(?:prod|deploy|release|server|swarm)).*compose[^/]*\.ya?ml$")


def lowered(
    finding: Finding,
    *,
    unserved: bool = False,
    private: bool = False,
    lessons: bool = False,
    elsewhere: bool = False,
    kept_here: tuple[str, ...] = (),
    idle: Idle = _nothing_idle,
) -> Finding:
    """The finding with the weight of its place: tests, examples and documents count for less.

    `unserved` says that nobody runs the repository as a service; what only a service needs then
    counts for less as well; so does with `private`, one person's own, what other callers need.
    `lessons` says that the repository teaches: nobody deploys a lesson, so all of it weighs like a
    test. `elsewhere` says that a cloud or a cluster is described, so that a compose file that does
    not say otherwise is for one's machine.
    `kept_here` are folders of other people's projects; `idle` knows places that nothing runs.
    """
    if finding.span is None or finding.code in _ABOUT_TESTS:
        return finding
    tier = tier_of(finding.span.path)
    if lessons:
        tier = Tier.TEST
    if elsewhere and tier is Tier.PRODUCTION and _ON_ONES_OWN.search(finding.span.path.lower()):
        tier = Tier.EXAMPLE
    if kept_here and tier is Tier.PRODUCTION and finding.span.path.startswith(kept_here):
        tier = Tier.EXAMPLE
    if tier is Tier.PRODUCTION and _runs_nowhere(finding, idle):
        tier = Tier.EXAMPLE
    alone = (unserved and finding.code in _ABOUT_SERVICES) or (
        private and finding.code in _ABOUT_CALLERS
    )
    aside = 2 if alone else 0
    if not (_LOWERED[tier] or aside) or (finding.hard and not _made_for_a_test(finding, tier)):
        return finding
    order = list(Severity)
    steps = _LOWERED[tier] + aside + (1 if finding.hard else 0)
    rank = min(finding.severity.rank + steps, len(order) - 1)
    return finding.model_copy(update={"severity": order[rank], "hard": False})


def _runs_nowhere(finding: Finding, idle: Idle) -> bool:
    """Whether every place of a finding about code is one that nothing runs."""
    spans = (finding.span, *finding.also)
    return finding.code not in _TRUE_OF_FILES and all(
        span is not None and idle(span) for span in spans
    )


def _made_for_a_test(finding: Finding, tier: Tier) -> bool:
    """Whether a credential may have been made for a test: no vendor's shape, or a key block."""
    vague = finding.certainty is not Certainty.CERTAIN or "private-key" in finding.message
    return tier is not Tier.PRODUCTION and vague


def wanted(finding: Finding, profile: Profile) -> bool:
    """Whether a profile shows the finding; what a hard rule says is always shown."""
    return finding.hard or finding.severity.rank <= _FLOOR[profile].rank
