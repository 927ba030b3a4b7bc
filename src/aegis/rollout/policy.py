"""What is decided before the first request: `rollout/policy.yaml`, read once at the start."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, model_validator

from aegis.base.model import Frozen

Strategy = Literal["canary", "blue-green", "shadow", "ab"]
Unit = Literal["request", "session", "user"]
EVERYBODY = 100.0


class Step(Frozen):
    """A share of the traffic, and the least time it is held."""

    weight_percent: float = Field(ge=0, le=100)
    hold_s: float = Field(ge=0)


class Alpha(Frozen):
    """How often a healthy release may go back, and a harmful one be promoted, by mistake.

    Each holds for the whole rollout: for all metrics together, however often anyone looks.
    """

    rollback: float = Field(default=0.05, gt=0, lt=1)
    promotion: float = Field(default=0.05, gt=0, lt=1, description="for each metric with a margin")
    split: float | None = Field(
        default=0.001, gt=0, lt=1, description="for the traffic's split; null does not check it"
    )


class Cap(Frozen):
    """Where patience ends. There is no value that promotes."""

    looks: int = Field(gt=0)
    seconds: float = Field(gt=0)
    then: Literal["hold", "roll-back"] = "hold"


class Metric(Frozen):
    """One thing that must not get worse (or must get better, for the goal of an A/B test).

    A `rate` has the counters `events` and `total`; a `score`, whose values lie in [0, 1], `sum` and
    `count`; a `latency` one counter for each bucket edge, as in Prometheus' histograms.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Literal["rate", "latency", "score"]
    role: Literal["guardrail", "business", "goal"] = "guardrail"
    better: Literal["lower", "higher"] = "lower"
    margin: float | None = Field(
        default=None,
        gt=1,
        description="promotion needs proof that bad events are less than so many times as frequent "
        "as on stable, or fewer than `negligible`; without a margin the metric can only send the release back",
    )
    negligible: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="share of bad events that nobody minds: proof that the canary has less is as good "
        "as proof of the margin (there is none of that where stable hardly ever fails)",
    )
    limit: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="share of bad events that is too many where there is nobody to compare with",
    )
    weight: float = Field(default=1.0, gt=0, description="its part of the bet on harm")
    minimum: int = Field(
        default=1, ge=1, description="units on the canary before a step may be left"
    )
    counts: Unit = Field(default="request", description="what one event of its counters is")
    events_per_unit: int = Field(
        default=1, ge=1, description="at most so many events of one routed unit (bursts)"
    )
    events_may_be_absent: bool = Field(
        default=False,
        description="the counter of events appears with the first of them (Envoy's response classes): "
        "while units are counted, no series means no event",
    )
    delay_s: float = Field(default=0.0, ge=0, description="how late events are counted, at most")
    expected_share: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="share of bad events to plan with until it is measured",
    )
    edges: tuple[float, ...] = Field(
        default=(),
        description="finite bucket edges of a latency, in the unit of its histogram (most use seconds, "
        "Envoy milliseconds)",
    )
    slow_edge: float | None = Field(
        default=None, description="a latency's edge for margin and limit: slower is a bad event"
    )
    series: dict[str, str] = Field(
        default_factory=dict,
        description="Prometheus selectors by counter; `$arm` becomes the arm's label value",
    )

    @property
    def counters(self) -> tuple[str, ...]:
        """Names of the running totals that a source has to give for each arm."""
        if self.kind == "latency":
            return (*(edge_name(e) for e in self.edges), edge_name(float("inf")))
        return ("events", "total") if self.kind == "rate" else ("sum", "count")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "latency":
            if not self.edges or list(self.edges) != sorted(set(self.edges)):
                raise ValueError(f"`{self.id}`: a latency needs rising `edges`")
            if self.edges[0] <= 0:
                raise ValueError(f"`{self.id}`: bucket edges are positive")
            needs_edge = any(x is not None for x in (self.margin, self.negligible, self.limit))
            if needs_edge and self.slow_edge not in self.edges:
                raise ValueError(
                    f"`{self.id}`: `slow_edge` must be one of `edges`, since nothing is known between "
                    "two edges"
                )
            if self.better != "lower":
                raise ValueError(f"`{self.id}`: a latency is better when it is lower")
        elif self.edges or self.slow_edge is not None:
            raise ValueError(f"`{self.id}`: only a latency has `edges` and `slow_edge`")
        if self.events_may_be_absent and self.kind != "rate":
            raise ValueError(f"`{self.id}`: only a rate has events that may be absent")
        counts_good = self.kind == "rate" and self.better == "higher"
        if counts_good and (self.limit is not None or self.negligible is not None):
            raise ValueError(
                f"`{self.id}`: limit and negligible are shares of bad events; this counts good ones"
            )
        if self.negligible is not None and self.margin is None:
            raise ValueError(
                f"`{self.id}`: `negligible` is a way to prove a `margin`, which is missing"
            )
        return self


def edge_name(edge: float) -> str:
    """A bucket edge as Prometheus writes it in `le`.

    >>> edge_name(0.5), edge_name(2.0), edge_name(float("inf"))
    ('0.5', '2', '+Inf')
    """
    return "+Inf" if edge == float("inf") else f"{edge:g}"


class PrometheusSource(Frozen):
    """Counters in a Prometheus server, by its HTTP API."""

    type: Literal["prometheus"]
    url: str
    arms: dict[Literal["canary", "stable"], str] = Field(
        default={"canary": "canary", "stable": "stable"},
        description="what `$arm` becomes in the selectors of the metrics",
    )
    lookback_s: float = Field(default=300.0, gt=0, description="how old the last scrape may be")
    history_s: float = Field(
        default=3600.0,
        ge=0,
        description="how much of stable's past teaches what latency looks like",
    )
    token_file: str | None = Field(default=None, description="file with a bearer token")


class EndpointSource(Frozen):
    """Anything that answers GET with a document of counts."""

    type: Literal["http"]
    url: str
    token_file: str | None = None


class FileSource(Frozen):
    """A recorded file: one document of counts a line, in time order."""

    type: Literal["file"]
    path: str


class EnvoyRouter(Frozen):
    """Envoy's runtime: a key that a route's `runtime_fraction` reads."""

    type: Literal["envoy"]
    admin_url: str
    key: str = Field(description="runtime key that holds the canary's percent")


class GatewayRouter(Frozen):
    """The weights in the policy file of the Aegis gateway."""

    type: Literal["gateway"]
    policy: str = Field(description="path of its policy.yaml; only the weights are changed")
    health_url: str | None = Field(
        default=None, description="its /health, asked until it obeys the new file"
    )


class _Cluster(Frozen):
    api_url: str = "https://kubernetes.default.svc"
    namespace: str
    name: str
    token_file: str | None = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105  # a path
    ca_file: str | None = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"


class HTTPRouteRouter(_Cluster):
    """Weights of two backends of a Gateway API HTTPRoute."""

    type: Literal["httproute"]
    stable: str = Field(description="name of the stable backend")
    canary: str = Field(description="name of the canary backend")


class KServeRouter(_Cluster):
    """`canaryTrafficPercent` of a KServe InferenceService."""

    type: Literal["kserve"]


class ArgoRouter(_Cluster):
    """An Argo Rollout whose steps pause after each weight: it is promoted step by step, or aborted."""

    type: Literal["argo"]


class NoRouter(Frozen):
    """Somebody else moves the traffic (Argo, Flagger, a mirror); we only judge."""

    type: Literal["none"]


Source = Annotated[PrometheusSource | EndpointSource | FileSource, Field(discriminator="type")]
RouterSpec = Annotated[
    EnvoyRouter | GatewayRouter | HTTPRouteRouter | KServeRouter | ArgoRouter | NoRouter,
    Field(discriminator="type"),
]


class Policy(Frozen):
    """A rollout, decided in advance. Unknown fields are an error: a typing error opens no gate."""

    version: Literal[1]
    service: str
    plan: str = ""
    strategy: Strategy
    before_switch: Literal["smoke", "mirror"] = Field(
        default="smoke",
        description="of blue-green: what the new version answers before the switch, requests sent on "
        "purpose or copies of stable's",
    )
    unit: Unit = Field(default="request", description="what the router assigns to an arm")
    control: Literal["all stable traffic"] = "all stable traffic"
    look_s: float = Field(default=15.0, gt=0, description="seconds between looks")
    warmup_s: float = Field(
        default=0.0, ge=0, description="at the start; what happens in it counts for nothing"
    )
    settle_s: float = Field(
        default=0.0, ge=0, description="after each change of weight, until it reaches requests"
    )
    steps: tuple[Step, ...] = Field(min_length=1)
    expected_units_per_s: float | None = Field(
        default=None, gt=0, description="traffic to plan with until it is measured"
    )
    alpha: Alpha = Field(default_factory=Alpha)
    cap: Cap
    metrics: tuple[Metric, ...] = Field(min_length=1)
    source: Source
    router: RouterSpec
    assumed: tuple[str, ...] = Field(
        default=(), description="figures that nobody decided yet: ours, until they are yours"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        weights = [step.weight_percent for step in self.steps]
        if weights != sorted(set(weights)):
            raise ValueError("the weights of `steps` rise")
        if weights[0] == EVERYBODY:
            raise ValueError("a release that meets everybody at once has no trial: begin lower")
        ids = [metric.id for metric in self.metrics]
        if len(ids) != len(set(ids)):
            raise ValueError("two metrics have the same id")
        self._check_strategy(weights)
        if isinstance(self.source, PrometheusSource):
            for metric in self.metrics:
                _check_series(metric)
        return self

    def _check_strategy(self, weights: list[float]) -> None:
        if self.before_switch == "mirror" and self.strategy != "blue-green":
            raise ValueError("`before_switch` is of blue-green; a shadow is a mirror by itself")
        mirrored = self.strategy == "shadow" or self.before_switch == "mirror"
        compared = mirrored or any(0 < w < EVERYBODY for w in weights)
        if not compared and all(m.limit is None for m in self.metrics):
            raise ValueError(
                "no step has both versions side by side, so a metric needs a `limit` to be judged by"
            )
        if isinstance(self.router, ArgoRouter) and weights[0] == 0:
            raise ValueError(
                "for an Argo Rollout the weight 0 is the way back: begin with a weight above it"
            )
        goals = [m.id for m in self.metrics if m.role == "goal"]
        if (self.strategy == "ab") != bool(goals):
            raise ValueError("an A/B test, and only that, has a metric with `role: goal`")


def _check_series(metric: Metric) -> None:
    wanted = {"bucket"} if metric.kind == "latency" else set(metric.counters)
    if set(metric.series) != wanted:
        raise ValueError(
            f"`{metric.id}`: a source of type prometheus needs `series` with {', '.join(sorted(wanted))}"
        )
    for selector in metric.series.values():
        if "$arm" not in selector:
            raise ValueError(f"`{metric.id}`: the selector {selector} does not say `$arm`")


def read_policy(text: str) -> tuple[Policy, str]:
    """The policy and its digest.

    Raises:
        pydantic.ValidationError: a field is missing, unknown or wrong.
        yaml.YAMLError: it is not YAML.
    """
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return Policy.model_validate(yaml.safe_load(text)), digest
