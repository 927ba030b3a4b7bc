"""The release of the plan: steps, what judges each, the gates before it, and the way back."""

from __future__ import annotations

import math

from aegis.base import conventions as names
from aegis.base.number import Estimate
from aegis.brief.schema import EvaluationSet, QualityObjective
from aegis.plan.case import Case
from aegis.plan.parts.objectives import Watching, emitter
from aegis.plan.types import Check, Gate, Release, Step
from aegis.stats.detectability import discordance, looks_to_detect, pairs_needed

_LOOK_S = 60
_ALPHA = 0.05
_BASE_RATE = 0.01
_DROP = 0.05
_RARE = 0.4  # below it half of the distance to perfection is more than there is to lose
_WEIGHTS = {
    "normal": (5, 25, 50, 100),
    "quiet": (25, 50, 100),
    "fleet": (1, 10, 50, 100),
    "job": (10, 100),
}
_TWO_WEEKS_MIN = 14 * 24 * 60


def plan_release(case: Case, watching: Watching) -> Release:
    """Steps that this traffic can judge, with an automated way back in every one."""
    strategy = case.chosen("release-strategy")
    _policy(case)
    checks = _checks(case, watching)
    detects = _detectability(case)
    return Release(
        strategy=strategy,
        steps=_steps(case, strategy, checks),
        checks=checks,
        gates=_gates(case),
        way_back=_way_back(case, strategy),
        automatic=True,
        way_back_minutes="release.way_back",
        alpha="release.alpha",
        detectability=detects,
    )


def _policy(case: Case) -> None:
    case.numbers.assume(
        "release.alpha", 5, "%",
        reason="one healthy release in twenty may go back by mistake, however often anyone looks",
        settled_by="what a false rollback costs you",
    )  # fmt: skip
    case.numbers.assume(
        "release.base_error", 100 * _BASE_RATE, "%",
        reason="an error rate to plan with until yours is measured",
        settled_by="a week of traffic in staging or production",
    )  # fmt: skip
    case.numbers.assume(
        "release.factor", 2, "×",
        reason="a doubled error rate is what a user notices",
        settled_by="the harm that you decide to tolerate",
    )  # fmt: skip
    case.numbers.assume(
        "release.way_back", 5 if not case.on_device else 1440, "min",
        reason="a weight change and a drain; weights of the old version stay loaded"
        if not case.on_device
        else "devices report and fetch once a day",
        settled_by="the rollback drill of the roadmap",
    )  # fmt: skip
    case.numbers.assume(
        "release.margin_latency", 20, "%",
        reason="slower than this is felt before it is measured",
        settled_by="the latency your users accept",
    )  # fmt: skip
    case.numbers.assume(
        "release.margin_quality", 100 * _DROP, "points",
        reason="a drop that a careful reader of samples would call worse",
        settled_by="the owner of the product",
    )  # fmt: skip
    case.numbers.assume(
        "release.power", 80, "%",
        reason="the customary power of a comparison",
        settled_by="what a missed regression costs you",
    )  # fmt: skip


def _detect(case: Case, key: str, rate: str, share: float) -> str | None:
    """Minutes until a doubled error rate is found at a share of traffic; None when hopeless."""
    looks = looks_to_detect(
        base_rate=_BASE_RATE,
        factor=2,
        requests_per_look=case.numbers.value(rate) * _LOOK_S,
        canary_share=share,
        alpha=_ALPHA,
    )
    if not math.isfinite(looks.median) or looks.median > 60 * 24 * 30:
        return None
    low = max(1.0, math.floor(looks.floor))
    middle = max(low, math.ceil(looks.median))
    high = looks.p90 if math.isfinite(looks.p90) else 3 * looks.median
    return case.numbers.add(
        key,
        Estimate(
            value=middle,
            low=low,
            high=max(middle, math.ceil(high)),
            unit="min",
            formula="aegis.stats.detectability.looks_to_detect",
            inputs=(rate, "release.base_error", "release.factor", "release.alpha"),
            basis="from the floor that holds for every valid test to the 90th percentile of ours",
            measure="the judge's evidence record of the first releases",
        ),
    )


def _weights(case: Case) -> tuple[int, ...]:
    if case.on_device:
        return _WEIGHTS["fleet"]
    if case.is_batch:
        return _WEIGHTS["job"]
    if "traffic.mean" in case.numbers and case.numbers.value("traffic.mean") < 1:
        return _WEIGHTS["quiet"]
    return _WEIGHTS["normal"]


def _detectability(case: Case) -> tuple[str, ...]:
    found = []
    if "traffic.mean" in case.numbers and case.chosen("release-strategy") in {
        "canary",
        "ab",
        "shadow",
    }:
        share = _weights(case)[0] / 100
        at_peak = _detect(case, "release.detect_peak", "traffic.peak", share)
        at_mean = _detect(case, "release.detect_mean", "traffic.mean", share)
        shadow = case.chosen("release-strategy") == "shadow"
        first = "{release.step-b.weight}" if shadow else "{release.step-a.weight}"
        if at_peak and at_mean:
            found.append(
                f"at the first step that users meet ({first}) a doubled {{release.base_error}} error rate is found after "
                "{release.detect_peak} of peak traffic, {release.detect_mean} of mean traffic"
            )
        else:
            found.append(
                f"at the first step that users meet ({first}) this traffic is too thin to find a doubled "
                "{release.base_error} error rate within a working day: the evaluation gate carries the "
                "weight, and the canary guards against crashes"
            )
    found.append(_pairs(case))
    return tuple(found)


def _pairs(case: Case) -> str:
    """How many labelled samples show the tightest drop that an objective still allows."""
    shares = {
        wish.kind: wish
        for wish in case.brief.objectives.quality
        if wish.kind in {"accuracy", "groundedness"}
        and wish.better == "higher"
        and _RARE < wish.threshold / (100 if wish.threshold > 1 else 1) < 1
    }
    margin, stable, drop, of = "release.margin_quality", 0.8, _DROP, ""
    for wish in shares.values():
        rate = wish.threshold / (100 if wish.threshold > 1 else 1)
        if of == "" or (1 - rate) / 2 < drop:
            margin, stable, drop = f"release.margin_{wish.kind}", rate, (1 - rate) / 2
            of = f" in [[{wish.metric}]]"
    pairs = pairs_needed(
        drop=drop, discordance=discordance(stable_rate=stable, drop=drop, correlation=0.56)
    )
    case.numbers.add(
        "evaluation.pairs_needed",
        Estimate(
            value=pairs,
            low=pairs,
            high=2 * pairs,
            unit="labelled samples",
            formula="aegis.stats.detectability.pairs_needed",
            inputs=(margin, "release.power", "release.alpha"),
            basis="from independent samples to a design effect of two for clustered ones; assumes a "
            f"pass rate of {100 * stable:g} % and answers of both releases correlated as in arXiv:2411.00640",
            measure="aegis evaluate",
        ),
    )
    return (
        "{evaluation.pairs_needed}, answered by both releases, show a drop of "
        f"{{{margin}}}{of} with {{release.power}} power"
    )


def _checks(case: Case, watching: Watching) -> tuple[Check, ...]:
    metrics = {o.id: o.metric for o in watching.objectives}
    found = [
        Check(
            id="errors",
            name="error rate",
            metric=metrics["availability"],
            kind="guardrail",
            margin="release.factor",
        )
    ]
    found += [
        Check(
            id=latency,
            name=latency.upper() if latency != "latency" else "latency",
            metric=metrics[latency],
            kind="guardrail",
            margin="release.margin_latency",
        )
        for latency in ("ttft", "tpot", "latency")
        if latency in metrics
    ]
    found += _quality_checks(case)
    for kpi in case.brief.release.kpis:
        index = case.brief.release.kpis.index(kpi)
        number = case.numbers.given(
            f"kpi.{kpi.name}", kpi.margin_percent, "%", f"release.kpis.{index}.margin_percent"
        )
        found.append(
            Check(
                id=f"kpi-{kpi.name}",
                name=kpi.name,
                metric=names.BUSINESS_EVENTS,
                kind="business",
                margin=number,
            )
        )
    return tuple(found)


_QUALITY_NAME = {
    "prediction": "score distribution and early proxies; the labelled verdict follows when labels arrive",
    "ranking": "score distribution and diversity of what is shown",
    "batch": "agreement with the previous run on the sample",
    "embedding": "recall of the probe queries",
    "reranking": "order of the probe queries",
    "vision": "detections on labelled samples, per slice",
    "speech": "word errors on labelled samples, per slice",
    "on-device": "agreement with the server-side reference on consented samples",
    "robotics": "detections against the reference on recorded runs",
}


def _quality_checks(case: Case) -> list[Check]:
    """One check per stated quality objective, with a margin that fits its scale."""
    found = []
    for i, wish in enumerate(case.brief.objectives.quality):
        margin = _margin(case, wish)
        found.append(
            Check(
                id=f"quality-{wish.kind}" if i else "quality",
                name=f"{wish.kind} on sampled, labelled traffic",
                metric=names.EVALUATION_SCORE,
                kind="model",
                margin=margin,
            )
        )
    if not found:
        found.append(
            Check(
                id="quality",
                name=_QUALITY_NAME.get(case.kind, "answer quality on sampled traffic"),
                metric=names.EVALUATION_SCORE,
                kind="model",
                margin="release.margin_quality",
            )
        )
    return found


def _margin(case: Case, wish: QualityObjective) -> str:
    """How much worse a release may be: half of what is left to perfection, on the scale of the objective."""
    key, scale = f"release.margin_{wish.kind}", 100 if wish.threshold > 1 else 1
    left = scale - wish.threshold if wish.better == "higher" else wish.threshold
    unit = "points" if scale == 100 else ""
    if left <= 0:
        return case.numbers.assume(
            key, scale / 100, unit,
            reason="the objective leaves nothing to lose; a hundredth of the scale is what a comparison can still show",
            settled_by="the owner of the product",
        )  # fmt: skip
    formula = (
        f"half of ({scale} − objective)" if wish.better == "higher" else "half of the objective"
    )
    return case.numbers.derive(
        key, left / 2, unit, formula=formula, inputs=(f"quality.{wish.kind}",)
    )


def _steps(case: Case, strategy: str, checks: tuple[Check, ...]) -> tuple[Step, ...]:
    weights = _weights(case)
    if strategy == "ab":
        weights = (5, 50, 100)
    elif strategy == "blue-green":
        weights = (0, 100)
    elif strategy == "shadow":
        weights = (0, *weights)
    ids = tuple(check.id for check in checks)
    quick = tuple(check.id for check in checks if check.kind == "guardrail")
    patient = _patient(case, strategy, weights)
    steps = []
    for i, weight in enumerate(weights):
        letter = "abcdefg"[i]
        case.numbers.assume(
            f"release.step-{letter}.weight", weight, "% of the items" if case.is_batch else "%",
            reason="few meet a bad version first; each step multiplies who does"
            if weight
            else "the new version is up and answers probes or mirrored requests; no user meets it",
            settled_by="the harm that one bad answer does",
        )  # fmt: skip
        case.numbers.assume(
            f"release.step-{letter}.hold", _hold(case, weight, patient=weight in patient), "min",
            reason="samples have to be labelled and business events to happen before they can judge a step"
            if weight in patient
            else "long enough for the evidence at this step, and for a cache to warm",
            settled_by="how long your labels and events take"
            if weight in patient
            else "the detectability of your own error rate",
        )  # fmt: skip
        steps.append(
            Step(
                weight=f"release.step-{letter}.weight",
                hold_minutes=f"release.step-{letter}.hold",
                analysis=ids if weight in patient else quick,
            )
        )
    return tuple(steps)


def _patient(case: Case, strategy: str, weights: tuple[int, ...]) -> frozenset[int]:
    """The steps that wait for labels and events; errors and latency judge the others alone.

    A labelled sample or a re-opened ticket takes days, so a step of minutes cannot be judged on it.
    """
    if case.on_device or case.is_batch:
        return frozenset(weights)
    if strategy == "blue-green":
        return frozenset({100})  # the old version stands beside it through the hold
    return frozenset({weights[-2], 0}) & frozenset(weights)


def _hold(case: Case, weight: int, *, patient: bool) -> float:
    if case.on_device:
        return 2 * 24 * 60
    if case.is_batch:
        return 24 * 60
    if case.chosen("release-strategy") == "ab" and weight == 50:
        return _TWO_WEEKS_MIN  # whole weeks: an experiment that ends on a Tuesday measures Tuesdays
    if patient:
        return 24 * 60 * (2 if case.brief.release.kpis else 1)
    found = case.numbers.all().get("release.detect_mean")
    if weight in {0, 100} or not isinstance(found, Estimate):
        return 60
    first = _weights(case)[0]
    return float(min(24 * 60, max(15, 5 * math.ceil(found.high * first / weight / 5))))


def _gates(case: Case) -> tuple[Gate, ...]:
    gates = []
    for dataset in case.brief.evaluation or ():
        key = f"evaluation.{dataset.name}"
        gates.append(
            Gate(
                id=f"gate-{dataset.name}",
                dataset=dataset.name,
                path=dataset.path,
                items=f"{key}.items",
                metric=dataset.metric,
                threshold=f"{key}.threshold",
                better=dataset.better,
                before="staging" if dataset.purpose == "quality" else "production",
                detects=_power(case, dataset, key),
            )
        )
    return tuple(gates)


def _power(case: Case, dataset: EvaluationSet, key: str) -> str:
    """What a data set of that size shows, where its metric is a share of passed items."""
    threshold = dataset.threshold / (100 if dataset.threshold > 1 else 1)
    if dataset.better != "higher" or not _RARE < threshold < 1:
        return (
            f"{{{key}.items}}; how small a change they show depends on the spread of `{_code(dataset.metric)}`, which the "
            "first baseline measures"
        )
    drop = max(0.005, (1 - threshold) / 2)
    needed = pairs_needed(
        drop=drop, discordance=discordance(stable_rate=threshold, drop=drop, correlation=0.56)
    )
    margin = case.numbers.derive(
        f"{key}.margin", 100 * drop, "points",
        formula=f"half of ({100 if dataset.threshold > 1 else 1} − threshold), at least half a point",
        inputs=(f"{key}.threshold",),
    )  # fmt: skip
    number = case.numbers.add(
        f"{key}.needed",
        Estimate(
            value=needed, low=needed, high=2 * needed, unit="items", formula="aegis.stats.detectability.pairs_needed",
            inputs=(margin, "release.power", "release.alpha"),
            basis="from independent items to a design effect of two for clustered ones; answers correlated as in "
            "arXiv:2411.00640",
            measure="the first baseline",
        ),
    )  # fmt: skip
    if dataset.items >= needed:
        return f"{{{key}.items}} are enough for a drop of {{{margin}}}, which takes {{{number}}}"
    return f"{{{key}.items}} show only a larger drop than {{{margin}}}; that one takes {{{number}}}"


def _code(text: str) -> str:
    return text.replace("`", "'")


_BACK = {
    "canary": "the judge sets the canary's weight to nothing and drains it; the stable version has never stopped serving",
    "blue-green": "the switch returns to the old version, which is still running; it is removed only after the hold",
    "shadow": "mirroring stops; no user ever met the new version. After promotion the canary rule applies",
    "ab": "the assignment returns to the control version at once; the experiment is recorded as stopped for harm",
    "staged-fleet": "each device returns to its last good model by itself when inferences fail or run late; the stage is closed for all",
    "job-swap": "consumers keep reading the previous output: the new one is published only after its comparison passed",
}


def _way_back(case: Case, strategy: str) -> str:
    text = _BACK[strategy]
    if emitter(case) == "gateway":
        text += ". Independently of any release, the gateway's circuit breaker sends requests down the degradation ladder when the model fails or is slow"
    return text
