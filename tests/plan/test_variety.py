"""Plans of different kinds do not read like one template with names swapped.

Counted are the sentences of every field that is prose. What the law asks is left out: an article
reads the same for everybody. The rest is ours to say, and is said for the kind.
"""

from __future__ import annotations

import itertools
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import AfterValidator

from aegis.base.model import Frozen
from aegis.brief.read import read_brief
from aegis.brief.schema import Brief
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan, Requirement, _prose

ROOT = Path(__file__).parents[2]
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="test")
NAMES = tuple(
    sorted(
        path.parent.name
        for path in ROOT.glob("examples/*/brief.yaml")
        if not path.parent.name.startswith("refused-")  # these have no dossier that could repeat
    )
)
MOST_SHARED = 0.30
MEDIAN_SHARED = 0.20
FEWEST_WORDS = 6  # below that a sentence is a label
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def _is_prose(metadata: typing.Iterable[object]) -> bool:
    return any(isinstance(m, AfterValidator) and m.func is _prose for m in metadata)


def _prose_of(value: object, annotation: object, metadata: tuple[object, ...]) -> Iterator[str]:
    """The texts of a value whose type says that they are prose."""
    if isinstance(value, str):
        if _is_prose((*metadata, *getattr(annotation, "__metadata__", ()))):
            yield value
    elif isinstance(value, Brief | Requirement):
        return
    elif isinstance(value, Frozen):
        for name, field in type(value).model_fields.items():
            yield from _prose_of(getattr(value, name), field.annotation, tuple(field.metadata))
    elif isinstance(value, tuple):
        inner = typing.get_args(annotation)
        for i, item in enumerate(value):
            each = inner[0] if inner[-1:] == (Ellipsis,) else inner[i]
            yield from _prose_of(item, each, ())


def _sentences(name: str) -> frozenset[str]:
    brief = read_brief((ROOT / "examples" / name / "brief.yaml").read_text("utf-8")).brief
    assert brief is not None
    plan = make_plan(brief, VERSIONS)
    return frozenset(
        sentence
        for text in _prose_of(plan, Plan, ())
        for sentence in _SENTENCE_END.split(text)
        if len(sentence.split()) >= FEWEST_WORDS
    )


SENTENCES = {name: _sentences(name) for name in NAMES}


def _shared(one: str, other: str) -> float:
    """Share of the sentences of both plans that stand in the other as well."""
    a, b = SENTENCES[one], SENTENCES[other]
    return 2 * len(a & b) / (len(a) + len(b))


PAIRS = tuple(itertools.combinations(NAMES, 2))


def test_what_is_counted_is_most_of_a_plan() -> None:
    """The walk over types finds hundreds of sentences in each plan, so the share means something."""
    assert min(len(found) for found in SENTENCES.values()) > 400


@pytest.mark.parametrize(("one", "other"), [pytest.param(*p, id="-and-".join(p)) for p in PAIRS])
def test_two_plans_share_less_than_three_tenths(one: str, other: str) -> None:
    assert _shared(one, other) < MOST_SHARED


def test_most_pairs_share_less_than_a_fifth() -> None:
    shares = sorted(_shared(one, other) for one, other in PAIRS)

    assert shares[len(shares) // 2] < MEDIAN_SHARED


@pytest.mark.parametrize("name", sorted(p.parent.name for p in ROOT.glob("examples/*/brief.yaml")))
def test_words_of_a_kind_are_prose_too(name: str) -> None:
    """A text that replaces another is parsed as strictly: no bare figure, no unknown number."""
    brief = read_brief((ROOT / "examples" / name / "brief.yaml").read_text("utf-8")).brief
    assert brief is not None
    plan = make_plan(brief, VERSIONS)

    assert Plan.model_validate(plan.model_dump(mode="json")) == plan
