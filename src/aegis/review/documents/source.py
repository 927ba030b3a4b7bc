"""One file of a repository: its bytes, its text, and places in it."""

from __future__ import annotations

import enum
import functools
import re
from bisect import bisect_right
from dataclasses import dataclass

from aegis.base.finding import Span
from aegis.detect.placeholders import words
from aegis.detect.tokens import WORDS_ONLY

MAX_EXCERPT = 160

_TEST = words(
    "test tests testing e2e fixtures __tests__ testdata test_data .devcontainer benchmark benchmarks "
    "bench hack eval evals evaluation evaluations mock mocks smoke loadtest load_test corpora "
    "benchmarking load_tests loadtests load-test load-tests stress stress_test integration_tests "
    "test-client test_client smoke-test smoke_test"
)
_EXAMPLE = words(
    "example examples sample samples demo demos tutorial tutorials playground quickstart recipes "
    "cookbook notebooks development debug cookbooks workshop workshops course courses lesson lessons "
    "lecture lectures exercise exercises homework homeworks assignment assignments bonus lab labs "
    "experiment experiments experimental research prototype prototypes poc pocs sandbox scratch "
    "archive archived legacy deprecated obsolete outdated backup backups bak old unused attic trash "
    "milestone milestones simulation simulations local local-dev dev-tools devtools demo-app toy showcase"
)
# A lesson by its number, or a word that says so inside a longer name: `week_3`, `bonus_rag`.
_EXAMPLE_FOLDER = re.compile(
    r"^(?:week|day|lesson|chapter|unit|session|module|part|step|ch|hw|homework)[-_ ]?\d+(?:$|[-_ .])"
    r"|(?:^|[-_])(?:examples?|demos?|tutorials?|lessons?|bonus|workshop|playground|local|i18n|autotest|dev|backups?|bak|unused|obsolete|old|legacy)(?:$|[-_])|^tests?_"
)
# Folders of a developer's own tools: editors, assistants, hooks. Those of pipelines are none.
_OF_TOOLS = re.compile(
    r"^\.(?!github$|gitlab|circleci$|buildkite$|tekton$|ci$|azure|aws|cloud|docker|deploy|k8s|kube|helm|"
    r"infra|platform$|pipelines|ebextensions$|streamlit$|chainlit$|config$)"
)
_DOCS = words("doc docs documentation site website blog")
_DOCS_FILE = re.compile(r"\.(?:md|rst|mdx)$|^(?!requirements|constraints)[^/]*\.txt$")
_TEST_FILE = re.compile(
    r"_test\.(?:py|go)$|\.(?:test|spec)\.[cm]?[jt]sx?$|^dockerfile[.-](?:tests?|smoke)$|^(?:tests?|smoke)[.-]dockerfile$"
    r"|^dockerfile[.-]codespaces?$|(?:^|[._-])(?:dev|devel|development|autotest|preview)[._-]"
    r"|[._-]build\.ya?ml$|^tests?\.gitlab-ci\.ya?ml$"
    r"|compose[.-](?:[\w-]+-)?(?:ci|tests?|testing)\.ya?ml$|(?:^|_)bench(?:mark)?(?:[_-][\w-]+)?\.(?:py|sh)$"
    r"|^dockerfile[.-]bench\w*$|^(?:load_?test|smoke)\w*\.py$|_(?:smoke|load_?test)\.py$"
)
# A notebook is tried out by hand, and what is named for development is not what users meet.
_EXAMPLE_FILE = re.compile(
    r"\.ipynb$|^dockerfile[.-](?:dev|local|debug)\w*$|^dev\w*[.-]dockerfile$"
    r"|compose(?:[.-][\w-]+)*[.-](?:dev|local|debug|sandbox|demo|example|sample|override)\w*\.ya?ml$"
    r"|^(?:dev|local)[.-]compose|^(?:demo|example|sample|playground|quickstart|tutorial)(?:[_-]\w+)?\.(?:py|sh|ts|js)$"
    r"|[._-](?:backup|bak|old|orig|original|unused|deprecated)\.\w{1,5}$"
    r"|^mock(?:[_-]\w+)?\.(?:py|ts|js)$"
    r"|_(?:demo|example|sample|tutorial)\.(?:py|sh|ts|js|json)$|^(?:pre|fine_?)?(?:train|tune)(?:[_-]\w+)?\.(?:py|sh)$"
    r"|^values[._-](?:\w+[._-])?(?:example|sample|dev|local|test|minimal|demo|ci)\w*\.ya?ml$"
)
# At the root of a repository these hold helpers; deeper they may be the tools of an agent.
_HELPERS = words("tools contrib misc dev utils")


class Tier(enum.StrEnum):
    """What a file is for, judged by its path; findings outside `production` count for less."""

    PRODUCTION = "production"
    EXAMPLE = "example"
    TEST = "test"
    DOCS = "docs"


# Where a pipeline is described: its machines are thrown away, and no user meets them.
_PIPELINES = re.compile(
    r"^\.github/|^\.gitlab|^\.circleci/|^\.azure-pipelines/|^\.pipelines/|^\.buildkite/"
    r"|(?:^|/)(?:azure-pipelines[^/]*\.ya?ml|[^/]*jenkinsfile[^/]*|cloudbuild[^/]*\.ya?ml)$"
)


@functools.lru_cache(maxsize=1 << 14)
def in_pipeline(path: str) -> bool:
    """Whether a path is that of a pipeline's description or of what only it runs."""
    return _PIPELINES.search(path.lower()) is not None


_SCRIPT = re.compile(r"(?:^|/)scripts/(?:[^/]+/)*(?:[^/]+\.py|dockerfile[^/]*)$")


@functools.lru_cache(maxsize=1 << 14)
def _by_hand(folder: str) -> bool:
    return bool(_EXAMPLE_FOLDER.search(folder) or _OF_TOOLS.search(folder))


@functools.lru_cache(maxsize=1 << 17)
def tier_of(path: str) -> Tier:
    """The tier of a path relative to the repository's root."""
    *folders, name = path.lower().split("/")
    measured = any(folder in _TEST or folder.endswith(("bench", "benchmark")) for folder in folders)
    if measured or name.startswith(("test_", "test-", "conftest.")) or _TEST_FILE.search(name):
        return Tier.TEST
    if folders and folders[0] in _DOCS:
        return Tier.DOCS
    if _EXAMPLE.intersection(folders) or any(map(_by_hand, folders)):
        return Tier.EXAMPLE
    if _DOCS.intersection(folders) or _DOCS_FILE.search(name):
        return Tier.DOCS
    helper = folders[:1] and folders[0] in _HELPERS
    by_hand = helper or _EXAMPLE_FILE.search(name) or _SCRIPT.search(path.lower())
    return Tier.EXAMPLE if by_hand else Tier.PRODUCTION


@dataclass(frozen=True)
class Source:
    """A text file; `path` is relative to the root and uses forward slashes."""

    path: str
    data: bytes

    @functools.cached_property
    def tier(self) -> Tier:
        return tier_of(self.path)

    @functools.cached_property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @functools.cached_property
    def text(self) -> str:
        """The content as UTF-8; what is not UTF-8 becomes replacement characters."""
        return self.data.decode("utf-8-sig", "replace")

    @functools.cached_property
    def lower(self) -> bytes:
        return self.data.lower()

    @functools.cached_property
    def _held(self) -> dict[tuple[bytes, ...], bool]:
        return {}

    def holds(self, needles: tuple[bytes, ...]) -> bool:
        """Whether any of the lower-case byte strings stands in the file in any case; remembered."""
        known = self._held.get(needles)
        if known is None:
            known = self._held[needles] = any(needle in self.lower for needle in needles)
        return known

    @functools.cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @functools.cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at != -1:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def words(self) -> frozenset[bytes]:
        """The distinct words: runs of letters, digits, `_` and `-`; not kept, for there are many."""
        return frozenset(self.data.translate(WORDS_ONLY).split())

    def offset(self, line: int) -> int:
        """Where a line begins in `text`."""
        return self._starts[min(max(line, 1), len(self._starts)) - 1]

    def has(self, *needles: bytes) -> bool:
        """Whether any of the byte strings stands in the file: the check before parsing."""
        return any(needle in self.data for needle in needles)

    def at(self, line: int, column: int = 1, end_column: int | None = None) -> Span:
        """A place by line and column, both from 1; lines past the end are drawn back."""
        line = min(max(line, 1), len(self.lines))
        return Span(
            path=self.path,
            line=line,
            column=max(column, 1),
            end_line=line if end_column else None,
            end_column=end_column,
        )

    def between(self, start: int, end: int) -> Span:
        """A place by offsets into `text`."""
        line = bisect_right(self._starts, start)
        column = start - self._starts[line - 1] + 1
        end_line = bisect_right(self._starts, max(end - 1, start))
        end_column = end - self._starts[end_line - 1] + 1
        return Span(
            path=self.path, line=line, column=column, end_line=end_line, end_column=end_column
        )

    def find(self, needle: str, *, near: int = 1) -> Span:
        """The first place of a string at or after a line; the line itself when it is not there."""
        start = self._starts[min(max(near, 1), len(self._starts)) - 1]
        at = self.text.find(needle, start)
        return self.between(at, at + len(needle)) if needle and at != -1 else self.at(near)
