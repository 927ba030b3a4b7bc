"""A reference merges, is small, keeps no row, and comes back from its file as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.monitor.columns import Chunk, Kind, Role
from aegis.monitor.gather import VectorSketch
from aegis.monitor.packing import digest, pack, unpack
from aegis.monitor.reference import Declared, Reference

Draw = Callable[..., Chunk]
Fit = Callable[..., Reference]


def counts(reference: Reference) -> dict[str, object]:
    """Everything that merges exactly."""
    return {n: s for n, s in reference.sketches.items() if not isinstance(s, VectorSketch)}


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 899))
def test_merging_parts_is_sketching_the_whole(drawn: Draw, fitted: Fit, cut: int) -> None:
    """Wherever the rows are cut; embeddings keep their mean and never narrow."""
    rows = drawn(900, 5)
    first = fitted(rows)
    parts = [fitted(rows.slice(*ends), like=first) for ends in ((0, cut), (cut, 900))]

    merged = parts[0].merge(parts[1])

    assert counts(merged) == counts(first) == counts(parts[1].merge(parts[0]))
    old, new = first.sketches["vector"], merged.sketches["vector"]
    assert isinstance(old, VectorSketch)
    assert isinstance(new, VectorSketch)
    np.testing.assert_allclose(new.held.mean, old.held.mean, atol=1e-6)
    assert new.held.eigenvalues.sum() == pytest.approx(old.held.eigenvalues.sum(), rel=1e-5)
    assert (new.held.eigenvalues**2).sum() >= 0.999 * (old.held.eigenvalues**2).sum()


def test_merging_is_associative(drawn: Draw, fitted: Fit) -> None:
    a = fitted(drawn(500, 1))
    b, c = (fitted(drawn(500, seed), like=a) for seed in (2, 3))

    one, other = a.merge(b).merge(c), a.merge(b.merge(c))

    assert counts(one) == counts(other)
    left, right = one.sketches["vector"], other.sketches["vector"]
    assert isinstance(left, VectorSketch)
    assert isinstance(right, VectorSketch)
    np.testing.assert_allclose(left.held.eigenvalues, right.held.eigenvalues, rtol=1e-9, atol=1e-9)


def test_references_on_other_grids_do_not_merge(drawn: Draw, fitted: Fit) -> None:
    """And the message says which option makes them."""
    with pytest.raises(ValueError, match="--like"):
        fitted(drawn(500, 1)).merge(fitted(drawn(500, 2, age=9.0)))


def test_a_file_gives_the_reference_back(reference: Reference) -> None:
    text = pack(reference)

    again = unpack(text)

    assert pack(again) == text
    assert digest(text) == digest(pack(again))
    assert again.columns == reference.columns
    assert again.pairs == reference.pairs


def test_fifty_columns_stay_below_a_megabyte(fitted: Fit) -> None:
    """Heavy tails, so that every cell is taken; half of the columns are texts."""
    rng = np.random.default_rng(3)
    numbers = {f"n{i}": rng.standard_cauchy(20_000) for i in range(50)}

    text = pack(fitted(Chunk(rows=20_000, columns=numbers), declared=Declared()))

    assert len(text.encode()) < 1_000_000


def test_no_text_of_a_row_is_in_the_file(drawn: Draw, fitted: Fit) -> None:
    """Neither categories nor prompts; only names of columns and of declared classes."""
    text = pack(fitted(drawn(2000, 4)))

    assert not [word for word in ("refund", "password", '"DE"', '"FR"') if word in text]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{}", "rows", id="empty-object"),
        pytest.param("nonsense", "JSON", id="no-json"),
        pytest.param('{"format": "other"}', "format", id="another-format"),
    ],
)
def test_what_is_no_reference_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        unpack(text)


def test_a_torn_sketch_is_refused(reference: Reference) -> None:
    text = pack(reference)
    place = text.index('"packed": "') + 40

    with pytest.raises(ValueError, match="no drift reference"):
        unpack(text[:place] + text[place + 60 :])


def test_kinds_and_roles_are_guessed_and_can_be_said(drawn: Draw, fitted: Fit) -> None:
    rows = drawn(500, 1)
    rows = dataclasses.replace(rows, columns={**rows.columns, "row": np.arange(500.0)})
    declared = Declared(
        kinds={"defaulted": Kind.CATEGORY}, roles={"score": Role.PREDICTION}, ignored=frozenset()
    )

    found = fitted(rows, declared=declared)

    assert {c.name: str(c.kind) for c in found.columns} == {
        "age": "number", "country": "category", "prompt": "text", "vector": "embedding",
        "score": "number", "defaulted": "category",
    }  # fmt: skip
    assert found.role("score") is Role.PREDICTION
    assert "identifier" in found.left_out["row"]


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        pytest.param(Declared(ignored=frozenset({"agee"})), "agee", id="ignored"),
        pytest.param(Declared(feeds=(("score", "churn"),)), "churn", id="pair"),
        pytest.param(Declared(kinds={"country": Kind.EMBEDDING}), "country", id="impossible-kind"),
    ],
)
def test_a_declaration_that_fits_no_column_is_refused(
    drawn: Draw, fitted: Fit, declared: Declared, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        fitted(drawn(200, 1), declared=declared)
