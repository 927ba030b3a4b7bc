"""One replica of the plan: its command, its devices, how long it starts and drains."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aegis.plan.case import WEIGHED
from aegis.plan.types import Plan
from aegis.render.shared.engines import EngineStart, engine_start
from aegis.render.shared.reading import number_or_none

GATEWAY_PORT = 8080
GATEWAY_PATIENCE_S = 120  # of `aegis gateway --answer-s`
# Assumptions of the renderers, marked as such in each bundle's README: the plan has no figures for
# them yet, and a load test in staging replaces them.
PRESTOP_S = 15  # until every proxy has taken the replica off its list
CPU_PER_DEVICE = 4
MEMORY_GIB_PER_DEVICE = 32
CPU_ALONE = 4
MEMORY_GIB_ALONE = 8
NODE_DEVICES = 8  # of one machine, where the brief does not say
SHARED_MEMORY_GIB = 8  # tensors pass between the processes of a replica here
STARTUP_S = {True: 1800, False: 300}  # with and without an accelerator to load weights into
DRAIN_LONGEST_S = 30  # where the plan has no length of an answer

_RESOURCES = (
    ("nvidia-", "nvidia.com/gpu"),
    ("amd-", "amd.com/gpu"),
    ("google-tpu", "google.com/tpu"),
    ("aws-inferentia", "aws.amazon.com/neuron"),
    ("aws-trainium", "aws.amazon.com/neuron"),
    ("intel-gaudi", "habana.ai/gaudi"),
)
_ARM = ("aws-graviton",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What one replica of the engine needs."""

    engine: str
    start: EngineStart
    command: tuple[str, ...]
    resource: str  # the device plugin's name; empty on a CPU
    devices: int
    cpu: int
    memory_gib: int
    startup_s: int
    drain_s: int
    arch: str

    @property
    def started(self) -> tuple[str, ...]:
        """The command of an engine that nobody wraps: its answers end before it does."""
        if not self.command or not self.start.drain:
            return self.command
        return (*self.command, self.start.drain, str(self.drain_s))

    @property
    def grace_s(self) -> int:
        """From the first signal to the last: leaving the lists, then the longest answer."""
        return PRESTOP_S + self.drain_s + 15


def serving(plan: Plan) -> Serving:
    """The replica of a plan that serves its own model."""
    engine = plan.chosen("engine")
    start = engine_start(engine)
    resource = resource_of(plan.capacity.accelerator or "")
    devices = plan.capacity.per_replica if resource else 0
    return Serving(
        engine=engine,
        start=start,
        command=_command(plan, start),
        resource=resource,
        devices=devices,
        cpu=CPU_PER_DEVICE * devices or CPU_ALONE,
        memory_gib=MEMORY_GIB_PER_DEVICE * devices or MEMORY_GIB_ALONE,
        startup_s=STARTUP_S[bool(resource)],
        drain_s=drain_s(plan),
        arch="arm64" if (plan.capacity.accelerator or "").startswith(_ARM) else "",
    )


def resource_of(accelerator: str) -> str:
    """The resource that a device plugin offers for an accelerator of the catalog.

    >>> resource_of("nvidia-l4"), resource_of("aws-graviton4")
    ('nvidia.com/gpu', '')
    """
    return next((name for prefix, name in _RESOURCES if accelerator.startswith(prefix)), "")


def _command(plan: Plan, start: EngineStart) -> tuple[str, ...]:
    capacity = plan.capacity
    prefix = plan.chosen("feature-prefix-caching")
    parts = list(start.command)
    wanted = (
        (start.name, plan.service),
        (start.split, capacity.tensor_parallel if capacity.tensor_parallel > 1 else None),
        (start.data, copies if (copies := _copies(plan)) > 1 else None),
        (start.length, capacity.max_model_len),
        (start.sequences, capacity.max_sequences),
        (start.precision, capacity.precision if capacity.precision == "fp8" else None),
    )
    for flag, setting in wanted:
        if flag and setting is not None:
            parts += [flag, str(setting)]
    parts += start.experts if plan.chosen("feature-expert-parallelism") == "on" else ()
    parts += start.prefix_on if prefix == "on" else ()
    parts += start.prefix_off if prefix == "off" else ()
    return tuple(parts)


def stages(plan: Plan) -> int:
    """Pipeline stages of a replica over several machines: what tensor parallelism leaves to divide."""
    if nodes_per_replica(plan) == 1:
        return 1
    return max(1, plan.capacity.per_replica // max(1, plan.capacity.tensor_parallel))


def staged(plan: Plan) -> tuple[str, ...]:
    """The engine's flag for its stages; nothing where a replica stands on one machine."""
    flag, count = engine_start(plan.chosen("engine")).stages, stages(plan)
    return (flag, str(count)) if flag and count > 1 else ()


def environment(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Where an engine may write, and who it is; where egress is denied it phones nobody.

    The user of our pods has no entry in the image's table of users, and PyTorch asks for a name
    before anything else (vllm#44548): `USER` answers.
    """
    switches = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DO_NOT_TRACK"]
    if plan.chosen("engine") == "vllm":
        switches.append("VLLM_NO_USAGE_STATS")
    closed = plan.chosen("network") != "open-egress"
    home = (("HOME", "/tmp"), ("USER", "aegis"))  # noqa: S108  # a mount of its own
    return (*home, *((name, "1") for name in switches if closed))


def _copies(plan: Plan) -> int:
    """Copies of attention in a replica of one machine: what tensor parallelism leaves of its devices."""
    if nodes_per_replica(plan) > 1:
        return 1  # stages divide it there
    return plan.capacity.per_replica // max(1, plan.capacity.tensor_parallel)


def patience(plan: Plan) -> tuple[str, ...]:
    """What tells the gateway to wait for the longest answer, where its default is too short."""
    longest = drain_s(plan)
    return ("--answer-s", str(longest)) if longest > GATEWAY_PATIENCE_S else ()


def drain_s(plan: Plan) -> int:
    """The longest answer worth waiting for: three times an answer of the 95th percentile."""
    tokens = number_or_none(plan, "tokens.output.p95")
    first, later = number_or_none(plan, "slo.ttft"), number_or_none(plan, "slo.tpot")
    if tokens is None or first is None or later is None:
        return DRAIN_LONGEST_S
    return max(DRAIN_LONGEST_S, math.ceil(3 * (first + tokens * later) / 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """How many replicas stand, and how a release finds room for one more.

    `room` is `double` (both versions stand in full), `one` (one more replica than serves), or
    `none` (a replica must go before another comes: downtime where there is one replica).
    """

    replicas: int
    room: str
    devices_needed: int
    devices_there: int | None  # None: the cloud has more


def slots(plan: Plan) -> Slots:
    """Room for a release among the devices that there are.

    A new replica on a device that does not exist waits for ever, and so does the release: what
    serves and what is on trial never exceed the devices of the brief. The spare replica of the
    capacity plan is the room of a release.
    """
    wanted, each = max(1, plan.capacity.replicas), max(1, plan.capacity.per_replica)
    owned = [a for a in plan.brief.placement.accelerators if a.id == plan.capacity.accelerator]
    if not owned:
        return Slots(
            replicas=wanted, room="double", devices_needed=2 * wanted * each, devices_there=None
        )
    there = sum(a.count for a in owned)
    places = there // each
    if places >= 2 * wanted:
        replicas, room, used = wanted, "double", 2 * wanted
    elif places > wanted:
        replicas, room, used = wanted, "one", wanted + 1
    elif places >= 2:
        replicas, room, used = places - 1, "one", places
    else:
        replicas, room, used = 1, "none", 1
    return Slots(replicas=replicas, room=room, devices_needed=used * each, devices_there=there)


def nodes_per_replica(plan: Plan) -> int:
    """Machines that one replica spans; a machine of a cloud has eight devices at most."""
    owned = [a for a in plan.brief.placement.accelerators if a.id == plan.capacity.accelerator]
    there = max((a.per_node for a in owned), default=1)
    return math.ceil(max(1, plan.capacity.per_replica) / (there if there > 1 else NODE_DEVICES))


def trial_replicas(plan: Plan) -> int:
    """Replicas of a version on trial that stands beside the stable one; 0 where there is no room."""
    places = slots(plan)
    return {"double": places.replicas, "one": 1, "none": 0}[places.room]


def weighed(plan: Plan) -> bool:
    """Whether no controller carries a release out: the version on trial has objects of its own.

    `aegis rollout` then moves the weights of the route between the two.
    """
    on_cluster = plan.chosen("run-where") == "cluster"
    beside = on_cluster and trial_replicas(plan) > 0
    return beside and plan.chosen("serving-platform") in WEIGHED


def trial_share(plan: Plan) -> float:
    """Percent of the traffic that the version on trial can carry beside the stable one."""
    return 100 * trial_replicas(plan) / slots(plan).replicas


def floor(plan: Plan) -> int:
    """Replicas at night: what mean traffic needs of the peak's, and the spare."""
    serving_peak = plan.capacity.replicas - plan.capacity.spare
    peak, mean = number_or_none(plan, "traffic.peak"), number_or_none(plan, "traffic.mean")
    share = mean / peak if peak and mean else 1.0
    return max(
        1, min(plan.capacity.replicas, math.ceil(serving_peak * share) + plan.capacity.spare)
    )
