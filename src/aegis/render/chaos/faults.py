"""What is injected, which failure modes it rehearses, and what is expected to hold meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aegis.plan.types import FailureMode, Plan
from aegis.render.shared.objects import MONITORING_NAMESPACE, POD_LABEL, Object
from aegis.render.shared.pods import engines, everything
from aegis.render.shared.reading import number_or_none
from aegis.render.shared.serving import serving
from aegis.render.shared.steady import look_s

_SETTLE_S = 120  # after a replica could be ready again, until its first answers are counted
_STRESS_S = 600
_CPU_LOAD_PERCENT = 80
_LINK_MS = 50  # many times a transfer of a healthy link
_LATEST_MS = 1000.0  # where the plan has no limit of latency
_CONTAINERD = "/run/containerd/containerd.sock"


def pods(labels: Mapping[str, str], environment: str) -> Object:
    """The selector of pods with these labels in an environment, and nowhere else."""
    return {"namespaces": [environment], "labelSelectors": {**labels}}


def aimed_at(plan: Plan) -> Mapping[str, str]:
    """The pods that run the engine."""
    return engines(plan).labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault that a tool can inject and take back."""

    id: str
    title: str
    does: str
    expects: str
    modes: frozenset[str]
    """Ids of the failure modes that it rehearses."""
    lasts_s: Callable[[Plan], int]
    mesh: Callable[[Plan, str], tuple[str, Object]]
    """Kind of Chaos Mesh and its specification, for an environment."""
    litmus: Callable[[Plan], tuple[str, Mapping[str, str]]] | None = None
    """Experiment of LitmusChaos and its variables; None where its hub has none that does this."""
    labels: Callable[[Plan], Mapping[str, str]] = aimed_at
    """The pods that it hits."""
    applies: Callable[[Plan], bool] = lambda _: True
    in_production: bool = True
    ends_by: str = "its own end, or the first objective that burns as fast as a page"


def _restart_s(plan: Plan) -> int:
    return serving(plan).startup_s + _SETTLE_S


def _killed(plan: Plan, environment: str) -> tuple[str, Object]:
    return "PodChaos", {
        "action": "pod-kill",
        "mode": "one",
        "selector": pods(aimed_at(plan), environment),
        "gracePeriod": 0,
    }


def _deleted(plan: Plan) -> tuple[str, Mapping[str, str]]:
    lasts = str(_restart_s(plan))
    # One deletion: the interval is as long as the whole.
    return "pod-delete", {
        "TOTAL_CHAOS_DURATION": lasts,
        "CHAOS_INTERVAL": lasts,
        "FORCE": "true",
        "PODS_AFFECTED_PERC": "0",  # nought of a hundred means one pod
    }


def _engine_killed(plan: Plan, environment: str) -> tuple[str, Object]:
    return "PodChaos", {
        "action": "container-kill",
        "mode": "one",
        "selector": pods(aimed_at(plan), environment),
        "containerNames": [engines(plan).container],
    }


def _engine_stopped(plan: Plan) -> tuple[str, Mapping[str, str]]:
    lasts = str(_restart_s(plan))
    return "container-kill", {
        "TOTAL_CHAOS_DURATION": lasts,
        "CHAOS_INTERVAL": lasts,
        "TARGET_CONTAINER": engines(plan).container,
        "SIGNAL": "SIGKILL",
        "PODS_AFFECTED_PERC": "0",
        "CONTAINER_RUNTIME": "containerd",
        "SOCKET_PATH": _CONTAINERD,
    }


def _stressed(plan: Plan, environment: str) -> tuple[str, Object]:
    return "StressChaos", {
        "mode": "one",
        "selector": pods(aimed_at(plan), environment),
        "containerNames": [engines(plan).container],
        "stressors": {"cpu": {"workers": serving(plan).cpu, "load": _CPU_LOAD_PERCENT}},
    }


def _hogged(plan: Plan) -> tuple[str, Mapping[str, str]]:
    return "pod-cpu-hog", {
        "TOTAL_CHAOS_DURATION": str(_STRESS_S),
        "TARGET_CONTAINER": engines(plan).container,
        "CPU_CORES": str(serving(plan).cpu),
        "CPU_LOAD": str(_CPU_LOAD_PERCENT),
        "PODS_AFFECTED_PERC": "0",
        "CONTAINER_RUNTIME": "containerd",
        "SOCKET_PATH": _CONTAINERD,
    }


def _unseen(plan: Plan, environment: str) -> tuple[str, Object]:
    return "NetworkChaos", {
        "action": "partition",
        "mode": "all",
        "selector": pods(everything(plan), environment),
        "direction": "both",
        "target": {"mode": "all", "selector": {"namespaces": [MONITORING_NAMESPACE]}},
    }


def _head(plan: Plan) -> Mapping[str, str]:
    return {POD_LABEL: plan.service, "ray.io/node-type": "head"}


def _head_killed(plan: Plan, environment: str) -> tuple[str, Object]:
    return "PodChaos", {
        "action": "pod-kill",
        "mode": "one",
        "selector": pods(_head(plan), environment),
        "gracePeriod": 0,
    }


def _late_ms(plan: Plan) -> int:
    """Half of the objective: a replica that is late, and not yet wrong."""
    return round(min(_limits(plan)) / 2)


def _limits(plan: Plan) -> tuple[float, ...]:
    found = (number_or_none(plan, name) for name in ("slo.ttft", "slo.latency"))
    return (*(limit for limit in found if limit), _LATEST_MS)


def _delayed(plan: Plan, environment: str) -> tuple[str, Object]:
    return "NetworkChaos", {
        "action": "delay",
        "mode": "one",
        "selector": pods(aimed_at(plan), environment),
        "direction": "to",
        "delay": {"latency": f"{_late_ms(plan)}ms"},
    }


def _delays(plan: Plan, late_ms: int, share: str) -> tuple[str, Mapping[str, str]]:
    return "pod-network-latency", {
        "TOTAL_CHAOS_DURATION": str(_STRESS_S),
        "NETWORK_LATENCY": str(late_ms),
        "TARGET_CONTAINER": engines(plan).container,
        "PODS_AFFECTED_PERC": share,
        "CONTAINER_RUNTIME": "containerd",
        "SOCKET_PATH": _CONTAINERD,
    }


def _link_slow(plan: Plan, environment: str) -> tuple[str, Object]:
    chosen = pods(aimed_at(plan), environment)
    return "NetworkChaos", {
        "action": "delay",
        "mode": "all",
        "selector": chosen,
        "direction": "to",
        "target": {"mode": "all", "selector": chosen},
        "delay": {"latency": f"{_LINK_MS}ms"},
    }


FAULTS: tuple[Fault, ...] = (
    Fault(
        id="replica-lost",
        title="A replica is gone from one moment to the next",
        does="one pod is deleted without a grace period, as when its node dies",
        expects="the other replicas hold every objective until a new one has loaded its weights",
        modes=frozenset({"oom-at-peak", "cold-start", "node-drained", "openvino-compile-at-start"}),
        lasts_s=_restart_s,
        mesh=_killed,
        litmus=_deleted,
    ),
    Fault(
        id="engine-dies",
        title="The engine of one replica dies",
        does="the engine's container of one pod is killed",
        expects="its requests go elsewhere at once, and it comes back when the weights are loaded",
        modes=frozenset({"vllm-rank-hangs", "triton-queue", "ort-arena-grows"}),
        lasts_s=_restart_s,
        mesh=_engine_killed,
        litmus=_engine_stopped,
    ),
    Fault(
        id="cores-taken",
        title="Something else takes the cores of one replica",
        does=f"the cores of one engine are kept {_CPU_LOAD_PERCENT} % busy by another process",
        expects="the objective holds, or requests of that replica are shed before they are late",
        modes=frozenset({"llamacpp-threads", "ort-threads"}),
        lasts_s=lambda _: _STRESS_S,
        mesh=_stressed,
        litmus=_hogged,
    ),
    Fault(
        id="head-lost",
        title="The head of Ray is gone",
        does="the pod of the head is deleted without a grace period",
        expects="answers go on from the workers, and the head returns; without a store for its state the workers "
        "start anew, and this ends early",
        modes=frozenset({"ray-head-lost"}),
        lasts_s=_restart_s,
        mesh=_head_killed,
        litmus=_deleted,
        labels=_head,
        in_production=False,  # without a store for its state it would end the stable version
    ),
    Fault(
        id="one-late",
        title="One replica answers late",
        does="packets of one replica leave late by half of the objective",
        expects="requests are refused or go elsewhere; none waits beyond the limit",
        modes=frozenset({"ray-replica-queue"}),
        lasts_s=lambda _: _STRESS_S,
        mesh=_delayed,
        litmus=lambda plan: _delays(plan, _late_ms(plan), "0"),
    ),
    Fault(
        id="link-slow",
        title="The link between readers and writers is slow",
        does=f"packets between replicas leave {_LINK_MS} ms late",
        expects="the fallback that reads and writes in one place holds the objective",
        modes=frozenset({"dynamo-transfer"}),
        lasts_s=lambda _: _STRESS_S,
        mesh=_link_slow,
        litmus=lambda plan: _delays(plan, _LINK_MS, "100"),
        applies=lambda plan: plan.chosen("feature-disaggregation") == "on",
    ),
    Fault(
        id="unseen",
        title="The service runs and nobody sees it",
        does="no packet passes between the pods and what scrapes them",
        expects="the series end, nothing takes their absence for health, and this rehearsal ends itself",
        modes=frozenset({"blind"}),
        lasts_s=lambda plan: 2 * look_s(plan),
        mesh=_unseen,
        in_production=False,  # it would blind the watch that ends a rehearsal
        ends_by="the missing series: that it ends early is the success",
    ),
)  # fmt: skip


def rehearsed(plan: Plan, *, by_litmus: bool) -> tuple[Fault, ...]:
    """The faults that some failure mode of the plan calls for and the tool can inject."""
    modes = {mode.id for mode in plan.failure_modes}
    return tuple(
        f for f in FAULTS if f.modes & modes and f.applies(plan) and (f.litmus or not by_litmus)
    )


def rehearses(plan: Plan, fault: Fault) -> tuple[FailureMode, ...]:
    """The failure modes of the plan that a fault rehearses."""
    return tuple(mode for mode in plan.failure_modes if mode.id in fault.modes)
