"""The judge as plain Prometheus rules, with unit tests that `promtool` runs.

The evidence accumulates in recorded series: each evaluation adds the gains of one look to what was
there before, with the share of the traffic that the look itself shows. So it is the same e-process
as in `aegis.stats.label`, through any ramp. Counts are differences of samples, not `increase`,
which extrapolates and so counts some events 1.3 times.

What rules cannot do, and the loop does: steps, promotion, scores, learned latency bets (each bucket
edge gets a bet of its own, as in `aegis.stats.ladder`), and evaluations that were missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from aegis.rollout.policy import Metric, Policy, PrometheusSource, edge_name
from aegis.rollout.selectors import Selector, example_series, parse_selector
from aegis.stats import family
from aegis.stats.label import ROLLBACK, Look, no_evidence

RULES = "rules.yaml"
TESTS = "rules-test.yaml"
ALERT = "AegisRolloutWorse"
_TERM, _LOG = "aegis_rollout:log_term", "aegis_rollout:log_evidence"
_EVENTS, _UNITS = "aegis_rollout:events:gain", "aegis_rollout:units:gain"
_FORGET_LOOKS = 40  # without canary traffic for so long, the next release begins at nothing
_NEAR = 2.0  # edges within this factor of a latency's own edge take part
_TEST_LOOKS = 40
_UNITS_A_LOOK = {"canary": 200, "stable": 800}

Rule = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class _Bet:
    """One label e-process: events among units, of one metric and, for a latency, one edge."""

    service: str
    metric: Metric
    edge: str
    events: str
    units: str

    def selectors(self, arm: str) -> tuple[Selector, Selector]:
        """Of events and of units; for a latency «events» are those within the edge."""
        return parse_selector(self.events.replace("$arm", arm)), parse_selector(
            self.units.replace("$arm", arm)
        )


def rule_files(policy: Policy) -> dict[str, dict[str, JsonValue]]:
    """Rules and their unit tests by file name; empty where nothing can be compiled."""
    bets = [bet for metric in policy.metrics for bet in _bets(policy.service, metric)]
    if not bets or not isinstance(policy.source, PrometheusSource):
        return {}
    group: Rule = {
        "name": f"aegis-rollout-{policy.service}",
        "interval": f"{policy.look_s:.0f}s",
        "rules": list(_rules(policy, policy.source, bets)),
    }
    return {RULES: {"groups": [group]}, TESTS: _tests(policy, policy.source, bets)}


def _bets(service: str, metric: Metric) -> list[_Bet]:
    if not metric.series or metric.kind == "score":
        return []
    if metric.kind == "rate":
        return [_Bet(service, metric, "", metric.series["events"], metric.series["total"])]
    near = [
        e for e in metric.edges
        if metric.slow_edge is None or metric.slow_edge / _NEAR <= e <= metric.slow_edge * _NEAR
    ]  # fmt: skip
    bucket = parse_selector(metric.series["bucket"])
    every = bucket.also('le="+Inf"')
    return [_Bet(service, metric, edge_name(e), bucket.also(_le(e)), every) for e in near]


def _le(edge: float) -> str:
    """Exporters write a whole edge with and without a decimal."""
    name = edge_name(edge)
    return f'le=~"{name}|{name}[.]0"' if edge == int(edge) else f'le="{name}"'


def _rules(policy: Policy, source: PrometheusSource, bets: list[_Bet]) -> Iterator[Rule]:
    look = f"{policy.look_s:.0f}s"
    for bet in bets:
        for arm in ("canary", "stable"):
            yield from _gains(
                bet, arm, source.arms["canary" if arm == "canary" else "stable"], look
            )
    for bet in bets:
        for ratio in ROLLBACK.ratios:
            yield _record(_TERM, _term(policy, bet, ratio), _marks(bet, ratio=f"{ratio:g}"))
    for bet in bets:
        mixed = " + ".join(
            f"{weight:g} * exp({_only(_TERM, bet, ratio=f'{ratio:g}')})"
            for ratio, weight in zip(ROLLBACK.ratios, ROLLBACK.weights, strict=True)
        )
        yield _record(_LOG, f"ln({mixed})", _marks(bet))
    marks: Rule = {"service": policy.service}
    yield _record(f"{_LOG}:together", _together(policy, bets), marks)
    expected = _expected(policy)
    yield {
        "alert": ALERT,
        "expr": f'{_LOG}:together{{service="{policy.service}"}} >= {-math.log(policy.alpha.rollback):.6f}',
        "labels": expected["exp_labels"],
        "annotations": expected["exp_annotations"],
    }


def _expected(policy: Policy) -> Rule:
    """The alert as `promtool` expects it; the rule says the same."""
    return {
        "exp_labels": {"service": policy.service, "severity": "page"},
        "exp_annotations": {
            "summary": f"the canary of {policy.service} is worse than stable: send it back",
            "description": f"`{_LOG}` by metric says which; healthy releases raise this alert in at most "
            f"{100 * policy.alpha.rollback:g} % of all rollouts.",
        },
    }


def _gains(bet: _Bet, arm: str, label: str, look: str) -> Iterator[Rule]:
    events, units = (s.replace("$arm", label) for s in (bet.events, bet.units))
    counted = _difference(units, look)
    happened = f"({_difference(events, look)} or 0 * {counted})"
    if bet.edge:
        happened = f"{counted} - {happened}"
    elif bet.metric.events_per_unit > 1:
        happened = f"{happened} / {bet.metric.events_per_unit}"
    yield _record(_UNITS, counted, _marks(bet, arm=arm))
    yield _record(_EVENTS, happened, _marks(bet, arm=arm))


def _difference(selector: str, look: str) -> str:
    return f"sum(clamp_min({selector} - {selector} offset {look}, 0))"


def _term(policy: Policy, bet: _Bet, ratio: float) -> str:
    """One alternative's log-likelihood ratio: what it was, plus the gains of this look."""
    bad, other = ("canary", "stable")
    if bet.metric.better == "higher":
        bad, other = other, bad
    n, m = (_only(_UNITS, bet, arm=arm) for arm in (bad, other))
    a, b = (_only(_EVENTS, bet, arm=arm) for arm in (bad, other))
    canary = _only(_UNITS, bet, arm="canary")
    # Both arms have requests, or nothing is added: ln of the scale is 0 where the share is 0 or 1.
    share = f"({n} / ({n} + {m}))"
    scale = f"ln({share} * {ratio:g} + 1 - {share})"
    forget = f"[{_FORGET_LOOKS * policy.look_s:.0f}s]"
    before = f"sum(last_over_time({_named(_TERM, bet, ratio=f'{ratio:g}')}{forget}))"
    gain = f"{a} * ({math.log(ratio):.9f} - {scale}) - {b} * {scale}"
    return f"(({before} or 0 * {canary}) + {gain}) and {canary} > 0"


def _together(policy: Policy, bets: list[_Bet]) -> str:
    """The weighted mean over metrics of the mean over edges, as a logarithm."""
    by_metric: dict[str, list[_Bet]] = {}
    for bet in bets:
        by_metric.setdefault(bet.metric.id, []).append(bet)
    total = sum(m.weight for m in policy.metrics if m.id in by_metric)
    parts = []
    for group in by_metric.values():
        share = group[0].metric.weight / total / len(group)
        parts += [f"{share:.9g} * exp({_only(_LOG, bet)} or vector(0))" for bet in group]
    return f"ln({' + '.join(parts)})"


def _marks(bet: _Bet, **more: str) -> Rule:
    edge = {"edge": bet.edge} if bet.edge else {}
    return {"service": bet.service, "metric": bet.metric.id, **edge, **more}


def _only(name: str, bet: _Bet, **more: str) -> str:
    """A recorded series without its labels, so that arithmetic finds its partner."""
    return f"sum({_named(name, bet, **more)})"


def _named(name: str, bet: _Bet, **more: str) -> str:
    labels = ",".join(f'{k}="{v}"' for k, v in _marks(bet, **more).items())
    return f"{name}{{{labels}}}"


def _record(name: str, expr: str, labels: Rule) -> Rule:
    return {"record": name, "expr": expr, "labels": labels}


def _tests(policy: Policy, source: PrometheusSource, bets: list[_Bet]) -> dict[str, JsonValue]:
    look = f"{policy.look_s:.0f}s"
    scenarios: list[JsonValue] = [
        _scenario(policy, source, bets, worse=False, name="an equal canary stays"),
        _scenario(policy, source, bets, worse=True, name="a canary that is three times worse goes"),
    ]
    return {"rule_files": [RULES], "evaluation_interval": look, "tests": scenarios}


def _scenario(
    policy: Policy, source: PrometheusSource, bets: list[_Bet], *, worse: bool, name: str
) -> JsonValue:
    logs = {id(bet): _judged(bet, _events(bet, worse=worse)) for bet in bets}
    series: dict[str, str] = {}
    for bet in bets:
        for arm, gain in _events(bet, worse=worse).items():
            label = source.arms["canary" if arm == "canary" else "stable"]
            units = _UNITS_A_LOOK[arm]
            events = units - gain if bet.edge else gain
            series.update(_series(bet, label, events=events, units=units))
    weights = [bet.metric.weight / sum(b.metric is bet.metric for b in bets) for bet in bets]
    together = family.average([logs[id(bet)] for bet in bets], weights)
    fires = together >= -math.log(policy.alpha.rollback)
    at = f"{_TEST_LOOKS * policy.look_s:.0f}s"
    checks: list[JsonValue] = [
        {
            "expr": f"abs({_only(_LOG, bet)} - ({logs[id(bet)]:.6f})) < bool 0.01",
            "eval_time": at,
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for bet in bets
    ]
    alert: Rule = {
        "alertname": ALERT, "eval_time": at,
        "exp_alerts": [_expected(policy)] if fires else [],
    }  # fmt: skip
    return {
        "name": name,
        "interval": f"{policy.look_s:.0f}s",
        "input_series": [{"series": s, "values": v} for s, v in series.items()],
        "alert_rule_test": [alert],
        "promql_expr_test": checks,
    }


def _events(bet: _Bet, *, worse: bool) -> dict[str, int]:
    """Counted events of a look: 2 % of the units, or three times as bad on the canary."""
    bad = 4 if not worse else 4 * 3 if bet.metric.better == "lower" else 1
    return {"canary": bad, "stable": 16}


def _judged(bet: _Bet, bad: dict[str, int]) -> float:
    """What the loop's judge says of the same counts."""
    look = Look(
        canary_bad=bad["canary"], canary_total=_UNITS_A_LOOK["canary"],
        stable_bad=bad["stable"], stable_total=_UNITS_A_LOOK["stable"],
    )  # fmt: skip
    if bet.metric.better == "higher":
        look = Look(
            canary_bad=look.stable_bad, canary_total=look.stable_total,
            stable_bad=look.canary_bad, stable_total=look.canary_total,
        )  # fmt: skip
    evidence = no_evidence()
    for _ in range(_TEST_LOOKS):
        evidence = evidence.add(look)
    return evidence.log_evidence


def _series(bet: _Bet, arm: str, *, events: int, units: int) -> dict[str, str]:
    happened, counted = bet.selectors(arm)
    event, rest = example_series(happened, counted)
    shared = happened.name == counted.name and counted.holds(event)
    return {
        _shown(happened.name, event): f"0+{events}x{_TEST_LOOKS}",
        _shown(counted.name, rest): f"0+{units - events if shared else units}x{_TEST_LOOKS}",
    }


def _shown(name: str, labels: dict[str, str]) -> str:
    inner = ",".join(f'{k}="{v}"' for k, v in labels.items())
    return f"{name}{{{inner}}}"
