"""What a cluster needs beside the service: who refuses unsigned images, and who injects faults."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import LIVE, Decision, Weight

_CRITERIA: tuple[tuple[str, Weight], ...] = (
    ("does the job", "must"),
    ("the team already runs it", "high"),
    ("work to operate", "high"),
)
_KNOWN = "the team already runs it, and its upgrades"


def _mine(tool: str | None, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """What the team already runs comes first among those that fail nothing."""
    first = tuple(c for c in candidates if c.id == tool and not c.fails)
    return first + tuple(c for c in candidates if c not in first)


@spoken
def admission(case: Case) -> Decision | None:
    """What lets a pod of the service start: digests always, signatures where the stakes ask for it."""
    if not case.on_cluster:
        return None
    grave = case.high_impact or bool(case.sensitive)
    mine = case.brief.team.admission
    candidates = (
        Candidate(
            id="admission-policy",
            name="the cluster's own admission policy, by digest",
            good="part of Kubernetes: no controller, no webhook that can be down",
            bad="knows which bytes start, not who vouches for them: signatures are checked by the pipeline",
            fails="somebody who can write to the namespace could start an image that the pipeline never "
            "signed, and the brief names sensitive data or a high impact"
            if grave
            else "",
            wins="what starts is what was evaluated, by digest, and nothing new is to operate",
            ratings={"does the job": "poor" if grave else "good", "work to operate": "good"},
        ),
        Candidate(
            id="sigstore-policy-controller",
            name="the Sigstore policy controller",
            good="one job: no image starts without a signature of the named identity",
            bad="reads the images of containers only, and a key's signature in the older format only",
            fails=""
            if mine == "sigstore-policy-controller" or not grave
            else "the weights are an image that is mounted, and it does not look at mounted images",
            wins=_KNOWN,
            when="signatures are asked for and the weights are part of the engine's image",
            ratings={"does the job": "fair", "work to operate": "fair"},
        ),
        Candidate(
            id="kyverno",
            name="Kyverno",
            good="verifies signatures of containers and of mounted weights, in the language of Kubernetes' own policies",
            bad="a webhook on the path of every pod: it is given replicas and an alert of its own",
            wins=_KNOWN
            if mine == "kyverno"
            else "every image is verified where it starts, the mounted weights too",
            when="signatures are to be verified where pods start, too",
            ratings={"does the job": "good", "work to operate": "fair"},
        ),
    )
    return choose(
        id="admission",
        question="What refuses an image that nobody vouches for?",
        candidates=_mine(mine, candidates),
        title="Admit images with <chosen>",
        reasons=["a digest is asked for in every case: a tag can move after the evaluation"],
        criteria=_CRITERIA,
        later=Later(
            load="a refused pod says which rule refused it and what to do",
            maintenance="keys have owners and dates; the policy follows the release of its controller",
            lock_in="signatures and digests are read by all of them",
            drift="an exception has an owner and an end date, like a waiver",
        ),
        improves=("reliable",),
        shown_by="**pods refused** by rule, and **images running unsigned** (none)",
        revisit_when="data or impact of the brief change, or the pipeline signs with another key",
    )


@spoken
def fault_injection(case: Case) -> Decision | None:
    """What injects the faults of the failure modes, and ends them when an objective is missed."""
    if not case.on_cluster:
        return None
    mine = case.brief.team.fault_injection
    candidates = (
        Candidate(
            id="by-hand",
            name="commands by hand",
            good="nothing to install",
            bad="the fault lasts until somebody remembers it",
            fails="a fault that only a person ends is an incident: it has to end by itself when an "
            "objective is missed",
            ratings={"does the job": "poor", "work to operate": "good"},
        ),
        Candidate(
            id="chaos-mesh",
            name="Chaos Mesh",
            good="faults of pods and of the network as objects with an end and a check that ends them early",
            bad="a privileged daemon on each node of the environments it is let into",
            wins=_KNOWN
            if mine == "chaos-mesh"
            else "an experiment is one object that ends by itself, and there is no platform beside it",
            ratings={"does the job": "good", "work to operate": "fair"},
        ),
        Candidate(
            id="litmus",
            name="LitmusChaos",
            good="its probes read Prometheus themselves and end an experiment",
            bad="experiments come from its hub, at a version to keep, and cannot cut the scraper off",
            wins=_KNOWN,
            when="the team runs it for other services",
            ratings={"does the job": "good", "work to operate": "fair"},
        ),
    )
    return choose(
        id="fault-injection",
        question="What rehearses the failure modes before they happen?",
        candidates=_mine(mine, candidates),
        title="Rehearse failures with <chosen>",
        reasons=[
            "a way back that was never walked is a hope: staging walks each before a release needs it"
        ],
        criteria=_CRITERIA,
        later=Later(
            load="one page says what to run, what to expect and how to stop it",
            maintenance="an experiment is repeated after each change of what it rehearses",
            lock_in="little: a fault, a hypothesis and a query carry over",
            drift="rights to inject faults are rights to break: they end with the game day",
        ),
        improves=("reliable",),
        shown_by="**failure modes rehearsed** in the last quarter, and **surprises** found by them",
        revisit_when="a post-mortem names a failure that no experiment rehearses",
        applies_to=LIVE,
    )
