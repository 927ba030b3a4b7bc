"""The reference that windows are compared with: sketches of its columns, never its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from aegis.monitor.columns import (
    Chunk,
    Column,
    Kind,
    Role,
    Stored,
    Values,
    fit_to,
    guess_kind,
    looks_like_an_identifier,
    stored_as,
)
from aegis.monitor.features import Feature, features_of
from aegis.monitor.gather import Gatherer, Sketch, merged
from aegis.monitor.pairs import Pair, bins_for
from aegis.stats.sketch import CategorySketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a person says about columns: kinds, roles, which to leave out, which feed which."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    feeds: tuple[tuple[str, str], ...] = ()

    def columns(self) -> frozenset[str]:
        """Every column that is named."""
        paired = {name for pair in self.feeds for name in pair}
        return frozenset({*self.kinds, *self.roles, *self.ignored, *paired})

    def role(self, name: str) -> Role:
        """The role of a column; what a pair names needs no role of its own."""
        if name in self.roles:
            return self.roles[name]
        if any(prediction == name for prediction, _ in self.feeds):
            return Role.PREDICTION
        return Role.LABEL if any(label == name for _, label in self.feeds) else Role.INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Columns, the joint distributions that were asked for, and a sketch of every feature."""

    rows: int
    columns: tuple[Column, ...]
    pairs: tuple[Pair, ...] = ()
    sketches: Mapping[str, Sketch]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        """The column of that name, if it is compared."""
        return next((c for c in self.columns if c.name == name), None)

    def features(self) -> tuple[Feature, ...]:
        """Everything that is bet on, in order."""
        pairs = (Feature(name=p.name, column=p.name, kind=Kind.CATEGORY) for p in self.pairs)
        return (*(f for c in self.columns for f in features_of(c)), *pairs)

    def role(self, column: str) -> Role:
        """The role of a column; a pair speaks about labels."""
        found = self.column(column)
        return found.role if found else Role.LABEL

    def merge(self, other: Reference) -> Reference:
        """The reference over the rows of both: as if all had been sketched at once.

        Raises:
            ValueError: they do not have the same columns on the same grids.
        """
        if (self.columns, self.pairs) != (other.columns, other.pairs):
            mine, theirs = ({c.name: c for c in r.columns} for r in (self, other))
            unlike = sorted(n for n in mine | theirs if mine.get(n) != theirs.get(n))
            raise ValueError(
                f"the references differ in {', '.join(f'`{n}`' for n in unlike) or 'their pairs'}; "
                "fit the second one with `--like` the first"
            )
        sketches = {}
        for name, sketch in self.sketches.items():
            try:
                sketches[name] = merged(sketch, other.sketches[name])
            except ValueError:
                raise ValueError(
                    f"`{name}` was sketched on another grid; fit the second reference with `--like` "
                    "the first"
                ) from None
        return Reference(
            rows=self.rows + other.rows,
            columns=self.columns,
            pairs=self.pairs,
            sketches=sketches,
            left_out={**self.left_out, **other.left_out},
        )


class Fitter:
    """Makes a reference of chunks; with `like`, one that merges with another reference."""

    def __init__(self, declared: Declared, *, like: Reference | None = None) -> None:
        self._declared = declared
        self._like = like
        self._columns: dict[str, Column] = {c.name: c for c in like.columns} if like else {}
        self._pairs: dict[tuple[str, str], Pair] = (
            {(p.prediction, p.label): p for p in like.pairs} if like else {}
        )
        self._left_out: dict[str, str] = dict.fromkeys(
            declared.ignored, "you asked to leave it out"
        )
        self._gatherer = Gatherer(like=like.sketches if like else {}, is_reference=True)
        self._seen: set[str] = set()

    def add(self, chunk: Chunk) -> None:
        """Some more rows."""
        if chunk.first_columns:
            self._gatherer.count(chunk.rows)
        for name, values in chunk.columns.items():
            column = self._column(name, values)
            if column is None:
                continue
            fitting = fit_to(column, values)
            if fitting is None:
                raise ValueError(
                    f"`{name}` changes its type within the reference; clean it, or leave it out "
                    f"with `--ignore {name}`"
                )
            self._gatherer.add(column, fitting)
        for prediction, label in self._feeds():
            if prediction in chunk.columns and label in chunk.columns:
                self._add_pair(prediction, label, chunk.columns)

    def _feeds(self) -> Iterable[tuple[str, str]]:
        return self._pairs if self._like else self._declared.feeds

    def _add_pair(self, prediction: str, label: str, columns: Mapping[str, Values]) -> None:
        predicted, said = columns[prediction], columns[label]
        pair = self._pairs.get((prediction, label)) or Pair(
            prediction=prediction,
            label=label,
            prediction_bins=bins_for(predicted),
            label_bins=bins_for(said),
        )
        self._pairs[prediction, label] = pair
        self._gatherer.add_pair(pair, predicted, said)

    def _column(self, name: str, values: Values) -> Column | None:
        """The column, decided when its first values come; None where it is left out."""
        self._seen.add(name)
        if name in self._left_out:
            return None
        if name in self._columns:
            return self._columns[name]
        declared = self._declared.kinds.get(name)
        if self._like is not None:
            self._left_out[name] = "the reference that this one is to merge with lacks it"
            return None
        if declared is None and looks_like_an_identifier(values):
            self._left_out[name] = (
                f"it looks like an identifier, which moves by itself; `--kind {name}=number` keeps it"
            )
            return None
        kind = declared or guess_kind(values)
        if kind not in possible_kinds(values):
            raise ValueError(f"`{name}` holds {stored_as(values)}s and cannot be a {kind}")
        column = Column(
            name=name, kind=kind, stored=stored_as(values), role=self._declared.role(name)
        )
        self._columns[name] = column
        return column

    def reference(self, *, left_out: Mapping[str, str]) -> Reference:
        """What was gathered; `left_out` names columns that the file has and nobody can compare.

        Raises:
            ValueError: there are no rows, or a column that was named does not exist.
        """
        found = self._gatherer.done()
        if not found.rows or not found.sketches:
            raise ValueError("the reference is empty: there is nothing to compare windows with")
        known = self._seen | set(left_out)
        if unknown := sorted(self._declared.columns() - known):
            raise ValueError(f"the reference has no column {', '.join(f'`{n}`' for n in unknown)}")
        if lacking := sorted(set(self._columns) - self._seen):
            raise ValueError(f"columns are missing: {', '.join(f'`{n}`' for n in lacking)}")
        return Reference(
            rows=found.rows,
            columns=tuple(self._columns.values()),
            pairs=tuple(self._pairs.values()),
            sketches=found.sketches,
            left_out={**self._left_out, **left_out},
        )


def possible_kinds(values: Values) -> frozenset[Kind]:
    """How values of this type can be compared."""
    match stored_as(values):
        case Stored.TEXT:
            return frozenset({Kind.CATEGORY, Kind.TEXT})
        case Stored.NUMBER:
            return frozenset({Kind.NUMBER, Kind.CATEGORY})
        case Stored.VECTOR:
            return frozenset({Kind.EMBEDDING})


def signs_of_feedback(reference: Reference, sketches: Mapping[str, Sketch]) -> Iterator[str]:
    """What the declared pairs betray, in the reference's own sketches or in those of a window."""
    for pair in reference.pairs:
        sketch = sketches.get(pair.name)
        if isinstance(sketch, CategorySketch):
            yield from pair.signs(sketch)
