"""Where to run at all: a managed API, one machine, a cluster, a job or the device itself."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import Decision, Question, Weight

CRITERIA: tuple[tuple[str, Weight], ...] = (
    ("meets the objectives", "must"),
    ("data stays where it must", "must"),
    ("the team can run it on call", "high"),
    ("cost at this traffic", "medium"),
)
_CLUSTERS = ("kubernetes", "flagger", "kserve", "ray", "dynamo", "lws", "llm-d")
_ISOLATED = {"on-premises", "air-gapped", "sovereign"}
API_KINDS = frozenset({"chat", "completion", "rag", "agent", "embedding", "reranking", "speech"})


@spoken
def decide(case: Case) -> Decision:
    """The simplest place that fails no requirement."""
    candidates = _candidates(case)
    return choose(
        id="run-where",
        question="Where should it run at all?",
        candidates=candidates,
        title="Run it as <chosen>",
        reasons=_reasons(case),
        criteria=CRITERIA,
        later=_LATER[next(c.id for c in candidates if not c.fails)],
        improves=("reliable", "understandable"),
        shown_by="**pages per week** and **hours spent on the platform**, both from the on-call log",
        revisit_when="peak traffic doubles, a second model arrives, or the availability objective rises",
    )


def _reasons(case: Case) -> list[str]:
    reasons = []
    if "traffic.peak" in case.numbers:
        reasons.append("the peak is {traffic.peak} and the mean {traffic.mean}")
    if "team.size" in case.numbers:
        reasons.append("{team.size:plain} operate it")
    if case.brief.placement.where not in {None, "cloud"}:
        reasons.append(f"the brief places it `{case.where}` (`placement.where`)")
    return reasons


def _candidates(case: Case) -> list[Candidate]:
    if case.on_device:
        return _device(case)
    if case.is_batch:
        return _batch(case)
    api, host, cluster = _api(case), _host(case), _cluster(case)
    if case.brief.team.orchestrator in _CLUSTERS:
        return [api, cluster, host]  # what the team already runs is the simpler one
    return [api, host, cluster]


def _api(case: Case) -> Candidate:
    return Candidate(
        id="managed-api",
        name="a managed model API",
        good="no accelerator, no engine, no capacity plan: the least work of all",
        bad="prompts leave your systems, models are retired on somebody else's calendar, and the "
        "price per token is the vendor's to change",
        fails=_api_fails(case),
        wins="at this traffic nobody needs to own an accelerator: pay per token, and keep the gateway, "
        "the evaluation and the way back in your own hands",
        ratings={
            "meets the objectives": "fair",
            "data stays where it must": "poor" if case.personal else "fair",
            "the team can run it on call": "good",
            "cost at this traffic": "unknown",
        },
    )


def _api_fails(case: Case) -> str:
    brief, model = case.brief, case.brief.model
    if case.kind not in API_KINDS:
        return f"no vendor serves your own `{case.kind}` model as a commodity"
    if case.where in _ISOLATED:
        return f"`placement.where` is `{case.where}`: requests may not leave your network"
    if brief.placement.managed_api_allowed is False:
        return "`placement.managed_api_allowed` is false: prompts may not go to another company"
    if brief.data.own_keys:
        return "`data.own_keys`: data must be encrypted under your keys"
    if model and model.source == "own":
        return "`model.source` is `own`: the weights are yours, no vendor has them"
    if brief.workload.adapters:
        return "`workload.adapters`: your adapters need a server that loads them"
    if model and model.source == "managed-api":
        return ""
    if brief.placement.accelerators:
        return "`placement.accelerators`: you already own the devices"
    if brief.placement.managed_api_allowed is None:
        if not case.sensitive:
            case.ask(
                Question(
                    id="managed-api",
                    asks="May prompts go to a vendor's API under a data processing agreement?",
                    decides="whether you need to run a model server at all",
                    decisions=("run-where", "serving-platform", "engine"),
                    field="placement.managed_api_allowed",
                    meanwhile="the model is served by you",
                    weight=75,
                )
            )
        return "the brief does not allow it (`placement.managed_api_allowed`); say so if you may"
    return ""


def _host(case: Case) -> Candidate:
    fails = ""
    capacity, placement = case.capacity, case.brief.placement
    if case.where in {"multi-cloud", "hybrid"}:
        fails = f"`placement.where` is `{case.where}`: one machine is in one place"
    elif case.brief.team.orchestrator in _CLUSTERS:
        fails = (
            f"the team already runs `{case.brief.team.orchestrator}`; a lone machine beside it "
            "would be patched, watched and forgotten separately"
        )
    elif capacity and capacity.replicas and not _fits_host(case):
        fails = "the peak needs {capacity.devices}, more than one machine holds"
    elif case.numbers.value("slo.availability") > 99.9:
        fails = "the objective {slo.availability} leaves no time to replace a failed machine"
    elif (placement.zones or 1) > 1 and case.numbers.value("slo.availability") >= 99.9:
        fails = "the brief asks for {placement.zones}; one machine stands in one"
    return Candidate(
        id="single-host",
        name="one machine with containers",
        good="one thing to understand, patch and restart; no control plane between you and the process",
        bad="the machine is a single point of failure: an update or a broken disk means minutes of "
        "downtime, so rehearse the restore",
        fails=fails,
        when="the team would rather patch one machine than run a cluster, and an outage of minutes is fine",
        wins="one machine holds the peak, and a cluster would cost the team more attention than the "
        "service itself",
        ratings={
            "meets the objectives": "poor" if fails else "good",
            "data stays where it must": "good",
            "the team can run it on call": "good",
            "cost at this traffic": "good",
        },
    )


def _fits_host(case: Case) -> bool:
    capacity = case.capacity
    return capacity is None or capacity.replicas * capacity.per_replica <= 8


def _cluster(case: Case) -> Candidate:
    known = case.brief.team.orchestrator in _CLUSTERS
    return Candidate(
        id="cluster",
        name="a Kubernetes cluster",
        good="replicas over failure domains, rolling releases by weight, one way for many services",
        when="a second service, a second zone or a second team arrives",
        bad="a control plane, drivers, operators and upgrades that somebody must own"
        + ("" if known else "; nobody on the team runs one today"),
        wins="the team already runs it, and replicas, zones and weighted releases come with it"
        if known
        else "nothing smaller holds the peak and the availability objective",
        ratings={
            "meets the objectives": "good",
            "data stays where it must": "good",
            "the team can run it on call": "good" if known else "poor",
            "cost at this traffic": "fair",
        },
    )


def _batch(case: Case) -> list[Candidate]:
    pipelines = case.brief.team.pipelines
    return [
        Candidate(
            id="batch-job",
            name="a scheduled job",
            good="nothing runs between runs; a failed run is repeated, not paged at night",
            bad="a late run is noticed late unless completion itself is an objective",
            wins="results are needed by a deadline, not while somebody waits"
            + (
                f"; `{pipelines}` already schedules your jobs"
                if pipelines not in {None, "none"}
                else ""
            ),
            ratings={"meets the objectives": "good", "the team can run it on call": "good"},
        ),
        Candidate(
            id="cluster",
            name="a standing service on a cluster",
            good="results at any time",
            when="somebody waits for single results",
            bad="accelerators idle between runs, and an endpoint to secure that nobody calls",
            ratings={"meets the objectives": "good", "cost at this traffic": "poor"},
        ),
    ]


def _device(case: Case) -> list[Candidate]:
    return [
        Candidate(
            id="device",
            name="the device itself",
            good="works without a network, data stays with its owner, latency has no network in it",
            bad="a fleet updates slowly, telemetry is what devices choose to send, and weights are "
            "in the hands of whoever holds the device",
            wins="the brief asks for inference where the data arises",
            ratings={"meets the objectives": "good", "data stays where it must": "good"},
        ),
        Candidate(
            id="managed-api",
            name="a server that devices call",
            good="one place to update and observe",
            bad="every inference pays a network round trip and fails with the network",
            fails="the device must answer without a network (`workload.device.offline`)"
            if case.brief.workload.device and case.brief.workload.device.offline
            else "the deadline of the device leaves no room for a network round trip",
            ratings={"meets the objectives": "poor", "data stays where it must": "poor"},
        ),
    ]


_LATER = {
    "managed-api": Later(
        load="one API, one budget alarm; the team learns prompts and evaluation, not drivers",
        maintenance="a model retirement or two a year, each with a re-evaluation",
        lock_in="the request format is portable, behaviour is not: keep a second vendor evaluated",
        drift="terms of data processing change; someone must read them",
    ),
    "single-host": Later(
        load="one machine, one compose file, one dashboard",
        maintenance="a patch window a month and a restore drill a quarter",
        lock_in="none beyond the machine image",
        drift="hand-made changes on the host: the update script is the only way in",
    ),
    "cluster": Later(
        load="the rota learns the service's alerts, not the whole platform, if a platform team "
        "exists; otherwise both",
        maintenance="driver, operator and chart upgrades, each with a staging soak",
        lock_in="little in the API, some in controllers and metric names",
        drift="policies are code: admission control says no before an auditor does",
    ),
    "batch-job": Later(
        load="one schedule, one completion alert",
        maintenance="dependencies of the job image; inputs that change shape",
        lock_in="the scheduler's file format only",
        drift="new columns may bring new data classes: the input schema is a gate",
    ),
    "device": Later(
        load="two release trains, the app's and the model's, kept apart on purpose",
        maintenance="old versions live as long as the oldest device",
        lock_in="the model format of the runtime; keep the source graph",
        drift="app stores and device makers change privacy rules",
    ),
}
