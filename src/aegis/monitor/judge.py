"""One window judged: drift, none so far, or no way to tell; and what moved, how far, since when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.monitor.columns import Role
from aegis.monitor.evidence import evidence
from aegis.monitor.features import Feature
from aegis.monitor.history import History, Level, WindowLine, packed_bets, since
from aegis.monitor.moved import Move, common_name, move, spread
from aegis.monitor.reference import Reference, signs_of_feedback
from aegis.monitor.window import Window
from aegis.stats.sketch import NumericSketch

_MOST_NAMED = 10


class Moved(Frozen):
    """One feature that the evidence points at."""

    column: str
    role: Role
    share: float
    since: str
    since_window: int
    in_window: Move
    since_then: str = ""


class Judged(Frozen):
    """The verdict on one window, and on everything up to it."""

    name: str
    window: int
    rows: int
    verdict: Verdict
    evidence: float
    moved: tuple[Moved, ...] = ()
    reasons: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    repeats: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one window adds: a line for the history (none for a repeated window), and its report."""

    history: History
    line: WindowLine | None
    judged: Judged


def judge(reference: Reference, history: History, window: Window) -> Step:
    """The history with this window, and what to say about it.

    `failed` as soon as the evidence reaches its bound, whatever else is wrong with the window;
    otherwise `inconclusive` where a part of it could not be judged. A window with the content of an
    earlier one is no new evidence.
    """
    repeated = history.known(window.content) if window.gathered.rows else None
    if repeated is not None:
        return Step(history=history, line=None, judged=_repeated(history, window, repeated))
    sketches = window.gathered.sketches
    log_evidence = evidence(reference, sketches) if window.gathered.rows else None
    line = WindowLine(
        window=len(history.windows) + 1,
        name=window.name,
        content=window.content,
        rows=window.gathered.rows,
        verdict=Verdict.INCONCLUSIVE,
        evidence=0.0,
        reasons=window.reasons,
        levels=_levels(window),
        bets="" if log_evidence is None else packed_bets(log_evidence),
    )
    after = history.add(line, log_evidence)
    drifted = after.detector.verdict is Verdict.FAILED and log_evidence is not None
    verdict = Verdict.INCONCLUSIVE if window.reasons else Verdict.PASSED
    line = line.model_copy(
        update={"verdict": Verdict.FAILED if drifted else verdict, "evidence": after.evidence()}
    )
    after = replace(after, windows=(*history.windows, line))
    judged = Judged(
        name=line.name,
        window=line.window,
        rows=line.rows,
        verdict=line.verdict,
        evidence=line.evidence,
        moved=_suspects(reference, after, window) if drifted else (),
        reasons=line.reasons,
        feedback=tuple(signs_of_feedback(reference, sketches)),
    )
    return Step(history=after, line=line, judged=judged)


def _repeated(history: History, window: Window, before: WindowLine) -> Judged:
    return Judged(
        name=window.name,
        window=before.window,
        rows=before.rows,
        verdict=before.verdict,
        evidence=history.evidence(),
        reasons=before.reasons,
        repeats=before.name,
    )


def _levels(window: Window) -> dict[str, Level]:
    found = {}
    for name, sketch in window.gathered.sketches.items():
        if isinstance(sketch, NumericSketch):
            rows = sketch.rows + sketch.missing
            found[name] = Level(
                median=sketch.quantile(0.5) if sketch.rows else None,
                missing_percent=100 * sketch.missing / max(rows, 1),
            )
    return found


def _suspects(reference: Reference, history: History, window: Window) -> tuple[Moved, ...]:
    """The feature with most evidence, and every other one whose evidence alone would alarm."""
    features = {f.name: f for f in reference.features()}
    found: list[Moved] = []
    for suspect in history.detector.suspects()[:_MOST_NAMED]:
        if found and suspect.share * history.evidence() < 1:
            break
        feature, start = features[suspect.name], history.window_of(suspect.since_window)
        found.append(
            Moved(
                column=feature.column,
                role=reference.role(feature.column),
                share=suspect.share,
                since=start.name,
                since_window=start.window,
                in_window=_move(reference, feature, window),
                since_then=_since_then(history, suspect.since_window, feature.name, reference),
            )
        )
    return tuple(found)


def _move(reference: Reference, feature: Feature, window: Window) -> Move:
    now = window.gathered.sketches.get(feature.name)
    if now is None:
        return Move(what=feature.name, before="", now="", by="not in this window")
    pair = next((p for p in reference.pairs if p.name == feature.name), None)
    names = window.gathered.names.get(feature.name, Counter())

    def namer(place: int) -> str:
        return pair.cell(place) if pair else common_name(place, now.rows, names)

    return move(feature.name, reference.sketches[feature.name], now, namer)


def _since_then(history: History, step: int, feature: str, reference: Reference) -> str:
    """The mean shift of the medians since the change, steadier than that of one window."""
    old = reference.sketches[feature]
    levels = [(w.rows, w.levels[feature]) for w in since(history, step) if feature in w.levels]
    known = [(rows, level.median) for rows, level in levels if level.median is not None]
    rows = sum(rows for rows, _ in known)
    if not isinstance(old, NumericSketch) or not rows or len(known) < 2 or not spread(old):
        return ""
    mean = sum(rows * median for rows, median in known) / rows
    shift = (mean - old.quantile(0.5)) / spread(old)
    return f"{shift:+.2f} of its usual spread over {len(known)} windows"
