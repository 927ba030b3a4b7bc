"""Which platform operates the engine."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import Decision, Weight

CRITERIA: tuple[tuple[str, Weight], ...] = (
    ("operates what this case needs", "must"),
    ("known to the team", "high"),
    ("weighted release with a way back", "must"),
    ("moving parts", "medium"),
)


@spoken
def decide(case: Case) -> Decision | None:
    """The platform with the fewest moving parts; on a device there is none to choose."""
    if case.on_device:
        return None
    candidates = _candidates(case)
    best = next(c for c in candidates if not c.fails)
    return choose(
        id="serving-platform",
        question="Which serving platform operates the model?",
        candidates=candidates,
        title="Operate it with <chosen>",
        reasons=[f"it is the option with the fewest moving parts for `{case.chosen('run-where')}`"],
        criteria=CRITERIA,
        later=_LATER.get(best.id, _LATER["kubernetes"]),
        improves=("reliable",),
        shown_by="**failed releases** and **time to restore**, per quarter",
        revisit_when="more than a handful of models need the same release procedure, or an engine needs "
        "roles on separate nodes",
    )


def _known(tool: str, simple: list[Candidate]) -> list[Candidate]:
    """What the team already runs comes first among those that fail nothing."""
    mine = [c for c in simple if c.id == tool and not c.fails]
    return mine + [c for c in simple if c not in mine]


def _candidates(case: Case) -> list[Candidate]:
    if case.managed:
        return [
            _plain(
                "vendor",
                "the vendor's service behind your gateway",
                wins="there is nothing to operate",
            ),
            _others(
                "single-host", "one machine", "a model server to run", "nothing is served by you"
            ),
        ]
    if case.is_batch:
        return [
            _plain("job", "a container job of your scheduler", wins="a job needs a schedule, not a server"),
            _others("ray-serve", "Ray", "spreads one run over many machines",
                    "the items fit one worker pool; Ray earns its place when one machine misses the deadline"),
        ]  # fmt: skip
    if case.on_host:
        return [
            _plain(
                "single-host",
                "containers under systemd",
                wins="two units, a proxy and a restart policy are all that one machine needs",
            ),
            _others("k3s", "a one-node Kubernetes", "the same manifests as a cluster",
                    "a control plane for one machine is more to break than the service"),
            _others("kserve", "KServe", "model-aware releases", "needs a cluster"),
        ]  # fmt: skip
    return _known(_MINE.get(case.brief.team.orchestrator or "", ""), _cluster(case))


_MINE = {
    "kserve": "kserve",
    "ray": "ray-serve",
    "dynamo": "nvidia-dynamo",
    "kubernetes": "kubernetes",
    "flagger": "flagger",
    "lws": "lws",
    "llm-d": "llm-d",
}


def _one_place(case: Case) -> bool:
    """Whether the devices of the brief hold one replica and no more."""
    capacity = case.capacity
    if capacity is None:
        return False
    owned = [a for a in case.brief.placement.accelerators if a.id == capacity.accelerator]
    return bool(owned) and sum(a.count for a in owned) // max(1, capacity.per_replica) < 2


def _cluster(case: Case) -> list[Candidate]:
    multi_node = bool(case.capacity and case.capacity.per_replica > 8)
    disaggregated = case.chosen("feature-disaggregation") == "on"
    needs_roles = multi_node or disaggregated
    roles = "a replica spans nodes or has separate prefill and decode roles"
    return [
        Candidate(
            id="kubernetes",
            name="Deployments with Argo Rollouts",
            good="plain objects that every engineer of the team can read; releases by weight with analysis",
            bad="model-aware routing and multi-node groups must be added by hand",
            fails=roles if needs_roles else "",
            wins="plain Deployments hold it; nothing here needs a model-specific controller",
            ratings={
                "operates what this case needs": "poor" if needs_roles else "good",
                "known to the team": "good" if case.knows("kubernetes") else "fair",
                "weighted release with a way back": "good",
                "moving parts": "good",
            },
        ),
        Candidate(
            id="flagger",
            name="Deployments with Flagger",
            when="the team releases its other services by Flagger",
            good="plain Deployments, which Flagger copies, weighs and promotes; one family with Flux",
            bad="a release holds a second copy until its end, and after it nothing watches the new version "
            "at all traffic; it and KEDA do not share a workload",
            fails=roles
            if needs_roles
            else "the brief has devices for one replica, and a release of Flagger's needs a second copy"
            if _one_place(case)
            else "",
            wins="the team already releases by Flagger: one controller moves every service",
            ratings={
                "operates what this case needs": "poor" if needs_roles else "good",
                "known to the team": "good" if case.knows("flagger") else "fair",
                "weighted release with a way back": "good",
                "moving parts": "fair",
            },
        ),
        Candidate(
            id="kserve",
            name="KServe",
            fails="stages over several machines and separate roles at once have no preset in it"
            if multi_node and disaggregated
            else "",
            when="a handful of models need the same release procedure, or roles on separate nodes",
            good="one resource for model, engine, routing and prefix-aware scheduling; knows prefill and decode",
            bad="another controller, and an API that still moves between releases",
            wins="one resource describes the model, its roles and its routing, and the team can read it",
            ratings={
                "operates what this case needs": "good",
                "known to the team": "good" if case.knows("kserve") else "fair",
                "weighted release with a way back": "good",
                "moving parts": "fair",
            },
        ),
        *_groups(case, multi_node=multi_node, disaggregated=disaggregated),
        Candidate(
            id="ray-serve",
            name="Ray Serve",
            when="several models are composed in Python behind one endpoint",
            good="Python composition of several models, batching and autoscaling in one application",
            bad="an upgrade needs a second cluster's worth of accelerators, or downtime",
            ratings={
                "operates what this case needs": "good",
                "known to the team": "good" if case.knows("ray") else "poor",
                "weighted release with a way back": "fair",
                "moving parts": "fair",
            },
        ),
        Candidate(
            id="nvidia-dynamo",
            name="NVIDIA Dynamo",
            good="disaggregated serving, KV-aware routing and a planner for large fleets",
            bad="young, fast-moving, and worth it only when the fleet is large",
            fails="" if needs_roles else "a fleet this size does not repay its moving parts",
            ratings={
                "operates what this case needs": "good",
                "known to the team": "good" if case.knows("dynamo") else "poor",
                "weighted release with a way back": "fair",
                "moving parts": "poor",
            },
        ),
    ]


def _groups(case: Case, *, multi_node: bool, disaggregated: bool) -> list[Candidate]:
    """Controllers that do one thing: groups of pods, and a router that knows what a cache holds."""
    if not case.is_llm:
        return []
    if not multi_node:
        alone = "every replica fits one machine: there is no group to hold together"
    else:
        alone = "a Service knows no roles" if disaggregated else ""
    return [
        Candidate(
            id="lws",
            name="LeaderWorkerSets",
            good="one small controller that starts, moves and ends the pods of a replica together",
            bad="spreads requests evenly; releases by weight are moved from outside",
            fails=alone,
            wins="a replica spans machines, and nothing more than a group is needed",
            ratings={
                "operates what this case needs": "poor" if alone else "good",
                "known to the team": "good" if case.knows("lws") else "fair",
                "weighted release with a way back": "good",
                "moving parts": "good",
            },
        ),
        Candidate(
            id="llm-d",
            name="llm-d",
            when="prefix hits or separate roles pay for a router that looks into requests",
            good="an endpoint picker that knows prefixes, queues and roles, over plain pods",
            bad="a picker, a pool and a second Gateway to own; young, and its objects have moved twice",
            wins="requests meet the replica that has their prefix, and the pods stay plain",
            ratings={
                "operates what this case needs": "good",
                "known to the team": "good" if case.knows("llm-d") else "fair",
                "weighted release with a way back": "good",
                "moving parts": "fair",
            },
        ),
    ]


def _plain(option: str, title: str, *, wins: str) -> Candidate:
    return Candidate(
        id=option,
        name=title,
        good="the fewest moving parts",
        bad="grows by hand: a second service repeats the work",
        wins=wins,
        ratings={"operates what this case needs": "good", "moving parts": "good"},
    )


def _others(option: str, title: str, good: str, fails: str) -> Candidate:
    return Candidate(
        id=option,
        name=title,
        good=good,
        bad="more to operate than the case asks for",
        fails=fails,
        ratings={"moving parts": "poor"},
    )


_LATER = {
    "vendor": Later(
        load="nothing to operate but the gateway",
        maintenance="follow the vendor's model retirements",
        lock_in="kept low by an interface that several vendors speak",
        drift="the vendor's sub-processors change; read the notices",
    ),
    "job": Later(
        load="the scheduler the team already has",
        maintenance="one image and its dependencies",
        lock_in="none worth naming",
        drift="inputs gain columns: the schema check is the guard",
    ),
    "single-host": Later(
        load="systemd, a container runtime and a proxy; things most engineers have met",
        maintenance="operating system patches and image updates by one script",
        lock_in="none",
        drift="changes by hand on the host; the script restores the declared state",
    ),
    "kubernetes": Later(
        load="plain objects; the rota already knows them",
        maintenance="chart and controller upgrades, one at a time, staging first",
        lock_in="Argo Rollouts' resource for releases; the rest is standard",
        drift="admission policies keep images signed and limits set",
    ),
    "flagger": Later(
        load="two Deployments a service, of which the one without `-primary` is the version on trial",
        maintenance="Flagger, its load tester and the judge beside it, upgraded in staging first",
        lock_in="its Canary for releases; Service and route in production are made by it",
        drift="gates of people are open or closed in its load tester: who opens one writes down why",
    ),
    "kserve": Later(
        load="one more resource kind, with status that reads well",
        maintenance="its API versions move; pin the release and read its notes",
        lock_in="manifests are KServe's; models and images are not",
        drift="runtime definitions are shared: a change there changes many services",
    ),
    "lws": Later(
        load="one resource kind; a group that restarts takes its whole replica with it",
        maintenance="one controller, apart from everything else",
        lock_in="little: the pods are plain, the group is a Kubernetes project's",
        drift="a changed template restarts groups: the room for it is the spare replica",
    ),
    "llm-d": Later(
        load="why a request went where it went: the picker's scores are a page to learn",
        maintenance="picker, sidecar, pool and Gateway have pairings of versions",
        lock_in="its objectives and its picker's configuration; the pods are plain",
        drift="the picker reads prompts: it is in scope of every review",
    ),
    "ray-serve": Later(
        load="Ray's own dashboard, logs and failure modes",
        maintenance="Ray and KubeRay versions go together",
        lock_in="the application code imports Ray",
        drift="Python dependencies travel with the cluster image",
    ),
    "nvidia-dynamo": Later(
        load="routers, planners and separate roles: a page more to learn at night",
        maintenance="frequent releases; re-validate each",
        lock_in="its resource kinds and its transfer library",
        drift="several images instead of one to scan and sign",
    ),
}
