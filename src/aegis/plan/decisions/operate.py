"""How it scales, is scheduled, routes requests and survives the loss of parts."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import Decision

_GRAVITY = (
    "the brief names several places (`placement.clouds`), and data has gravity: records, indexes and evaluation sets "
    "are read where they lie, since moving them is billed, slow and a question of law; only weights, images and the "
    "policy are copied everywhere"
)


@spoken
def scaling(case: Case) -> Decision | None:
    """Fixed, scheduled or by a signal that leads; never by accelerator utilisation."""
    if case.on_device or case.managed:
        return None
    peak_to_mean = 1.0
    if "traffic.peak" in case.numbers:
        peak_to_mean = case.numbers.value("traffic.peak") / case.numbers.value("traffic.mean")
    capacity = case.capacity
    few = capacity is None or capacity.replicas <= 3
    flagger = case.chosen("serving-platform") == "flagger"
    signal = "`{}`".format(
        "queue depth of the engine" if case.is_llm else "requests in flight per replica"
    )
    return choose(
        id="scaling",
        question="How does capacity follow traffic?",
        candidates=(
            Candidate(
                id="fixed",
                name="a fixed number of replicas",
                good="nothing moves at the worst moment; capacity is known",
                bad="pays for the peak all day",
                fails=""
                if not case.is_batch and (case.on_host or flagger or few or peak_to_mean < 2)
                else "nothing runs between runs, so nothing needs to stand"
                if case.is_batch
                else "the peak is several times the mean and there are enough replicas to give back",
                wins="Flagger's copy of a service is not kept in step with its scaler: the peak's number stands"
                if flagger
                else "there is too little to give back: between peak and mean lie no more than a replica or two",
                ratings={"holds the peak": "good", "cost at night": "poor", "moving parts": "good"},
            ),
            Candidate(
                id="job",
                name="one run at a time",
                good="no standing capacity at all",
                bad="a late start is a late finish",
                fails="" if case.is_batch else "requests arrive while somebody waits",
                wins="the schedule starts it and the deadline sizes it; between runs nothing is paid for",
                ratings={"holds the peak": "fair", "cost at night": "good", "moving parts": "good"},
            ),
            Candidate(
                id="queue-signal",
                name=f"autoscaling on {signal}".replace("`", ""),
                good="reacts to what users feel before latency shows it",
                bad="a new replica helps only after it has loaded its weights: the floor must hold a burst",
                wins="traffic swings and a leading signal exists; the floor holds bursts shorter than a start",
                fails="the scaler of Flagger's copy stays paused or as it was, so nothing "
                "would follow the signal"
                if flagger
                else "",
                when="the peak grows to several replicas more than the mean",
                ratings={"holds the peak": "good", "cost at night": "good", "moving parts": "fair"},
            ),
            Candidate(
                id="utilisation-signal",
                name="autoscaling on accelerator utilisation",
                good="the figure every dashboard has",
                bad="utilisation is high as soon as one request runs: it says nothing about queues",
                fails="the signal does not lead: it saturates long before requests wait",
                ratings={"holds the peak": "poor", "cost at night": "fair", "moving parts": "fair"},
            ),
            Candidate(
                id="scale-to-zero",
                name="scale to zero",
                good="nothing to pay while nobody asks",
                bad="the first caller waits for a cold start that loads every weight",
                fails="the first request after a pause would miss the objective by the whole start",
                ratings={"holds the peak": "poor", "cost at night": "good", "moving parts": "fair"},
            ),
        ),
        title="Scale with <chosen>",
        reasons=[]
        if case.is_batch or "traffic.peak" not in case.numbers
        else ["peak {traffic.peak}, mean {traffic.mean}"],
        criteria=(
            ("holds the peak", "must"),
            ("cost at night", "medium"),
            ("moving parts", "medium"),
        ),
        later=Later(
            load="one signal, one floor, one ceiling",
            maintenance="bounds move with each capacity measurement",
            lock_in="none",
            drift="the ceiling is also the budget guard: raising it is a reviewed change",
        ),
        improves=("reliable", "valuable"),
        shown_by="**queue depth** at peak and **idle replica hours**",
        revisit_when="the ratio of peak to mean or the start time of a replica changes",
    )


@spoken
def scheduling(case: Case) -> Decision | None:
    """Spot, reserved and bin-packing: what the cluster may do with this workload."""
    if not (case.on_cluster or case.is_batch):
        return None
    tolerant = case.is_batch
    return choose(
        id="scheduling",
        question="What may the scheduler do to save money?",
        candidates=(
            Candidate(
                id="spot",
                name="interruptible capacity with checkpoints",
                good="the lowest price for the same device",
                bad="a node leaves with minutes of notice",
                fails=""
                if tolerant and case.where in {"cloud", "multi-cloud"}
                else (
                    "there is no interruptible capacity where it runs"
                    if case.where not in {"cloud", "multi-cloud", "hybrid"}
                    else "people wait for answers: an interruption at peak takes the spare and the peak together"
                ),
                wins="a run can be resumed from its last finished chunk, so an interruption costs minutes, not the run",
            ),
            Candidate(
                id="dedicated",
                name="on-demand or owned nodes, packed",
                good="capacity stays; several small services share a node's devices by request, not by hope",
                bad="pays list price for what a reservation would make cheaper",
                wins="the floor is served from capacity that stays; reserve it once three months of traffic are known",
            ),
            Candidate(
                id="reserved",
                name="reserved capacity for the floor",
                good="cheaper for what runs all day",
                bad="a year's commitment to one device type in a field that changes twice a year",
                when="three months of traffic have shown a floor that stays",
            ),
        ),
        title="Schedule it on <chosen>",
        reasons=[],
        later=Later(
            load="priority classes: serving before batch, batch before experiments",
            maintenance="node pools are code",
            lock_in="commitments are lock-in by contract",
            drift="shared nodes share a kernel: sensitive workloads get their own pool",
        ),
        improves=("valuable",),
        shown_by="**cost per day by pool** and **pending time of pods**",
        revisit_when="three months of traffic are known, or a second service can share the nodes",
    )


@spoken
def routing(case: Case) -> Decision | None:
    """Which request goes where: caching, cheaper models, the replica with the right prefix."""
    if case.on_device or case.is_batch or case.managed:
        return None
    if not case.is_llm:
        return _plain_routing(case)
    smaller = bool(case.brief.model and case.brief.model.smaller_model)
    several = bool(case.capacity and case.capacity.replicas > 1)
    prefix = case.chosen("feature-prefix-caching") == "on"
    return choose(
        id="request-routing",
        question="Which request goes where?",
        candidates=(
            Candidate(
                id="direct",
                name="one pool, least outstanding requests",
                good="nothing to tune, nothing to explain",
                bad="ignores where a prefix is already cached",
                fails="several replicas cache prefixes: spreading a conversation over them loses the cache"
                if several and prefix and case.on_cluster
                else "",
                wins="replicas are interchangeable, and a queue at each is all that differs",
            ),
            Candidate(
                id="prefix-aware",
                name="a picker that knows prefixes and queues",
                good="a conversation returns to the replica that remembers it; TTFT falls",
                bad="a component in the request path that must fail open on purpose",
                fails=""
                if case.on_cluster and several
                else "needs several replicas that cache prefixes",
                wins="several replicas cache prefixes, so the picker sends a conversation back to its cache",
            ),
            Candidate(
                id="cascade",
                name="a smaller model first",
                good="easy requests cost a fraction",
                bad="a classifier decides who gets the better answer; it needs its own evaluation",
                fails="not before the smaller model is evaluated beside the larger one"
                if smaller
                else "the brief names no smaller model (`model.smaller_model`)",
            ),
            Candidate(
                id="semantic-cache",
                name="answers cached by meaning",
                good="repeated questions cost nothing",
                bad="a near match is a wrong answer delivered with confidence, and caches leak between tenants",
                fails="a wrong hit is a wrong answer that no metric of the engine shows",
            ),
        ),
        title="Route by <chosen>",
        reasons=[],
        later=Later(
            load="one rule that the rota can say in a sentence",
            maintenance="weights of the picker follow the engine's metric names",
            lock_in="little",
            drift="caches and routes keep tenants apart: tested, not assumed",
        ),
        improves=("valuable",),
        shown_by="**prefix cache hit rate** and **TTFT p95** by replica",
        revisit_when="the hit rate or the share of easy requests is known",
    )


def _plain_routing(case: Case) -> Decision:
    """Requests of a fixed size, interchangeable replicas."""
    split = case.kind in {"ranking", "prediction"}
    return choose(
        id="request-routing",
        question="Which request goes where?",
        candidates=(
            Candidate(
                id="direct",
                name="one pool, least outstanding requests",
                good="nothing to tune, nothing to explain",
                bad="a slow replica is noticed only by its queue",
                wins="replicas are interchangeable, and a queue at each is all that differs",
            ),
            Candidate(
                id="hedged",
                name="a second try for the slowest requests",
                good="cuts the tail without more capacity in the mean",
                bad="adds load exactly when replicas are slow; needs a budget",
                when="p99 binds while the mean has room",
            ),
            Candidate(
                id="result-cache",
                name="a cache of results by input",
                good="repeated inputs cost nothing",
                bad="stale answers with a good latency"
                + ("; features change while the key stays" if split else ""),
                fails="inputs carry fresh features: a cached answer is an old one" if split else "",
                when="the same inputs return within minutes",
            ),
        ),
        title="Route by <chosen>",
        reasons=[],
        later=Later(
            load="one rule that the rota can say in a sentence",
            maintenance="none beyond the proxy's own",
            lock_in="none",
            drift="none",
        ),
        improves=("valuable",),
        shown_by="**latency p99** by replica",
        revisit_when="the tail binds while the mean has room",
    )


@spoken
def recovery(case: Case) -> Decision:
    """What survives the loss of a replica, a zone, a region or the vendor."""
    zones = case.brief.placement.zones or 1
    strict = case.numbers.value("slo.availability") >= 99.9 and not case.on_device
    several = case.where == "multi-cloud"
    return choose(
        id="disaster-recovery",
        question="What must survive, and how is it brought back?",
        candidates=(
            Candidate(
                id="rebuild",
                name="rebuild from digests",
                good="nothing standing by: weights, images and configuration are pinned and copied elsewhere",
                bad="downtime is the time of a rebuild; only a drill tells how long that is",
                fails="the objective {slo.availability} does not survive a rebuild within its window"
                if strict and (zones > 1 or several)
                else "",
                wins="devices keep their last good model, and what serves updates is rebuilt from pinned digests"
                if case.on_device
                else "there is little state: policy, prompts and the plan are pinned, and the vendor keeps the rest"
                if case.managed
                else "state is small: weights, images and the plan are pinned by digest, so a rebuild is a deployment",
            ),
            Candidate(
                id="zones",
                name="replicas over failure domains",
                good="a lost domain costs capacity, not service",
                bad="the spare must stand in the other domain: a spare beside the failure is none",
                fails="zones of one cloud do not survive the loss of that cloud, and the brief names several"
                if several
                else ""
                if zones > 1
                else "the brief names one failure domain (`placement.zones`)",
                wins="{placement.zones} can hold replicas, and the objective {slo.availability} asks for it"
                if zones > 1
                else "",
            ),
            Candidate(
                id="region",
                name="a second region",
                good="survives what a region does not",
                bad="twice the capacity, data that may not travel, and a failover nobody has rehearsed",
                fails="nothing in the brief asks for a region's loss to be survived"
                if not several
                else "",
                wins="the brief spreads it over several clouds: each carries the others' traffic when one is lost, and "
                "the shift is rehearsed",
            ),
        ),
        title="Survive with <chosen>",
        reasons=[
            "audit records, evaluation sets and the plan itself are backed up; caches are not",
            *([_GRAVITY] if case.where in {"multi-cloud", "hybrid"} else []),
        ],
        later=Later(
            load="one restore drill a quarter, with a stopwatch",
            maintenance="copies of weights and images are verified by digest",
            lock_in="none",
            drift="backups hold personal data too: the same retention applies",
        ),
        improves=("reliable",),
        shown_by="**measured restore time** of the last drill",
        revisit_when="a drill takes longer than the error budget of a window allows",
    )
