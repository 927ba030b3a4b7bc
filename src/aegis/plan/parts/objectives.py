"""Service level objectives, what does not apply and why, and the alerts that follow."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.base import conventions as names
from aegis.base.number import Fact
from aegis.base.slo import BurnWindow, SliKind
from aegis.catalog.loader import burn_windows
from aegis.plan.case import Case
from aegis.plan.kept import kept
from aegis.plan.parts.voice import alert as told
from aegis.plan.parts.voice import voice_of
from aegis.plan.types import Alert, NotApplicable, Objective

_POLICY = (
    "while budget is left, releases go on; when it is spent, only what restores it is released "
    "until the window has moved on"
)
_FAST = "look at the release that is running: if one is, roll it back before you look for the cause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Everything that is measured and what it wakes."""

    objectives: tuple[Objective, ...]
    not_applicable: tuple[NotApplicable, ...]
    alerts: tuple[Alert, ...]
    windows: tuple[BurnWindow, ...]


def watch(case: Case) -> Watching:
    """Objectives with their alerts; every quality kind is there or not applicable with a reason."""
    said = voice_of(case)
    objectives = [*_service(case), *_quality(case)]
    return Watching(
        objectives=tuple(objectives),
        not_applicable=tuple(_absent(case, {o.kind for o in objectives})),
        alerts=tuple(
            told(said, each) for each in (*_alerts(case, objectives), *_cause_alerts(case))
        ),
        windows=_windows(case),
    )


def _windows(case: Case) -> tuple[BurnWindow, ...]:
    windows = []
    for entry in burn_windows():
        for row in entry.windows:
            windows.append(
                BurnWindow(
                    name=row.name,
                    severity=row.severity,
                    long_s=int(row.long_s.value),
                    short_s=int(row.short_s.value),
                    budget_percent=row.budget_percent.value,
                )
            )
            case.numbers.add(
                f"burn.{row.name}.budget", entry.fact(row.budget_percent, "% of the budget")
            )
            hours = entry.fact(row.long_s, "h")
            case.numbers.add(
                f"burn.{row.name}.window",
                Fact(value=hours.value / 3600, unit="h", source=hours.source),
            )
    return tuple(windows)


def emitter(case: Case) -> str:
    """The component that sees every request."""
    if case.on_device:
        return "device"
    if case.is_batch:
        return "job"
    return "gateway"


def _objective(
    case: Case,
    objective_id: str,
    *,
    name: str,
    kind: SliKind,
    sli: str,
    target: str,
    metric: str,
    threshold: str | None = None,
    measured_by: str = "requests",
    alerting: str = "burn-rate",
    emitted_by: str = "",
) -> Objective:
    return Objective.model_validate(
        {
            "id": objective_id,
            "name": name,
            "kind": kind,
            "sli": sli,
            "target": target,
            "threshold": threshold,
            "window_days": "slo.window",
            "metric": metric,
            "emitted_by": emitted_by or emitter(case),
            "measured_by": measured_by,
            "budget_policy": voice_of(case).policy or _POLICY,
            "alerting": alerting,
        }
    )


def _share(case: Case) -> str:
    """A p95 objective is a share of good events."""
    return case.numbers.assume(
        "slo.p95_share",
        95,
        "%",
        reason="such objectives are stated at the 95th percentile: one event in twenty may miss them",
        settled_by="a stricter percentile, where users notice less than that",
    )


def _service(case: Case) -> list[Objective]:
    if case.on_device:
        return _device(case)
    if case.is_batch:
        return _batch(case)
    found = [
        _objective(
            case,
            "availability",
            name="Availability",
            kind=SliKind.AVAILABILITY,
            sli="requests answered without a server error, over all valid requests; requests shed by "
            "the admission limit count as bad, requests refused by a guardrail do not",
            target="slo.availability",
            metric=names.GATEWAY_REQUESTS,
        )
    ]
    latency = (
        (
            "ttft",
            "Time to first token",
            SliKind.TTFT,
            names.GATEWAY_TTFT,
            "whose first token arrives within",
        ),
        (
            "tpot",
            "Time per output token",
            SliKind.TPOT,
            names.GATEWAY_TPOT,
            "whose later tokens take no longer than",
        ),
        ("latency", "Latency", SliKind.LATENCY, names.GATEWAY_LATENCY, "answered within"),
    )
    for key, title, kind, metric, phrase in latency:
        if f"slo.{key}" in case.numbers:
            found.append(
                _objective(
                    case,
                    key,
                    name=title,
                    kind=kind,
                    sli=f"answered requests {phrase} {{slo.{key}}}, over all answered requests",
                    target=_share(case),
                    threshold=f"slo.{key}",
                    metric=metric,
                )
            )
    if "slo.goodput" in case.numbers:
        limits = ", ".join(o.name.lower() for o in found[1:])
        found.append(
            _objective(
                case,
                "goodput",
                name="Goodput",
                kind=SliKind.GOODPUT,
                sli=f"requests that succeed within every limit at once ({limits}), judged one by one, over "
                "all valid requests",
                target="slo.goodput",
                metric=names.GATEWAY_MET,
            )
        )
    if "features.freshness" in case.numbers:
        found.append(
            _objective(
                case,
                "freshness",
                name="Feature freshness",
                kind=SliKind.FRESHNESS,
                sli="feature reads no older than {features.freshness}, over all feature reads",
                target=_share(case),
                threshold="features.freshness",
                metric=names.FEATURE_AGE,
                emitted_by="features",
            )
        )
    retrieval = case.brief.workload.retrieval
    if case.kind == "rag" and retrieval and retrieval.freshness_hours:
        case.numbers.given(
            "index.freshness", retrieval.freshness_hours, "h", "workload.retrieval.freshness_hours"
        )
        found.append(
            _objective(
                case,
                "freshness",
                name="Index freshness",
                kind=SliKind.FRESHNESS,
                sli="changed documents searchable within {index.freshness}, over all changed documents",
                target=_share(case),
                threshold="index.freshness",
                metric=names.INDEX_AGE,
                emitted_by="index",
            )
        )
    return found


def _batch(case: Case) -> list[Objective]:
    return [
        _objective(
            case,
            "availability",
            name="Completed runs",
            kind=SliKind.AVAILABILITY,
            sli="runs that end with a usable result, over all scheduled runs",
            target="slo.availability",
            metric=names.JOB_ITEMS,
            measured_by="job",
            alerting="ticket",
        ),
        _objective(
            case,
            "completion",
            name="Results by the deadline",
            kind=SliKind.COMPLETION,
            sli="runs whose last result is there within {batch.deadline} of the start, over all runs",
            target="slo.availability",
            threshold="batch.deadline",
            metric=names.JOB_LAST_SUCCESS,
            measured_by="job",
            alerting="ticket",
        ),
    ]


def _deadline_share(case: Case) -> str:
    """A deadline whose miss can hurt somebody is not a percentile to be missed one time in twenty."""
    return case.numbers.assume(
        "slo.deadline_share",
        99.99,
        "%",
        reason="a late answer can hurt somebody; the safe state catches each miss, and misses must stay rare",
        settled_by="the safety case of the machine, by whoever signs it",
    )


def _device(case: Case) -> list[Objective]:
    device = case.brief.workload.device
    safety = bool(device and device.safety_function)
    found = [
        _objective(
            case,
            "availability",
            name="Usable inferences",
            kind=SliKind.AVAILABILITY,
            sli="inferences that end with a usable result, over all inferences that devices report",
            target="slo.availability",
            metric=names.DEVICE_INFERENCES,
        )
    ]
    if "device.latency" in case.numbers:
        found.append(
            _objective(
                case,
                "latency",
                name="Deadline met",
                kind=SliKind.LATENCY,
                sli="inferences that end within {device.latency}, over all inferences that devices report"
                + ("; each miss goes to the safe state" if safety else ""),
                target=_deadline_share(case) if safety else _share(case),
                threshold="device.latency",
                metric=names.DEVICE_LATENCY,
            )
        )
    return found


_QUALITY = {
    "accuracy": ("Accuracy", SliKind.ACCURACY, "samples"),
    "calibration": ("Calibration", SliKind.CALIBRATION, "samples"),
    "groundedness": ("Groundedness", SliKind.GROUNDEDNESS, "samples"),
    "hallucination": ("Hallucination", SliKind.HALLUCINATION, "samples"),
    "refusal": ("Refusals by the model", SliKind.REFUSAL, "samples"),
    "toxicity": ("Toxicity", SliKind.TOXICITY, "samples"),
    "satisfaction": ("User satisfaction", SliKind.SATISFACTION, "feedback"),
}


def _quality(case: Case) -> list[Objective]:
    found = []
    for i, wish in enumerate(case.brief.objectives.quality):
        title, kind, measured_by = _QUALITY[wish.kind]
        number = case.numbers.given(
            f"quality.{wish.kind}", wish.threshold, "", f"objectives.quality.{i}.threshold"
        )
        direction = "at least" if wish.better == "higher" else "at most"
        metric = (
            names.GATEWAY_FEEDBACK
            if measured_by == "feedback" and not case.on_device and not case.is_batch
            else names.EVALUATION_SCORE
        )
        found.append(
            _objective(
                case,
                wish.kind,
                name=title,
                kind=kind,
                sli=f"[[{wish.metric}]] on sampled, labelled traffic, {direction} {{{number}}}; judge errors "
                "are corrected on a labelled subset and the interval is shown",
                target=number,
                metric=metric,
                measured_by=measured_by,
                alerting="verdict",
                emitted_by="gateway" if metric == names.GATEWAY_FEEDBACK else "evaluation",
            )
        )
    return found


def _absent(case: Case, present: set[SliKind]) -> list[NotApplicable]:
    """Why a quality kind is not measured: it does not exist here, or it is still to be agreed."""
    reasons: dict[SliKind, str] = {}
    open_reason = (
        "no threshold is agreed yet (`objectives.quality`); the first measurement on the evaluation "
        "set proposes one"
    )
    reasons[SliKind.ACCURACY] = open_reason
    reasons[SliKind.CALIBRATION] = (
        "free text carries no probability that a caller acts on"
        if case.is_llm or case.kind in {"embedding", "speech"}
        else open_reason
    )
    reasons[SliKind.GROUNDEDNESS] = (
        open_reason if case.is_llm else "the model does not write claims that could be unsupported"
    )
    reasons[SliKind.TOXICITY] = (
        open_reason if case.is_llm or case.kind == "speech" else "the model writes no text"
    )
    faceless = case.is_batch or case.kind in {"embedding", "reranking"}
    reasons[SliKind.SATISFACTION] = (
        "no person sees a single result; the consumers downstream are asked each quarter"
        if faceless
        else open_reason
    )
    return [
        NotApplicable(kind=kind, reason=reason)
        for kind, reason in reasons.items()
        if kind not in present
    ]


def _alerts(case: Case, objectives: list[Objective]) -> list[Alert]:
    nights = case.brief.team.on_call == "24x7"
    nobody = case.brief.team.on_call in {None, "none"}
    alerts = []
    for objective in objectives:
        if objective.alerting == "burn-rate":
            alerts += [
                Alert(
                    id=f"{objective.id}-burn-fast",
                    name=f"{objective.name}: budget burns fast",
                    severity="ticket" if nobody else "page",
                    objective=objective.id,
                    condition="the budget burns so fast that a noticeable share is gone within hours, in a long "
                    "and a short window at once, with enough events to tell"
                    + (
                        "; nobody is on call, so breaker and judge act alone and a person looks in the morning"
                        if nobody
                        else ""
                    ),
                    metric=objective.metric,
                    runbook=f"{objective.id}-burn",
                    first_step=_FAST,
                ),
                Alert(
                    id=f"{objective.id}-burn-slow",
                    name=f"{objective.name}: budget burns slowly",
                    severity="ticket",
                    objective=objective.id,
                    condition="the budget will not last the window at this rate",
                    metric=objective.metric,
                    runbook=f"{objective.id}-burn",
                    first_step="compare today with the same day last week before you change anything",
                ),
            ]
            continue
        verdict = objective.alerting == "verdict"
        alerts.append(
            Alert(
                id=f"{objective.id}-{'verdict' if verdict else 'missed'}",
                name=f"{objective.name}: {'verdict failed' if verdict else 'missed'}",
                severity="page" if nights and case.high_impact and verdict else "ticket",
                objective=objective.id,
                condition="the verdict over the sampled window is `failed`, at the stated error rate"
                if verdict
                else "a run failed, or its deadline passed without a result",
                metric=objective.metric,
                runbook=f"{objective.id}-{'quality' if verdict else 'missed'}",
                first_step="read the worst samples linked in the verdict before you touch anything"
                if verdict
                else "look at the first error of the run, not the last",
            )
        )
    return alerts


def _cause_alerts(case: Case) -> list[Alert]:
    """Tickets on causes that are known to come before symptoms; silence is an alert too."""
    found = [
        Alert(
            id="telemetry-silent",
            name="Metrics are missing",
            severity="ticket"
            if case.on_device or case.is_batch or case.brief.team.on_call in {None, "none"}
            else "page",
            condition="a metric that an objective needs has not arrived: no data is never good news",
            metric={
                "gateway": names.GATEWAY_REQUESTS,
                "job": names.JOB_LAST_SUCCESS,
                "device": names.DEVICE_INFERENCES,
            }[emitter(case)],
            runbook="telemetry-silent",
            first_step="ask the service itself: one request by hand, then the scrape target",
        ),
        Alert(
            id="drift-detected",
            name="Inputs or outputs have moved",
            severity="ticket",
            condition="the drift detector's evidence crossed its bound; its false-alarm budget is stated",
            metric=names.DRIFT_EVIDENCE,
            runbook="drift-detected",
            first_step="see which column or topic moved, and since when, before retraining anything",
        ),
    ]
    if emitter(case) == "gateway":
        found.append(
            Alert(
                id="shedding",
                name="Requests are being shed",
                severity="ticket",
                condition="the admission limit refuses requests for longer than a burst lasts",
                metric=names.GATEWAY_SHED,
                runbook="shedding",
                first_step="see which caller sends them: a retry loop looks like growth",
            )
        )
    if case.is_llm:
        found += [
            Alert(
                id="guardrail-shift",
                name="Guardrails fire unusually often",
                severity="ticket",
                condition="the share of blocked or redacted requests left its usual band",
                metric=names.GATEWAY_GUARDRAIL,
                runbook="guardrail-shift",
                first_step=f"read a handful of {kept(case).samples}: an attack, a new product or a broken detector?",
            ),
            Alert(
                id="cost-burn",
                name="Spending runs ahead of the budget",
                severity="ticket",
                condition="at today's rate the monthly budget ends early",
                metric=names.GATEWAY_COST if case.managed else names.GATEWAY_TOKENS,
                runbook="cost-burn",
                first_step="list tokens by caller and route; cap the caller, not the service",
            ),
        ]
    return found
