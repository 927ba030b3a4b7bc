"""Unit tests of the compiled judge, for `promtool`: the evidence is that of the loop's judge.

Two releases, as they go on for so long that forty looks count: one as good as stable, and one three
times worse. What each recorded series says at the end is computed by `aegis.stats`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.rollout import rules
from aegis.rollout.policy import Metric, Policy, PrometheusSource, edge_name
from aegis.rollout.selectors import example_series, parse_selector
from aegis.rollout.state import was_compared
from aegis.stats import family
from aegis.stats.betting import log_stake
from aegis.stats.label import ROLLBACK, LabelTest, Look, no_evidence, promotion

RULES = "rules.yaml"
TESTS = "rules-test.yaml"
_COUNTED = 40
_LARGE = 600.0
_UNITS = {"canary": 200, "stable": 800}


@dataclass(frozen=True, slots=True)
class _Case:
    """One metric in one scenario: what each arm counts in a look, and how many looks count."""

    metric: Metric
    canary: int
    stable: int
    looks: int

    def log(self, test: LabelTest = ROLLBACK, *, swap: bool = False) -> float:
        """What the loop's judge says of the same counts."""
        look = Look(
            canary_bad=self.canary, canary_total=_UNITS["canary"],
            stable_bad=self.stable, stable_total=_UNITS["stable"],
        )  # fmt: skip
        if rules.is_good(self.metric) != swap:
            look = Look(
                canary_bad=look.stable_bad, canary_total=look.stable_total,
                stable_bad=look.canary_bad, stable_total=look.canary_total,
            )  # fmt: skip
        evidence = no_evidence(test)
        for _ in range(self.looks):
            evidence = evidence.add(look)
        return evidence.log_evidence

    def log_below(self, mean: float) -> float:
        """The stake on «the canary's share is below `mean`»."""
        counts = np.array([self.canary, _UNITS["canary"] - self.canary], float) * self.looks
        return log_stake(np.array([0.0, 1.0]), counts, 1 - mean)


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


def _case(policy: Policy, metric: Metric, *, worse: bool) -> _Case:
    """2 % of the units, or three times as bad on the canary."""
    bad = 4 if not worse else 1 if rules.is_good(metric) else 12
    return _Case(metric, bad, 16, _looks(policy) - _skipped(policy, metric))


def _scenario(
    policy: Policy, source: PrometheusSource, *, worse: bool, alert: bool, name: str
) -> dict[str, JsonValue]:
    cases = [_case(policy, m, worse=worse) for m in rules.judged(policy)]
    series: dict[str, str] = {}
    for case in cases:
        for arm, events in (("canary", case.canary), ("stable", case.stable)):
            label = source.arms["canary" if arm == "canary" else "stable"]
            series |= _series(case.metric, label, events, _UNITS[arm], _looks(policy))
    wanted = dict(_expected(policy, cases))
    at = f"{_looks(policy) * policy.look_s:.0f}s"
    fires: dict[str, JsonValue] = {
        "alertname": rules.ALERT,
        "eval_time": at,
        "exp_alerts": [rules.expected(policy)] if _is_worse(policy, cases) else [],
    }
    return {
        "name": name,
        "interval": f"{policy.look_s:.0f}s",
        "input_series": [{"series": s, "values": v} for s, v in series.items()],
        "alert_rule_test": [fires] if alert else [],
        "promql_expr_test": [
            {
                "expr": _agrees(f"sum({found})", value),
                "eval_time": at,
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
            for found, value in wanted.items()
        ],
    }


def _agrees(series: str, value: float) -> str:
    """1 when a series says what it should; beyond what a float's exponent holds, which side it is on."""
    if abs(value) > _LARGE:
        return f"{series} {'>' if value > 0 else '<'} bool {math.copysign(_LARGE, value):g}"
    return f"abs({series} - ({value:.6f})) < bool 0.01"


def _is_worse(policy: Policy, cases: list[_Case]) -> bool:
    if not was_compared(policy):
        return False  # below every limit, in both scenarios
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


def _series(metric: Metric, arm: str, events: int, units: int, looks: int) -> dict[str, str]:
    """Counters that grow by so many events and units a look."""
    if metric.kind == "latency":
        bucket = parse_selector(metric.series["bucket"].replace("$arm", arm))
        edges = {edge_name(e): units - events for e in rules.near_edges(metric)} | {"+Inf": units}
        return {
            _shown(bucket.name, {**bucket.example(), "le": le}): f"0+{count}x{looks}"
            for le, count in edges.items()
        }
    first, second = (parse_selector(metric.series[c].replace("$arm", arm)) for c in metric.counters)
    if metric.kind == "score":
        total = units - events if metric.better == "higher" else events
        return {
            _shown(first.name, first.example()): f"0+{total}x{looks}",
            _shown(second.name, second.example()): f"0+{units}x{looks}",
        }
    event, rest = example_series(first, second)
    shared = first.name == second.name and second.holds(event)
    happened = events * metric.events_per_unit
    return {
        _shown(first.name, event): f"0+{happened}x{looks}",
        _shown(second.name, rest): f"0+{units - happened if shared else units}x{looks}",
    }


def _shown(name: str, labels: dict[str, str]) -> str:
    inner = ",".join(f'{k}="{v}"' for k, v in labels.items())
    return f"{name}{{{inner}}}"
