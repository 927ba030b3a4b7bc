"""Documents of counts (`aegis.rollout.counts`): from an HTTP endpoint, or from a recorded file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aegis.rollout.counts import (
    CountsError,
    Samples,
    SeriesKey,
    Snapshot,
    read_snapshot,
    read_snapshots,
)
from aegis.rollout.world import Past, TemporaryError, call
from aegis.stats.counters import Reading

if TYPE_CHECKING:
    import httpx


class FromEndpoint:
    """Asks an endpoint for its running totals at every look."""

    def __init__(self, url: str, client: httpx.Client, *, token: str | None = None) -> None:
        self._url, self._client = url, client
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def read(self, *, since_s: float | None, until_s: float) -> Samples:
        """What it says now."""
        del since_s, until_s
        answer = call(self._client, "GET", self._url, headers=self._headers)
        try:
            return read_snapshot(answer.text, where=self._url).samples()
        except CountsError as error:
            raise TemporaryError(str(error)) from None

    def past(self, *, until_s: float) -> Past:
        """Nothing: an endpoint knows only its totals."""
        del until_s
        return Past()


class FromFile:
    """Reads what was appended to a recorded file; a broken line is skipped, and named once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problems: list[str] = []

    def read(self, *, since_s: float | None, until_s: float) -> Samples:
        """Every document after one moment and up to another."""
        try:
            lines = self._path.read_text("utf-8", "replace").splitlines()
        except OSError as error:
            raise TemporaryError(f"{self._path}: {error.strerror}") from None
        snapshots, self.problems = read_snapshots(lines, path=str(self._path))
        after = float("-inf") if since_s is None else since_s
        return merged([s for s in snapshots if after < s.at_s <= until_s])

    def past(self, *, until_s: float) -> Past:
        """Nothing: the recording begins with the rollout."""
        del until_s
        return Past()


def merged(snapshots: list[Snapshot]) -> dict[SeriesKey, tuple[Reading, ...]]:
    """The readings of several documents by series."""
    found: dict[SeriesKey, tuple[Reading, ...]] = {}
    for snapshot in snapshots:
        for key, readings in snapshot.samples().items():
            found[key] = (*found.get(key, ()), *readings)
    return found
