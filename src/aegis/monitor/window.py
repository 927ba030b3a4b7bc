"""One window against a reference: its sketches, and whether its columns are those of the reference."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from aegis.monitor.columns import Chunk, Column, Texts, Values, fit_to, stored_as
from aegis.monitor.evidence import FEWEST_VECTORS
from aegis.monitor.gather import Gathered, Gatherer, Sketch, VectorSketch
from aegis.monitor.reference import Reference
from aegis.stats.sketch import CategorySketch, NumericSketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What was gathered of a window, and why parts of it cannot be judged."""

    name: str
    gathered: Gathered
    reasons: tuple[str, ...]

    @property
    def content(self) -> str:
        """A digest of the sketches: the same for the same data, whatever its file is called."""
        found = hashlib.sha256(str(self.gathered.rows).encode())
        for name, sketch in sorted(self.gathered.sketches.items()):
            found.update(name.encode())
            found.update(_bytes(sketch))
        return f"sha256:{found.hexdigest()}"


def _bytes(sketch: Sketch) -> bytes:
    match sketch:
        case NumericSketch() | CategorySketch():
            return sketch.counts.tobytes() + str(sketch.missing).encode()
        case VectorSketch():
            return sketch.held.mean.tobytes() + str((sketch.rows, sketch.missing)).encode()


class WindowReader:
    """Gathers the chunks of one window on the grids of its reference."""

    def __init__(self, reference: Reference, *, ignored: frozenset[str] = frozenset()) -> None:
        self._reference = reference
        self._ignored = ignored
        self._gatherer = Gatherer(like=reference.sketches)
        self._rows = 0
        self._seen: set[str] = set()
        self._new: dict[str, None] = {}
        self._changed: dict[str, str] = {}

    def add(self, chunk: Chunk) -> None:
        """Some more rows."""
        if chunk.first_columns:
            self._gatherer.count(chunk.rows)
            self._rows += chunk.rows
        for name, values in chunk.columns.items():
            self._seen.add(name)
            column = self._reference.column(name)
            if name in self._ignored:
                continue
            if column is not None:
                self._add(column, values)
            elif name not in self._reference.left_out:
                self._new[name] = None
        for pair in self._reference.pairs:
            sides = chunk.columns.get(pair.prediction), chunk.columns.get(pair.label)
            if sides[0] is not None and sides[1] is not None:
                self._gatherer.add_pair(pair, sides[0], sides[1])

    def _add(self, column: Column, values: Values) -> None:
        fitting = fit_to(column, values)
        held = self._reference.sketches.get(column.name)
        if fitting is None:
            change = f"held {column.stored}s and now holds {stored_as(values)}s"
            self._changed.setdefault(column.name, change)
        elif isinstance(held, VectorSketch) and not isinstance(fitting, Texts):
            old, new = held.kernel.dimensions, fitting.shape[1]
            if old != new:
                change = f"had {old} dimensions and now has {new}: another model made it"
                self._changed.setdefault(column.name, change)
            else:
                self._gatherer.add(column, fitting)
        else:
            self._gatherer.add(column, fitting)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._rows

    def window(self, name: str, *, unread: Mapping[str, str]) -> Window:
        """The window; `unread` names columns that the file has and nobody can compare, and why."""
        gathered = self._gatherer.done()
        for column in self._changed:  # half a column is no column
            for feature in self._reference.features():
                if feature.column == column:
                    gathered.sketches.pop(feature.name, None)
        return Window(name=name, gathered=gathered, reasons=tuple(self._reasons(gathered, unread)))

    def _reasons(self, gathered: Gathered, unread: Mapping[str, str]) -> list[str]:
        if not gathered.rows:
            return ["it holds no rows: no data is never «no drift»"]
        found = []
        for column in self._reference.columns:
            if column.name in self._ignored:
                continue
            if column.name in self._changed:
                found.append(f"`{column.name}` {self._changed[column.name]}")
            elif column.name in unread:
                found.append(f"`{column.name}` {unread[column.name]}")
            elif column.name not in self._seen:
                found.append(f"`{column.name}` is missing")
        strangers = [*self._new, *(n for n in unread if self._is_new(n))]
        found += [
            f"`{name}` is new: the reference knows nothing of it; fit a new reference, or leave it "
            f"out with `--ignore {name}`"
            for name in strangers
        ]
        for name, sketch in gathered.sketches.items():
            if isinstance(sketch, VectorSketch) and sketch.rows < FEWEST_VECTORS:
                found.append(
                    f"`{name}` has {sketch.rows} vectors, and fewer than {FEWEST_VECTORS} say nothing"
                )
        return found

    def _is_new(self, name: str) -> bool:
        known = self._reference.column(name) is not None or name in self._reference.left_out
        return not known and name not in self._ignored
