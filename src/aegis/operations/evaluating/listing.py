"""What there is to attack with, and to judge by."""

from __future__ import annotations

from aegis.base.model import Frozen
from aegis.evaluate.scorers.judge import built_in_rubrics
from aegis.evaluate.scorers.registry import KINDS
from aegis.evaluate.suites.public import public_sets
from aegis.evaluate.suites.suite import SUITES, load_suite


class SuiteRow(Frozen):
    """One red-team suite."""

    name: str
    version: str
    what: str
    prompts: int
    techniques: int
    scorer: str
    judge: str
    digest: str


class PublicRow(Frozen):
    """A public set: no text of it comes with Aegis."""

    name: str
    kind: str
    what: str
    prompts: int | None
    scorer: str
    licence: str
    citation: str
    source: str
    revision: str
    file: str
    sha256: str
    get: str
    installed: bool


class NamedRow(Frozen):
    """A scorer or a rubric, in a line."""

    name: str
    what: str


class SuitesResult(Frozen):
    """Suites, scorers and rubrics."""

    suites: tuple[SuiteRow, ...]
    public: tuple[PublicRow, ...]
    scorers: tuple[NamedRow, ...]
    rubrics: tuple[NamedRow, ...]


def list_suites() -> SuitesResult:
    """Everything that `aegis evaluate run` knows by name."""
    loaded = [load_suite(name) for name in SUITES]
    return SuitesResult(
        suites=tuple(
            SuiteRow(
                name=suite.name, version=suite.version, what=suite.what,
                prompts=len(suite.samples("a-1")), techniques=len(suite.frames),
                scorer=suite.scorer, judge=suite.judge, digest=suite.digest,
            )
            for suite in loaded
        ),
        public=tuple(
            PublicRow(
                name=found.name, kind=found.kind, what=found.what, prompts=found.prompts,
                scorer=found.scorer, licence=found.licence, citation=found.citation,
                source=found.source, revision=found.revision, file=found.file, sha256=found.sha256,
                get=found.how, installed=found.is_installed,
            )
            for found in public_sets()
        ),
        scorers=tuple(NamedRow(name=name, what=what) for name, what in KINDS),
        rubrics=tuple(
            NamedRow(name=name, what=rubric.good) for name, rubric in built_in_rubrics().items()
        ),
    )  # fmt: skip
