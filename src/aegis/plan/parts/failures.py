"""How this system breaks, told as it happened to somebody, and how it comes back."""

from __future__ import annotations

from collections.abc import Mapping

from aegis.base import conventions as names
from aegis.catalog.loader import engines
from aegis.catalog.types import Metric
from aegis.plan.case import Case
from aegis.plan.parts.commands import commands
from aegis.plan.parts.modes import MODES
from aegis.plan.parts.objectives import Watching, emitter
from aegis.plan.parts.signals import can_show
from aegis.plan.parts.voice import Mode, voice_of
from aegis.plan.parts.voice import mode as told
from aegis.plan.types import FailureMode

_SILENT = "telemetry-silent"  # silence is an alert in every plan
# A device and a job have no gateway in front of them; they say the same with series of their own.
_EMITTED: Mapping[str, Mapping[str, str]] = {
    "device": {
        names.GATEWAY_REQUESTS: names.DEVICE_INFERENCES,
        names.GATEWAY_LATENCY: names.DEVICE_LATENCY,
    },
    "job": {
        names.GATEWAY_REQUESTS: names.JOB_ITEMS,
        names.GATEWAY_LATENCY: names.JOB_DURATION,
    },
}


def failure_modes(case: Case, watching: Watching) -> tuple[FailureMode, ...]:
    """The modes of this kind, engine, platform, release and data; always drift and silence."""
    said = voice_of(case)
    modes: dict[str, Mode] = {}
    for mode in (*said.own_modes, *MODES):  # what the kind says itself stands for the common mode
        if mode.applies(case):
            modes.setdefault(mode.id, mode)
    return tuple(told(said, _told(case, mode, watching)) for mode in modes.values())


def _told(case: Case, mode: Mode, watching: Watching) -> FailureMode:
    alerts = {a.id: a for a in watching.alerts}
    alert = next(
        (alerts[a] for a in mode.alert if a in alerts and can_show(a, mode.id, mode.metric)), None
    )
    metric = engine_metric(case, mode.metric)
    if not metric and "METRIC" in mode.first_sign:
        metric = alert.metric if alert else alerts[_SILENT].metric
    return FailureMode.model_validate(
        {
            "id": mode.id,
            "title": mode.title,
            "story": mode.story,
            "trigger": mode.trigger,
            "first_sign": mode.first_sign.replace("METRIC", f"`{metric}`"),
            "metric": metric,
            "automatic": mode.automatic,
            "manual": mode.manual,
            "alert": alert.id if alert else "",
            "runbook": alert.runbook if alert else "",
            "experiment": mode.experiment,
            "likelihood": mode.likelihood,
            "impact": mode.impact,
            "commands": _commands(case, mode, metric),
        }
    )


def _commands(case: Case, mode: Mode, metric: str) -> tuple[str, ...]:
    """What shows it, then what mends it; nothing where the mode names neither."""
    seen = mode.query and (metric or "METRIC" not in mode.query)
    shown = (f"promtool query instant \"$PROMETHEUS_URL\" '{mode.query}'",) if seen else ()
    mended = tuple(line for intent in mode.mend for line in commands(case, intent))
    return tuple(
        line.replace("METRIC", metric).replace("SERVICE", case.brief.name)
        for line in dict.fromkeys((*shown, *mended))
    )


def engine_metric(case: Case, means: str) -> str:
    """The chosen engine's own name for a meaning; ours pass through, in the words of who emits them."""
    if means.startswith("aegis_"):
        return _EMITTED.get(emitter(case), {}).get(means, means)
    return next((m.name for m in _exported(case) if m.means == means), "")


def _exported(case: Case) -> tuple[Metric, ...]:
    return next((e.metrics for e in engines() if e.id == case.chosen("engine")), ())
