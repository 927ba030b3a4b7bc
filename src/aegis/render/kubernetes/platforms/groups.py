"""A replica of several pods: the first answers, the others compute, and all know one another.

The names of the pods and their ranks come from LeaderWorkerSet, which sets `LWS_LEADER_ADDRESS` and
`LWS_WORKER_INDEX` in every container. Sources: lws v0.10.0, docs/examples/{vllm,sglang}; vLLM's flags
of several nodes (`--nnodes`, `--node-rank`, `--master-addr`, `--headless`) as its documentation and
users have them; SGLang's (`--nnodes`, `--node-rank`, `--dist-init-addr`) as in that example.
"""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import Object
from aegis.render.kubernetes.workload import engine, resources
from aegis.render.shared.serving import nodes_per_replica, serving, staged

_LEADER, _INDEX = "$(LWS_LEADER_ADDRESS)", "$(LWS_WORKER_INDEX)"
_PORTS = (29500, 20000)  # where the ranks of vLLM and of SGLang meet
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe", "ports", "lifecycle")


def leader(plan: Plan) -> Object:
    """The engine's container in the pod that answers."""
    return _container(plan, _command(plan, answers=True))


def worker(plan: Plan) -> Object:
    """The engine's container in the other pods: it answers nobody, so nobody asks how it is."""
    made = _container(plan, _command(plan, answers=False))
    return {key: value for key, value in made.items() if key not in _PROBES}


def spec(plan: Plan, replicas: int | None, leader_pod: Object, worker_pod: Object) -> Object:
    """The body of a LeaderWorkerSet; without `replicas` somebody else owns their number."""
    return {
        **({} if replicas is None else {"replicas": replicas}),
        # Both stated: the room is the spare replica's, and a group surges as a whole.
        "rolloutStrategy": {
            "type": "RollingUpdate",
            "rollingUpdateConfiguration": {"maxSurge": 0, "maxUnavailable": 1},
        },
        "startupPolicy": "LeaderCreated",
        "leaderWorkerTemplate": {
            "size": nodes_per_replica(plan),
            # A rank that is gone cannot be joined again: the group starts anew.
            "restartPolicy": "RecreateGroupOnPodRestart",
            "leaderTemplate": leader_pod,
            "workerTemplate": worker_pod,
        },
    }


def ports() -> tuple[int, ...]:
    """Ports on which pods of a replica meet first; what they open later is theirs."""
    return _PORTS


def _container(plan: Plan, command: list[str]) -> Object:
    found = serving(plan)
    return {
        **engine(plan, found),
        "command": [*command],
        "resources": resources(found, nodes_per_replica(plan)),
    }


def _command(plan: Plan, *, answers: bool) -> list[str]:
    found, count = serving(plan), nodes_per_replica(plan)
    if found.engine == "sglang":
        meet = ["--dist-init-addr", f"{_LEADER}:{_PORTS[1]}"]
        return [*found.started, *staged(plan), "--nnodes", str(count), "--node-rank", _INDEX, *meet]
    meet = [
        "--distributed-executor-backend", "mp", "--nnodes", str(count), "--node-rank", _INDEX,
        "--master-addr", _LEADER, "--master-port", str(_PORTS[0]),
    ]  # fmt: skip
    return [*found.started, *staged(plan), *meet, *([] if answers else ["--headless"])]
