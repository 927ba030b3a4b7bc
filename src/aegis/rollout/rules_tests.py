"""Unit tests of the compiled judge, for `promtool`: the evidence is that of the loop's judge.

Two releases, as they go on for so long that forty looks count: one as good as stable, and one three
times worse. What each recorded series says at the end is computed by `aegis.stats`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.rollout import rules
from aegis.rollout.policy import Metric, Policy, PrometheusSource, edge_name
from aegis.rollout.selectors import example_series, parse_selector
from aegis.rollout.state import was_compared
from aegis.stats import family
from aegis.stats.betting import FloatArray, log_stake
from aegis.stats.label import ROLLBACK, LabelTest, Look, no_evidence, promotion

RULES = "rules.yaml"
TESTS = "rules-test.yaml"
_COUNTED = 40
_LARGE = 600.0
_UNITS = (200, 800)


_Series = dict[tuple[str, tuple[tuple[str, str], ...]], int]
"""Growth a look by name and labels."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One metric in one scenario: events and units of both arms in a look, and how many looks count."""

    metric: Metric
    events: tuple[int, int]
    units: tuple[int, int]
    looks: int

    def log(self, test: LabelTest = ROLLBACK, *, swap: bool = False) -> float:
        """What the loop's judge says of the same counts."""
        suspect, other = (1, 0) if rules.is_good(self.metric) != swap else (0, 1)
        look = Look(
            canary_bad=self.events[suspect], canary_total=self.units[suspect],
            stable_bad=self.events[other], stable_total=self.units[other],
        )  # fmt: skip
        evidence = no_evidence(test)
        for _ in range(self.looks):
            evidence = evidence.add(look)
        return evidence.log_evidence

    def log_below(self, mean: float) -> float:
        """The stake on «the canary's share is below `mean`»."""
        return log_stake(np.array([0.0, 1.0]), self._counts(), 1 - mean)

    def log_above(self, mean: float) -> float:
        """The stake on «the canary's share is above `mean`»."""
        return log_stake(np.array([0.0, 1.0]), self._counts()[::-1], mean)

    def _counts(self) -> FloatArray:
        """Events of the canary, and its other units."""
        return np.array([self.events[0], self.units[0] - self.events[0]], float) * self.looks


def rule_files(policy: Policy) -> dict[str, dict[str, JsonValue]]:
    """The compiled judge and its unit tests by file name; empty where nothing can be compiled."""
    group = rules.group(policy)
    if not group:
        return {}
    return {RULES: {"groups": [group]}, TESTS: unit_tests(policy, rules_file=RULES)}


def unit_tests(policy: Policy, *, rules_file: str) -> dict[str, JsonValue]:
    """The content of a file for `promtool test rules`."""
    look, tests = f"{policy.look_s:.0f}s", list[JsonValue](cases(policy))
    return {"rule_files": [rules_file], "evaluation_interval": look, "tests": tests}


def cases(policy: Policy, *, alert: bool = True) -> tuple[dict[str, JsonValue], ...]:
    """The cases of that file; `alert` says whether the rules were compiled with one."""
    scenarios = {"an equal canary stays": False, "a canary that is three times worse goes": True}
    return tuple(
        _scenario(policy, policy.source, worse=worse, alert=alert, name=name)
        for name, worse in scenarios.items()
        if isinstance(policy.source, PrometheusSource)
    )


def _looks(policy: Policy) -> int:
    return _COUNTED + max(_skipped(policy, m) for m in rules.judged(policy))


def _skipped(policy: Policy, metric: Metric) -> int:
    """Looks before the first that counts: the warm-up, and until a late event has had its time."""
    return math.ceil(max(policy.warmup_s, metric.delay_s) / policy.look_s)


def _scenario(
    policy: Policy, source: PrometheusSource, *, worse: bool, alert: bool, name: str
) -> dict[str, JsonValue]:
    series: _Series = {}
    arms = [source.arms["canary"], source.arms["stable"]]
    for metric in rules.judged(policy):
        # 2 % of the units, or three times as bad on the canary.
        bad = 4 if not worse else 1 if rules.is_good(metric) else 12
        for arm, events, units in zip(arms, (bad, 16), _UNITS, strict=True):
            series |= _series(metric, arm, events, units)
    cases = [_case(policy, m, arms, series) for m in rules.judged(policy)]
    looks = _looks(policy)
    at = f"{looks * policy.look_s:.0f}s"
    fires: dict[str, JsonValue] = {
        "alertname": rules.ALERT,
        "eval_time": at,
        "exp_alerts": [rules.expected(policy)] if _is_worse(policy, cases) else [],
    }
    return {
        "name": name,
        "interval": f"{policy.look_s:.0f}s",
        "input_series": [
            {"series": _shown(*key), "values": f"0+{growth}x{looks}"}
            for key, growth in series.items()
        ],
        "alert_rule_test": [fires] if alert else [],
        "promql_expr_test": [
            {
                "expr": _agrees(f"sum({found})", value),
                "eval_time": at,
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
            for found, value in dict(_expected(policy, cases)).items()
        ],
    }


def _case(policy: Policy, metric: Metric, arms: Sequence[str], series: _Series) -> _Case:
    """What the selectors of a metric find in the series of all metrics."""
    looks = _looks(policy) - _skipped(policy, metric)
    canary, stable = (_found(metric, arm, series) for arm in arms)
    return _Case(metric, (canary[0], stable[0]), (canary[1], stable[1]), looks)


def _found(metric: Metric, arm: str, series: _Series) -> tuple[int, int]:
    def grown(selector: str, *more: str) -> int:
        wanted = parse_selector(selector.replace("$arm", arm))
        for matcher in more:
            wanted = parse_selector(wanted.also(matcher))
        return sum(
            growth
            for (name, labels), growth in series.items()
            if name == wanted.name and wanted.holds(dict(labels))
        )

    if metric.kind == "latency":
        bucket = metric.series["bucket"]
        units = grown(bucket, 'le="+Inf"')
        return units - grown(bucket, f'le="{edge_name(rules.near_edges(metric)[0])}"'), units
    first, last = (grown(metric.series[c]) for c in metric.counters)
    if metric.kind == "score" and metric.better == "higher":
        return last - first, last
    return first // metric.events_per_unit, last


def _agrees(series: str, value: float) -> str:
    """1 when a series says what it should; beyond what a float's exponent holds, which side it is on."""
    if abs(value) > _LARGE:
        return f"{series} {'>' if value > 0 else '<'} bool {math.copysign(_LARGE, value):g}"
    return f"abs({series} - ({value:.6f})) < bool 0.01"


def _is_worse(policy: Policy, cases: list[_Case]) -> bool:
    if not was_compared(policy):
        limited = [(c, c.metric.limit) for c in cases if c.metric.limit is not None]
        enough = -math.log(policy.alpha.rollback / max(len(limited), 1))
        return any(c.log_above(limit) >= enough for c, limit in limited)
    together = family.average([c.log() for c in cases], [c.metric.weight for c in cases])
    return together >= -math.log(policy.alpha.rollback)


def _expected(policy: Policy, cases: list[_Case]) -> Iterator[tuple[str, float]]:
    """Series and what they say at the end."""
    compared = was_compared(policy)
    for case in cases:
        metric = case.metric
        at = f'service="{policy.service}",metric="{metric.id}"'
        edges = [f',edge="{edge_name(e)}"' for e in rules.near_edges(metric)] or [""]
        if compared:
            for edge in edges:
                yield f"{rules.LOG}{{{at}{edge}}}", case.log()
        if compared and metric.margin is not None:
            yield f"{rules.PROOF}{{{at}}}", case.log(promotion(metric.margin))
        if compared and metric.role == "goal":
            yield f"{rules.GAIN}{{{at}}}", case.log(swap=True)
        if compared and metric.negligible is not None:
            yield f'{rules.BELOW}{{{at},of="negligible"}}', case.log_below(metric.negligible)
        if not compared and metric.limit is not None:
            yield f'{rules.BELOW}{{{at},of="limit"}}', case.log_below(metric.limit)
            yield f'{rules.ABOVE}{{{at},of="limit"}}', case.log_above(metric.limit)
    at = f'{{service="{policy.service}"}}'
    yield names.ROLLOUT_RULE_WORSE + at, float(_is_worse(policy, cases))
    yield names.ROLLOUT_RULE_PROVED + at, float(all(_is_proved(policy, c) for c in cases))


def _is_proved(policy: Policy, case: _Case) -> bool:
    metric, alpha = case.metric, policy.alpha
    if not was_compared(policy):
        limited = sum(m.limit is not None for m in policy.metrics)
        return metric.limit is None or case.log_below(metric.limit) >= -math.log(
            alpha.rollback / limited
        )
    ways = 1 if metric.negligible is None else 2
    proved = metric.margin is None or (
        case.log(promotion(metric.margin)) >= -math.log(alpha.promotion / ways)
        or (
            metric.negligible is not None
            and case.log_below(metric.negligible) >= -math.log(alpha.promotion / 2)
        )
    )
    return proved and (metric.role != "goal" or case.log(swap=True) >= -math.log(alpha.promotion))


def _series(metric: Metric, arm: str, events: int, units: int) -> _Series:
    """Counters that grow by so many events and units a look."""
    if metric.kind == "latency":
        bucket = parse_selector(metric.series["bucket"].replace("$arm", arm))
        edges = {edge_name(e): units - events for e in rules.near_edges(metric)} | {"+Inf": units}
        return {
            _key(bucket.name, {**bucket.example(), "le": le}): count for le, count in edges.items()
        }
    first, second = (parse_selector(metric.series[c].replace("$arm", arm)) for c in metric.counters)
    if metric.kind == "score":
        total = units - events if metric.better == "higher" else events
        return {
            _key(first.name, first.example()): total,
            _key(second.name, second.example()): units,
        }
    event, rest = example_series(first, second)
    shared = first.name == second.name and second.holds(event)
    happened = events * metric.events_per_unit
    return {
        _key(first.name, event): happened,
        _key(second.name, rest): units - happened if shared else units,
    }


def _key(name: str, labels: dict[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


def _shown(name: str, labels: Iterable[tuple[str, str]]) -> str:
    inner = ",".join(f'{k}="{v}"' for k, v in labels)
    return f"{name}{{{inner}}}"
