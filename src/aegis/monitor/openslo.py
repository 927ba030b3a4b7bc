"""OpenSLO v1 read as objectives of a brief, with everything named that a brief has no place for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import ConfigDict, Field, JsonValue, ValidationError

from aegis.base import conventions as names
from aegis.base.model import Frozen
from aegis.brief.schema import Objectives

API_VERSION = "openslo/v1"
_R = TypeVar("_R", bound="_Read")
_KINDS = ("DataSource", "SLO", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget",
          "Service")  # fmt: skip


class _Read(Frozen):
    """What is read of a document; the rest is kept out of sight, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class _Source(_Read):
    spec: dict[str, JsonValue] = Field(default={})


class _Metric(_Read):
    metric_source: _Source = Field(default=_Source(), alias="metricSource")

    @property
    def query(self) -> str:
        """The query, whatever its source calls it."""
        spec = self.metric_source.spec
        return " ".join(str(spec[k]) for k in sorted(spec) if isinstance(spec[k], str))


class _Ratio(_Read):
    good: _Metric | None = None
    bad: _Metric | None = None
    total: _Metric | None = None
    raw: _Metric | None = None
    raw_type: Literal["success", "failure"] | None = Field(default=None, alias="rawType")


class _Indicator(_Read):
    ratio: _Ratio | None = Field(default=None, alias="ratioMetric")
    threshold: _Metric | None = Field(default=None, alias="thresholdMetric")


class _Inline(_Read):
    metadata: dict[str, JsonValue] = Field(default={})
    spec: _Indicator = _Indicator()


class _Aim(_Read):
    display_name: str = Field(default="", alias="displayName")
    op: Literal["lte", "gte", "lt", "gt"] | None = None
    value: float | None = None
    target: float | None = Field(default=None, ge=0, lt=1)
    target_percent: float | None = Field(default=None, ge=0, lt=100, alias="targetPercent")
    weight: float | None = Field(default=None, alias="compositeWeight")

    @property
    def percent(self) -> float | None:
        """The target in percent."""
        if self.target is not None:
            return round(100 * self.target, 8)
        return self.target_percent


class _Slo(_Read):
    description: str = ""
    indicator: _Inline | None = None
    indicator_ref: str | None = Field(default=None, alias="indicatorRef")
    time_window: list[dict[str, JsonValue]] = Field(default=[], alias="timeWindow")
    budgeting_method: str = Field(default="Occurrences", alias="budgetingMethod")
    objectives: list[_Aim]
    alert_policies: list[JsonValue] = Field(default=[], alias="alertPolicies")


@dataclass(slots=True)
class Carried:
    """What becomes of a file: values of `objectives` in a brief, and what is left behind."""

    objectives: dict[str, float] = field(default_factory=dict)
    quality: list[dict[str, str | float]] = field(default_factory=list)
    _left: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, place: str, what: str) -> None:
        """Something that a brief has no place for."""
        self._left.setdefault(what, []).append(place)

    @property
    def left(self) -> tuple[str, ...]:
        """What was left behind: each reason once, with every place it holds for."""
        return tuple(f"{', '.join(places)}: {what}" for what, places in self._left.items())

    def set(self, place: str, name: str, value: float, *, keep: Literal["lower", "higher"]) -> None:
        """A value; of two, the stricter one stays."""
        before = self.objectives.get(name)
        if before is not None and before != value:
            stricter = min(before, value) if keep == "lower" else max(before, value)
            self.leave(place, f"`{name}` is set twice; {stricter:g} is the stricter and stays")
            value = stricter
        self.objectives[name] = value


def carry_over(documents: Iterable[JsonValue], *, path: str) -> Carried:
    """The objectives of a brief that the SLOs of a file state.

    Raises:
        ValueError: a document is no OpenSLO v1; the message names it.
    """
    found, slos, indicators = Carried(), [], {}
    for number, document in enumerate(documents, start=1):
        kind, name, spec, labels = _opened(document, f"{path}, document {number}")
        place = f"{kind} `{name}`"
        match kind:
            case "SLO":
                slos.append((place, name, _parsed(_Slo, spec, path, place), labels))
            case "SLI":
                indicators[name] = _parsed(_Indicator, spec, path, place)
            case "Service":
                continue
            case "DataSource":
                found.leave(place, "a plan brings its own metrics and where they are scraped")
            case _:
                found.leave(place, "a plan brings its own windows, guards and routes")
    for place, name, slo, labels in slos:
        _carry(found, place, name, slo, labels, indicators)
    return found


def _opened(
    document: JsonValue, place: str
) -> tuple[str, str, Mapping[str, JsonValue], Mapping[str, JsonValue]]:
    opened = document if isinstance(document, dict) else {}
    version, kind = opened.get("apiVersion"), opened.get("kind")
    if version != API_VERSION:
        raise ValueError(f"{place} has apiVersion `{version}`; only `{API_VERSION}` is read")
    metadata, spec = opened.get("metadata"), opened.get("spec")
    if kind not in _KINDS or not isinstance(metadata, dict) or not isinstance(spec, dict):
        raise ValueError(f"{place} is no kind that OpenSLO v1 knows: `{kind}`")
    labels = metadata.get("labels")
    return str(kind), str(metadata.get("name")), spec, labels if isinstance(labels, dict) else {}


def _parsed(model: type[_R], spec: Mapping[str, JsonValue], path: str, place: str) -> _R:
    try:
        return model.model_validate(spec)
    except ValidationError as error:
        detail = error.errors()[0]
        where = ".".join(str(p) for p in detail["loc"])
        raise ValueError(f"{path}: {place}: spec.{where}: {detail['msg']}") from None


def _carry(
    found: Carried,
    place: str,
    name: str,
    slo: _Slo,
    labels: Mapping[str, JsonValue],
    indicators: Mapping[str, _Indicator],
) -> None:
    for what in _unplaced(slo):
        found.leave(place, what)
    indicator = slo.indicator.spec if slo.indicator else indicators.get(slo.indicator_ref or "")
    if indicator is None:
        found.leave(place, f"its indicator `{slo.indicator_ref}` is not in the file")
        return
    about = " ".join([name, slo.description, *(str(v) for v in _titles(slo))])
    kind = str(labels.get(names.SLO_KIND_LABEL) or _guess(about, indicator))
    for aim in slo.objectives:
        percent = aim.percent
        if percent is None:
            found.leave(place, "an objective without a target")
        elif kind in _QUALITY:
            _carry_quality(found, place, kind, about, indicator, percent)
        elif kind in _LATENCY:
            _carry_latency(found, place, kind, indicator, aim, percent)
        elif kind in {"availability", "goodput"}:
            found.set(place, f"{kind}_percent", percent, keep="higher")
        else:
            found.leave(place, _ELSEWHERE.get(kind, "what it measures was not recognised"))


def _unplaced(slo: _Slo) -> Iterator[str]:
    """Parts of an SLO that a brief does not state: the plan decides them."""
    for window in slo.time_window:
        rolling = "rolling" if window.get("isRolling") else "calendar"
        yield f"its {rolling} window of {window.get('duration')}: a plan decides its window"
    if slo.budgeting_method != "Occurrences":
        yield f"budgeting by {slo.budgeting_method}: a plan counts events"
    if slo.alert_policies:
        yield "its alert policies: a plan brings its own windows, guards and routes"
    if any(aim.weight is not None for aim in slo.objectives):
        yield "weights of a composite"


def _titles(slo: _Slo) -> Iterator[JsonValue]:
    yield from (aim.display_name for aim in slo.objectives)
    if slo.indicator:
        yield from slo.indicator.metadata.values()


_QUALITY = {
    "hallucination": r"hallucinat",
    "groundedness": r"ground|faithful|supported",
    "refusal": r"refus",
    "toxicity": r"toxic|harmful|offensive",
    "calibration": r"calibrat|\bece\b",
    "satisfaction": r"satisf|feedback|thumb|rating|csat",
    "accuracy": r"accura|correct|\bf1\b|exact.match|precision|recall",
}
_LATENCY = {
    "ttft": r"ttft|first.token|time_to_first",
    "tpot": r"tpot|per.output.token|inter.token|\bitl\b",
    "latency": r"latency|duration|response.time|slow|le=",
}
_ELSEWHERE = {
    "freshness": "how old data may be stands in `workload`: `freshness_hours`, `feature_freshness_s`",
    "completion": "a deadline stands in `workload.batch.deadline_hours`",
}
_GOODPUT = r"goodput|objectives at once|every (objective|limit)"
_AVAILABILITY = r"availab|error|success|status|code|outcome|uptime|5xx"
_LESS_IS_BETTER = r"hallucinat|refus|toxic|harmful|offensive|calibration error|\bece\b"


def _guess(about: str, indicator: _Indicator) -> str:
    """What an SLO is about, from its words and then from its queries; empty when nobody can tell."""
    for text in (about, " ".join(_queries(indicator))):
        kinds = {"goodput": _GOODPUT, **_QUALITY, **_LATENCY, "availability": _AVAILABILITY}
        for kind, pattern in kinds.items():
            if re.search(pattern, text.replace("-", " "), re.IGNORECASE):
                return kind
    return ""


def _queries(indicator: _Indicator) -> Iterator[str]:
    ratio = indicator.ratio
    parts = (ratio.good, ratio.bad, ratio.total, ratio.raw) if ratio else (indicator.threshold,)
    yield from (part.query for part in parts if part)


def _carry_quality(
    found: Carried, place: str, kind: str, about: str, indicator: _Indicator, percent: float
) -> None:
    """A quality: the share of good samples, or of bad ones where the words say so."""
    raw = indicator.ratio.raw_type if indicator.ratio else None
    lower = raw == "failure" or (
        raw is None and bool(re.search(_LESS_IS_BETTER, about, re.IGNORECASE))
    )
    share = (100 - percent if lower else percent) / 100
    metric = next(iter(about.split(" ")), kind)
    found.quality.append(
        {"kind": kind, "metric": metric, "threshold": round(share, 6), "better": "lower"}
        if lower
        else {"kind": kind, "metric": metric, "threshold": round(share, 6)}
    )
    found.leave(place, f"check the words of its metric: `{metric}` stands for how it is measured")


def _carry_latency(
    found: Carried, place: str, kind: str, indicator: _Indicator, aim: _Aim, percent: float
) -> None:
    limit = _limit_ms(indicator, aim)
    if limit is None:
        found.leave(place, "its threshold: neither a bucket edge nor a value with a unit is in it")
        return
    fields = {("latency", 99.0): "latency_p99_ms", (kind, 95.0): f"{kind}_p95_ms"}
    name = fields.get((kind, percent))
    if name is None:
        found.leave(place, f"a target of {percent:g} %: a brief states the 95th percentile")
        name = f"{kind}_p95_ms" if percent > 95 else None
    if name is not None:
        found.set(place, name, limit, keep="lower")


def _limit_ms(indicator: _Indicator, aim: _Aim) -> float | None:
    """Milliseconds from `le="0.5"` of a histogram, or from a value whose metric names its unit."""
    queries = " ".join(_queries(indicator))
    milli = bool(re.search(r"(_ms|milliseconds)\b|_ms_bucket", queries))
    if edge := re.search(r'le=~?"([0-9.]+)', queries):
        return round(float(edge[1]) * (1 if milli else 1000), 6)
    if aim.value is None or aim.op not in {"lte", "lt"}:
        return None
    if milli:
        return aim.value
    return round(aim.value * 1000, 6) if re.search(r"seconds|_s\b", queries) else None


def objectives_of(carried: Carried) -> Objectives:
    """The objectives as a brief holds them.

    Raises:
        ValueError: a value that no brief takes.
    """
    try:
        return Objectives.model_validate({**carried.objectives, "quality": carried.quality})
    except ValidationError as error:
        detail = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}") from None
