"""The judge as plain Prometheus rules; `aegis.rollout.rules_tests` writes unit tests for them.

The evidence accumulates in recorded series: each evaluation adds the gains of one look to what was
there before, with the share of the traffic that the look itself shows. So it is the same e-process
as in `aegis.stats.label`, through any ramp. Counts are differences of samples, not `increase`,
which extrapolates and so counts some events 1.3 times. Limits and shares that nobody minds are
judged by the bets of `aegis.stats.betting`, which are linear in two counters where scores are 0 or 1.

What a program reads at the end, by the label `service`: `aegis_rollout:worse` (1: send it back) and
`aegis_rollout:proved` (1: every margin is proved; where no step compares both versions, every limit).

What rules cannot do, and the loop does: steps, learned latency bets (each bucket edge gets a bet of
its own, as in `aegis.stats.ladder`), bets that wait for later steps, stable's past after a switch,
and evaluations that were missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.rollout.policy import Metric, Policy, PrometheusSource, edge_name
from aegis.rollout.selectors import parse_selector
from aegis.rollout.state import was_compared
from aegis.stats.betting import STAKES
from aegis.stats.label import ROLLBACK, promotion

ALERT = "AegisRolloutWorse"
UNITS, SUSPECT, OTHER, SHARE = (
    f"aegis_rollout:{name}"
    for name in ("units:gain", "suspect_events:gain", "other_events:gain", "suspect:share")
)
TERM, LOG = "aegis_rollout:log_term", "aegis_rollout:log_evidence"
PROOF_TERM, PROOF = "aegis_rollout:log_proof_term", "aegis_rollout:log_proof"
SEEN_UNITS, SEEN_EVENTS = "aegis_rollout:units:total", "aegis_rollout:events:total"
BELOW, ABOVE = "aegis_rollout:log_below", "aegis_rollout:log_above"
GAIN_TERM, GAIN = "aegis_rollout:log_gain_term", "aegis_rollout:log_gain"
TOGETHER = f"{LOG}:together"
_FORGET_LOOKS = 40  # without canary traffic for so long, the next release begins at nothing
_GONE_LOOKS = 4  # nor does it go on with what was recorded longer ago
_THERE = 0.9  # the part of a warm-up for which the canary's series were there
_NEAR = 2.0  # edges within this factor of a latency's own edge take part
_STEADY = 0.25  # how much the share may have moved while a late event was on its way
_BY = "service, metric, edge"

Rule = dict[str, JsonValue]


def group(policy: Policy, *, alert: bool = True) -> Rule:
    """The rules as one group of Prometheus, evaluated once a look; empty where nothing compiles."""
    metrics = judged(policy)
    if not metrics or not isinstance(policy.source, PrometheusSource):
        return {}
    return {
        "name": f"aegis-rollout-{policy.service}",
        "interval": f"{policy.look_s:.0f}s",
        "rules": [*_rules(policy, policy.source, metrics), *([alarm(policy)] if alert else [])],
    }


def judged(policy: Policy) -> tuple[Metric, ...]:
    """The metrics that rules can judge: those with series."""
    return tuple(m for m in policy.metrics if m.series)


def near_edges(metric: Metric) -> tuple[float, ...]:
    """The bucket edges of a latency that take part: each has a share of the bet."""
    edge = metric.slow_edge
    return tuple(e for e in metric.edges if edge is None or edge / _NEAR <= e <= edge * _NEAR)


def proof_edge(metric: Metric) -> str:
    """The edge at which a margin is proved; empty for what has no edges."""
    if metric.kind != "latency":
        return ""
    return edge_name(metric.edges[-1] if metric.slow_edge is None else metric.slow_edge)


def is_good(metric: Metric) -> bool:
    """Whether the counted events are good ones: few of them on the canary speak against it."""
    return metric.kind == "rate" and metric.better == "higher"


def _rules(policy: Policy, source: PrometheusSource, metrics: Sequence[Metric]) -> Iterator[Rule]:
    compared = was_compared(policy)
    for metric in metrics:
        yield from _gains(policy, source, metric)
    if compared:
        for ratio, _ in _bets(ROLLBACK.ratios, ROLLBACK.weights):
            yield _record(TERM, _term(policy, TERM, ratio), ratio=f"{ratio:g}")
        yield _record(LOG, _mixed(policy, TERM, ROLLBACK.ratios, ROLLBACK.weights))
        yield _record(TOGETHER, _together(policy, metrics), service=policy.service)
    gains = (
        (SEEN_UNITS, f"{UNITS}{{{_at(policy, arm='canary')}}}"),
        (SEEN_EVENTS, _canary(policy)),
    )
    for name, gain in gains:
        for at in ("beside", "alone") if compared else ("alone",):
            yield _record(name, _total(policy, name, gain, at), at=at)
    for metric in metrics:
        yield from _proofs(policy, metric, compared=compared)
    yield _record(names.ROLLOUT_RULE_WORSE, _worse(policy, metrics, compared=compared),
                  service=policy.service)  # fmt: skip
    yield _record(names.ROLLOUT_RULE_PROVED, _proved(policy, metrics, compared=compared),
                  service=policy.service)  # fmt: skip


def alarm(policy: Policy) -> Rule:
    """For people: somebody has to send it back where no program reads the verdict."""
    said = expected(policy)
    return {
        "alert": ALERT,
        "expr": f'{names.ROLLOUT_RULE_WORSE}{{service="{policy.service}"}} == 1',
        "labels": said["exp_labels"],
        "annotations": said["exp_annotations"],
    }


def expected(policy: Policy) -> Rule:
    """The alert as `promtool` expects it; the rule says the same."""
    return {
        "exp_labels": {"service": policy.service, "severity": "page"},
        "exp_annotations": {
            "summary": f"the canary of {policy.service} is worse than stable: send it back",
            "description": f"`{LOG}` by metric says which; healthy releases raise this alert in at most "
            f"{100 * policy.alpha.rollback:g} % of all rollouts.",
        },
    }


# --- what one look gained ------------------------------------------------------------------------


def _gains(policy: Policy, source: PrometheusSource, metric: Metric) -> Iterator[Rule]:
    """Units of both arms, the suspect's share of them, and the events of each.

    The suspect is the arm whose events speak against the canary: stable, where they are good ones.
    """
    arms = {"canary": source.arms["canary"], "stable": source.arms["stable"]}
    suspect, other = ("stable", "canary") if is_good(metric) else ("canary", "stable")
    for arm, label in arms.items():
        yield _record(UNITS, _units(policy, metric, label), **_marks(policy, metric), arm=arm)
    both = " + ".join(f"sum({UNITS}{{{_at(policy, metric, arm=arm)}}})" for arm in arms)
    mine = f"sum({UNITS}{{{_at(policy, metric, arm=suspect)}}})"
    # Without any request the share says nothing, and is zero.
    yield _record(SHARE, f"{mine} / clamp_min({both}, 1e-9)", **_marks(policy, metric))
    for name, arm in ((SUSPECT, suspect), (OTHER, other)):
        events = _events(policy, metric, arms[arm], arm)
        yield _record(name, events, **_marks(policy, metric))


def _units(policy: Policy, metric: Metric, label: str) -> str:
    if metric.kind == "latency":
        selector = parse_selector(metric.series["bucket"]).also('le="+Inf"')
    else:
        selector = metric.series[metric.counters[-1]]
    return f"sum({_difference(policy, selector, label)})"


def _events(policy: Policy, metric: Metric, label: str, arm: str) -> str:
    units = f"sum({UNITS}{{{_at(policy, metric, arm=arm)}}})"
    if metric.kind == "latency":
        found = _slower(policy, metric, label, units)
    else:
        counted = f"sum({_difference(policy, metric.series[metric.counters[0]], label)})"
        found = f"({counted} or 0 * {units})"
        if metric.kind == "score" and metric.better == "higher":
            found = f"{units} - {found}"
        if metric.events_per_unit > 1:
            found = f"{found} / {metric.events_per_unit}"
    return f"({found}) * scalar({_steady(policy, metric)})" if metric.delay_s else found


def _slower(policy: Policy, metric: Metric, label: str, units: str) -> str:
    """By edge: the units that were not within it. Exporters write `2` and `2.0`."""
    wanted = "|".join(f"{edge_name(e)}|{edge_name(e)}[.]0" for e in near_edges(metric))
    selector = parse_selector(metric.series["bucket"]).also(f'le=~"{wanted}"')
    within = _difference(policy, selector, label)
    named = f'label_replace({within}, "edge", "$1", "le", "(.+?)([.]0)?")'
    return f"-1 * (sum by (edge) ({named}) - on () group_left () {units})"


def _difference(policy: Policy, selector: str, label: str) -> str:
    series = selector.replace("$arm", label)
    return f"clamp_min({series} - {series} offset {policy.look_s:.0f}s, 0)"


def _steady(policy: Policy, metric: Metric) -> str:
    """1 while the canary's share is what it was when late events began; else their gain is none."""
    span = f"[{metric.delay_s:.0f}s]"

    def share(offset: str) -> str:
        canary, stable = (
            f"sum(sum_over_time({UNITS}{{{_at(policy, metric, arm=arm)}}}{span}{offset}))"
            for arm in ("canary", "stable")
        )
        return f"{canary} / ({canary} + {stable})"

    moved = f"({share('')}) / ({share(f' offset {metric.delay_s:.0f}s')}) - 1"
    return f"(abs({moved}) < bool {_STEADY}) or vector(0)"


# --- bets ----------------------------------------------------------------------------------------


def _bets(ratios: Sequence[float], weights: Sequence[float]) -> tuple[tuple[float, float], ...]:
    return tuple(zip(ratios, weights, strict=True))


def _term(
    policy: Policy,
    name: str,
    ratio: float,
    which: str = "",
    null: float = 1.0,
    *,
    swap: bool = False,
) -> str:
    """One alternative's log-likelihood ratio: what it was, plus the gains of this look.

    `swap` has the other arm for the suspect: evidence that the canary is better.
    """
    at, share = _at(policy) + which, f"{SHARE}{{{_at(policy)}}}"
    suspect, other = (OTHER, SUSPECT) if swap else (SUSPECT, OTHER)
    share = f"(1 - {share})" if swap else share
    scale = f"ln(({null - 1:g} * {share} + 1) / ({ratio - 1:g} * {share} + 1))"
    on_suspect = f"({math.log(ratio / null):.9f} + {scale})"
    matched = "* on (service, metric) group_left ()"
    mark = f'ratio="{ratio:g}"'
    before = _before(policy, f"{name}{{{at},{mark}}}")
    gain = f"{suspect}{{{at}}} {matched} {on_suspect} + {other}{{{at}}} {matched} {scale}"
    return f"(({before} or 0 * {suspect}{{{at}}}) + ({gain})) {_since_warm_up(policy)}"


def _since_warm_up(policy: Policy) -> str:
    """Only while the canary is there, was asked something lately, and has warmed up."""
    canary = f"{UNITS}{{{_at(policy, arm='canary')}}}"
    forget = f"[{_FORGET_LOOKS * policy.look_s:.0f}s]"
    conditions = [f"{canary} >= 0", f"max_over_time({canary}{forget}) > 0"]
    if policy.warmup_s:
        span = f"{policy.warmup_s:.0f}s"
        looks = math.ceil(_THERE * policy.warmup_s / policy.look_s)
        conditions += [
            f"max_over_time({canary}{forget} offset {span}) > 0",
            f"count_over_time({canary}[{span}]) >= {looks}",
        ]
    return " ".join(f"and on (service, metric) {one}" for one in conditions)


def _before(policy: Policy, series: str) -> str:
    """What was recorded last of this release: it was gone, or warming up, for some looks before."""
    return f"sum by ({_BY}) (last_over_time({series}[{_GONE_LOOKS * policy.look_s:.0f}s]))"


def _mixed(
    policy: Policy, name: str, ratios: Sequence[float], weights: Sequence[float], which: str = ""
) -> str:
    parts = " + ".join(
        f'{weight:g} * exp(sum by ({_BY}) ({name}{{{_at(policy)}{which},ratio="{ratio:g}"}}))'
        for ratio, weight in _bets(ratios, weights)
    )
    return f"ln({parts})"


def _together(policy: Policy, metrics: Sequence[Metric]) -> str:
    """The weighted mean over metrics of the mean over edges, as a logarithm."""
    total = sum(m.weight for m in metrics)
    parts = [
        f"{m.weight / total:.9g} * (avg(exp({LOG}{{{_at(policy, m)}}})) or vector(1))"
        for m in metrics
    ]
    return f"ln({' + '.join(parts)})"


def _canary(policy: Policy) -> str:
    """The canary's events, bad ones or good ones: it is the suspect, except of good ones."""
    good = "|".join(m.id for m in judged(policy) if is_good(m))
    if not good:
        return f"{SUSPECT}{{{_at(policy)}}}"
    return f'({SUSPECT}{{{_at(policy)},metric!~"{good}"}} or {OTHER}{{{_at(policy)},metric=~"{good}"}})'


def _total(policy: Policy, name: str, gain: str, at: str) -> str:
    """What was gained since the release began, in looks with stable beside it or in those without.

    Where steps compare both versions, a share that nobody minds is shown with stable beside, and a
    limit is for the time without. Where none does, a limit is for all the time.
    """
    busy = f"({UNITS}{{{_at(policy, arm='stable')}}} > 0)"
    condition = ""
    if was_compared(policy):
        condition = f"{'and' if at == 'beside' else 'unless'} on (service, metric) {busy}"
    before = _before(policy, f'{name}{{{_at(policy)},at="{at}"}}')
    now = f"sum by ({_BY}) ({gain})"
    counted = f"(({now} {condition}) or 0 * {now})"
    return f"(({before} or 0 * {now}) + {counted}) {_since_warm_up(policy)}"


# --- verdicts ------------------------------------------------------------------------------------


def _proofs(policy: Policy, metric: Metric, *, compared: bool) -> Iterator[Rule]:
    which = f',metric="{metric.id}"' + (f',edge="{proof_edge(metric)}"' if metric.edges else "")
    if compared and metric.role == "goal":
        for ratio in ROLLBACK.ratios:
            yield _record(GAIN_TERM, _term(policy, GAIN_TERM, ratio, which, swap=True),
                          ratio=f"{ratio:g}")  # fmt: skip
        yield _record(GAIN, _mixed(policy, GAIN_TERM, ROLLBACK.ratios, ROLLBACK.weights, which))
    if compared and metric.margin is not None:
        test = promotion(metric.margin)
        for ratio in test.ratios:
            yield _record(PROOF_TERM, _term(policy, PROOF_TERM, ratio, which, test.null_ratio),
                          ratio=f"{ratio:g}")  # fmt: skip
        yield _record(PROOF, _mixed(policy, PROOF_TERM, test.ratios, test.weights, which))
    if compared and metric.negligible is not None:
        below = _stake(policy, metric, "beside", metric.negligible, above=False)
        yield _record(BELOW, below, of="negligible")
    if metric.limit is not None:
        yield _record(ABOVE, _stake(policy, metric, "alone", metric.limit, above=True), of="limit")
    if metric.limit is not None and not compared:
        yield _record(BELOW, _stake(policy, metric, "alone", metric.limit, above=False), of="limit")


def _stake(policy: Policy, metric: Metric, at: str, mean: float, *, above: bool) -> str:
    """What a stake on «the canary's share is above (below) `mean`» has become, as a logarithm.

    Source: `aegis.stats.betting.log_stake`, with scores of 0 and 1 counted.
    """
    edge = {"edge": proof_edge(metric)} if metric.edges else {}
    events = f"sum by ({_BY}) ({SEEN_EVENTS}{{{_at(policy, metric, at=at, **edge)}}})"
    units = f"sum by (service, metric) ({SEEN_UNITS}{{{_at(policy, metric, at=at)}}})"
    against = mean if above else 1 - mean
    parts = []
    for stake in STAKES:
        hit, miss = math.log1p(stake * (1 / against - 1)), math.log1p(-stake)
        of_event, of_other = (hit, miss) if above else (miss, hit)
        parts.append(
            f"exp({events} * {of_event - of_other:.9f} + on (service, metric) group_left () "
            f"{units} * {of_other:.9f})"
        )
    return f"ln(({' + '.join(parts)}) / {len(parts)})"


def _worse(policy: Policy, metrics: Sequence[Metric], *, compared: bool) -> str:
    alpha = policy.alpha.rollback
    limited = sum(m.limit is not None for m in policy.metrics)
    parts = []
    if compared:
        parts.append(f'{TOGETHER}{{service="{policy.service}"}} >= bool {-math.log(alpha):.6f}')
    if any(m.limit is not None for m in metrics):
        above = f'{ABOVE}{{{_at(policy)},of="limit"}}'
        parts.append(f"{above} >= bool {-math.log(alpha / limited):.6f}")
    return f"max(({') or ('.join(parts)}) or vector(0))"


def _proved(policy: Policy, metrics: Sequence[Metric], *, compared: bool) -> str:
    """1 when nothing is left to prove and the canary has been seen."""
    seen = f"sum({UNITS}{{{_at(policy, arm='canary')}}}) > bool 0"
    wanted = [w for m in metrics for w in (_wanted if compared else _within)(policy, m)]
    return " * ".join(f"(max({part}) or vector(0))" for part in (seen, *wanted))


def _wanted(policy: Policy, metric: Metric) -> Iterator[str]:
    at, alpha = _at(policy, metric), policy.alpha.promotion
    if metric.margin is not None:
        ways = 1 if metric.negligible is None else 2
        proof = f"{PROOF}{{{at}}} >= bool {-math.log(alpha / ways):.6f}"
        if metric.negligible is not None:
            below = f'{BELOW}{{{at},of="negligible"}} >= bool {-math.log(alpha / 2):.6f}'
            proof = f"({proof}) or ({below})"
        yield proof
    if metric.role == "goal":
        yield f"{GAIN}{{{at}}} >= bool {-math.log(alpha):.6f}"


def _within(policy: Policy, metric: Metric) -> Iterator[str]:
    limited = sum(m.limit is not None for m in policy.metrics)
    if metric.limit is not None:
        enough = -math.log(policy.alpha.rollback / limited)
        yield f'{BELOW}{{{_at(policy, metric)},of="limit"}} >= bool {enough:.6f}'


# --- words ---------------------------------------------------------------------------------------


def _at(policy: Policy, metric: Metric | None = None, **more: str) -> str:
    marks = {"service": policy.service, **({"metric": metric.id} if metric else {}), **more}
    return ",".join(f'{k}="{v}"' for k, v in marks.items())


def _marks(policy: Policy, metric: Metric) -> dict[str, str]:
    return {"service": policy.service, "metric": metric.id}


def _record(name: str, expr: str, /, **labels: str) -> Rule:
    return {"record": name, "expr": expr, **({"labels": dict(labels)} if labels else {})}
