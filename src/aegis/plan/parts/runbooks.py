"""A runbook for every alert: detect, diagnose, mitigate, verify; first the command, then the thought."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.kept import kept
from aegis.plan.parts.commands import commands
from aegis.plan.parts.failures import engine_metric
from aegis.plan.parts.objectives import Watching
from aegis.plan.parts.voice import runbook as told
from aegis.plan.parts.voice import voice_of
from aegis.plan.types import Alert, Runbook


def runbooks(case: Case, watching: Watching) -> tuple[Runbook, ...]:
    """One page for each runbook that an alert names."""
    by_runbook: dict[str, list[Alert]] = {}
    for alert in watching.alerts:
        by_runbook.setdefault(alert.runbook, []).append(alert)
    said = voice_of(case)
    return tuple(told(said, _runbook(case, name, alerts)) for name, alerts in by_runbook.items())


def _runbook(case: Case, name: str, alerts: list[Alert]) -> Runbook:
    writer = {
        "telemetry-silent": _silent,
        "drift-detected": _drift,
        "shedding": _shedding,
        "guardrail-shift": _guardrail,
        "cost-burn": _cost,
    }.get(name)
    if writer:
        return writer(case, alerts)
    if name.endswith("-quality"):
        return _quality(case, name, alerts)
    if name.endswith("-missed"):
        return _missed(case, name, alerts)
    return _burn(case, name, alerts)


def _page(
    case: Case,
    name: str,
    *,
    title: str,
    detect: tuple[str, ...],
    diagnose: tuple[str, ...],
    mitigate: tuple[str, ...],
    verify: tuple[str, ...],
    intents: tuple[str, ...],
) -> Runbook:
    lines = [line for intent in intents for line in commands(case, intent)]
    return Runbook(
        id=name,
        title=title,
        detect=detect,
        diagnose=diagnose,
        mitigate=mitigate,
        verify=verify,
        commands=tuple(dict.fromkeys(lines)),
    )


def _what_fired(alerts: list[Alert]) -> tuple[str, ...]:
    return tuple(f"**{a.severity}** `{a.id}`: {a.condition}; metric `{a.metric}`" for a in alerts)


_DIAGNOSE = {
    "availability": (
        "Is a release running? If so, that is the suspect: roll back first, understand later.",
        "Do errors come from one replica, one zone or all? One replica is a node; all is a dependency or a release.",
        "Which status do callers see: `5xx` from the model, `429` from the limit, or time-outs from the network?",
    ),
    "ttft": (
        "Is QUEUE above zero? Then requests wait for memory or for turns, and the network is innocent.",
        "Did the prefix cache hit rate fall at a point in time? A changed system prompt empties it.",
        "Did inputs get longer? Compare input tokens by caller with the same hour last week.",
        "Is a replica still loading weights? It counts as capacity only when it is ready.",
    ),
    "tpot": (
        "Are more sequences running at once than the memory plan allows? Compare running requests with the limit.",
        "Do long prompts arrive together? Prefill takes turns from everybody's next token.",
        "Is one device slower than its neighbours? Look at clocks and temperature, then drain it.",
    ),
    "latency": (
        "Is the time spent in the queue, in features, or in the model? The trace of one slow request tells.",
        "Is one caller sending larger requests than before?",
        "Did a dependency slow down? A slow feature read looks like a slow model.",
    ),
    "freshness": (
        "When did the last update arrive? Find the first missing one, not the last.",
        "Does the producer run and succeed with nothing to do? A success with no rows is a failure.",
    ),
}


def _burn(case: Case, name: str, alerts: list[Alert]) -> Runbook:
    objective = name.removesuffix("-burn")
    queue = engine_metric(case, "queue_depth")
    steps = _DIAGNOSE.get(objective, _DIAGNOSE["latency"])
    if case.on_device:
        steps = (
            "Which device class, system version and model version report it? One class is a device; all is the model.",
            "Does it follow temperature or battery? Then it is throttling.",
            "Did the share of devices that report change? Silence can look like improvement.",
        )
    diagnose = tuple(
        s.replace("QUEUE", f"`{queue}`" if queue else "the queue depth") for s in steps
    )
    mitigate = {
        "freshness": (
            "Start the missing update by hand and watch it end.",
            "Until it is fresh: let the degradation ladder answer, marked with the age.",
        ),
        "ttft": (
            "A release is running: roll it back.",
            "No release: shed the lowest priority and shorten the longest inputs at the gateway.",
            "Then add a replica, knowing that it helps only after its weights are loaded.",
        ),
    }.get(
        objective,
        (
            "A release is running: roll it back. The previous version has never stopped."
            if not case.on_device
            else "Close the stage for the whole fleet; devices return to their last good model.",
            "No release: take the failing part out of rotation, then let the ladder answer.",
            "Do not restart everything at once: a cold fleet is a second incident.",
        ),
    )
    return _page(
        case,
        name,
        title=f"**{alerts[0].name.split(':', maxsplit=1)[0]}**: the error budget is burning",
        detect=_what_fired(alerts),
        diagnose=diagnose,
        mitigate=mitigate,
        verify=(
            "The short window of the alert is clear, and stays clear for one long window.",
            "Budget left is written into the incident record; below nothing, releases stop.",
        ),
        intents=("status", "logs", "roll-back", "ask"),
    )


def _quality(case: Case, name: str, alerts: list[Alert]) -> Runbook:
    objective = name.removesuffix("-quality")
    return _page(
        case,
        name,
        title=f"**{objective.capitalize()}**: the verdict on sampled traffic failed",
        detect=_what_fired(alerts),
        diagnose=(
            "Open the verdict: which slice failed, since when, and with what interval?",
            "Read the worst samples it links before forming an opinion.",
            "Did a prompt, an index, a feature or a model version change at that time?",
            "Did the judge change? A new judge version moves every score.",
        ),
        mitigate=(
            "A release is younger than the change: roll back that release, also when it is only a prompt.",
            "No release: restrict the failing slice (route it to the ladder) and tell its owner.",
            "Add the samples to the evaluation set, so that the gate knows this failure for good.",
        ),
        verify=(
            "The verdict over fresh samples passes, with an interval, on the failing slice.",
            "The gate fails when run against the faulty version: otherwise it would happen again.",
        ),
        intents=("status", "roll-back"),
    )


def _missed(case: Case, name: str, alerts: list[Alert]) -> Runbook:
    return _page(
        case,
        name,
        title="A run failed or missed its deadline",
        detect=_what_fired(alerts),
        diagnose=(
            "Was the input there, and was it today's? Compare its watermark with the last run's.",
            "Which chunk failed first? The first error explains, the last one complains.",
            "How many records were set aside, and do they share something?",
        ),
        mitigate=(
            "Resume from the last finished chunk; do not start over.",
            "Consumers read the last good output until the new one has passed its comparison: leave it so.",
            "Tell the consumers the new time before they ask.",
        ),
        verify=(
            "Items in, scored and set aside add up.",
            "The comparison with the previous output passed, and the pointer moved after it.",
        ),
        intents=("status", "logs", "roll-back", "events"),
    )


def _silent(case: Case, alerts: list[Alert]) -> Runbook:
    return _page(
        case,
        "telemetry-silent",
        title="Metrics are missing: we are blind",
        detect=_what_fired(alerts),
        diagnose=(
            "Ask the service directly, by hand. If it answers, only our eyes are closed; if not, this is an outage.",
            "Follow the path: does the process export the metric, is it scraped, is the rule loaded, is the route alive?",
            "Was a metric renamed by an upgrade? Compare with the list of names in the plan.",
        ),
        mitigate=(
            "Hold every release until data is back: no data is never a pass.",
            "If the service itself is down, open the incident as an availability page.",
        ),
        verify=(
            "The metric is there, with a fresh time stamp, in every environment that lost it.",
        ),
        intents=("ask", "status", "logs"),
    )


def _drift(case: Case, alerts: list[Alert]) -> Runbook:
    first = {
        "rag": "Did new documents or a new product enter the index?",
        "agent": "Did a tool change what it returns?",
        "prediction": "Did an upstream feature change its default or its unit?",
        "ranking": "Did the catalogue change, or only what we show of it?",
        "speech": "Did a new device or a new region start to send audio?",
        "vision": "Did a camera, a light or a codec change?",
        "robotics": "Did the season, the site or the sensor change?",
        "on-device": "Did a new device class or system version join?",
    }.get(case.kind, "Did a new group of users start to send requests?")
    return _page(
        case,
        "drift-detected",
        title="Inputs or outputs have moved",
        detect=_what_fired(alerts),
        diagnose=(
            "Which column or topic moved, how far, and since when? The report says so; believe it before a theory.",
            first,
            "Does quality on fresh labelled samples suffer? Drift without harm is news, not an incident.",
        ),
        mitigate=(
            "No harm: accept the new reference with a reason, by a reviewed change.",
            "Harm: add samples to the evaluation set, then change prompt, retrieval or training, in that order of cost.",
        ),
        verify=(
            "The detector is quiet on the new reference, and the quality verdict of the moved slice passes.",
        ),
        intents=("status",),
    )


def _shedding(case: Case, alerts: list[Alert]) -> Runbook:
    return _page(
        case,
        "shedding",
        title="Requests are being refused to protect the rest",
        detect=_what_fired(alerts),
        diagnose=(
            "Which caller sends them? A retry loop looks like growth; ask for its retry policy.",
            "Is capacity smaller than planned: a replica down, a node drained, a slow device?",
            "Is the peak real? Compare with the plan's figure of {traffic.peak}.",
        ),
        mitigate=(
            "Cap the caller at the gateway; do not raise the limit for all.",
            "Bring back missing replicas; a new one helps only after its weights are loaded.",
            "If the peak is real, change the brief and plan again: the figure is an input, not a hope.",
        ),
        verify=(
            "Shed requests are back to none for one long window, and no replica restarted meanwhile.",
        ),
        intents=("status", "shed", "logs"),
    )


def _guardrail(case: Case, alerts: list[Alert]) -> Runbook:
    return _page(
        case,
        "guardrail-shift",
        title="Guardrails fire unusually often, or unusually rarely",
        detect=_what_fired(alerts),
        diagnose=(
            f"Read a handful of {kept(case).samples}: an attack, a new kind of honest request, or a broken detector?",
            "One caller or many? One is an attacker or a new integration; many is a release of ours.",
            "Rarely can be worse than often: does the benign-and-hostile test set still give its known figures?",
        ),
        mitigate=(
            "Attack: limit or block the caller, keep the evidence, search the audit store for the same span.",
            "Detector at fault: roll the guardrail policy back; it is a release like any other.",
            "Honest requests blocked: move that rule to `flag`, tell support, then measure before blocking again.",
        ),
        verify=(
            "The test set gives its known figures, and the share of fired guardrails is back in its band.",
        ),
        intents=("logs", "shed"),
    )


def _cost(case: Case, alerts: list[Alert]) -> Runbook:
    return _page(
        case,
        "cost-burn",
        title="Spending runs ahead of the budget",
        detect=_what_fired(alerts),
        diagnose=(
            "List tokens by caller and route: is it more requests, longer inputs or longer answers?",
            "Did a retry, an agent loop or a test job join the traffic?",
            "Did the prefix hit rate fall? The same answers then cost more.",
        ),
        mitigate=(
            "Cap the caller, not the service; lower the longest answer before the number of answers.",
            "Move background work to quiet hours or to the batch queue.",
        ),
        verify=(
            "At the new rate the month ends within the budget, shown by the same chart that raised the alert.",
        ),
        intents=("status", "shed"),
    )
