"""Service level objectives: to and from OpenSLO, what they mean at real traffic, and their scores."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.base.model import Frozen
from aegis.base.number import show
from aegis.base.say import say
from aegis.base.verdict import Verdict
from aegis.brief.schema import Objectives
from aegis.monitor.metrics import score_exposition
from aegis.monitor.openslo import carry_over, objectives_of
from aegis.monitor.paging import minutes_to_page, page_pairs
from aegis.monitor.quality import Measured, Sample, Sli, measure
from aegis.operations.planning import decide, load_plan, to_text
from aegis.plan.types import Objective, Plan
from aegis.render.observability.indicator import budget, indicator
from aegis.render.observability.openslo import openslo

_OUTAGE = 0.1
_PROBE_PER_MINUTE = 5.0
_HELPS = 0.7  # of the time without a probe


class SloError(ValueError):
    """Something to put right in the call, in words for people."""


class SloRow(Frozen):
    """One objective, and what its alert does at the traffic of the brief."""

    id: str
    name: str
    sli: str
    target: str
    window: str
    note: str = Field(default="", description="at which bucket edge it is measured")
    outage_percent: float = Field(
        default=10, description="share of bad events in the outage that the next field is about"
    )
    minutes_to_page: float | None = Field(default=None, description="median, at mean traffic")
    with_probe: float | None = Field(
        default=None, description="the same with a probe of 5 requests a minute, where that helps"
    )


class SloList(Frozen):
    """The objectives of a plan."""

    service: str
    plan: str
    mean_per_minute: float | None
    objectives: tuple[SloRow, ...]


class SloImport(Frozen):
    """Objectives of a brief, out of OpenSLO."""

    path: str
    objectives: Objectives
    not_carried: tuple[str, ...]


class SloMeasure(Frozen):
    """A quality indicator with its interval, and its verdict where a threshold was given."""

    path: str
    measured: Measured
    threshold: float | None
    better: str
    verdict: Verdict
    problems: tuple[str, ...] = ()


def plan_of(path: Path, *, today: datetime.date) -> Plan:
    """The plan of a lock file, or of a brief.

    Raises:
        SloError: it is neither.
    """
    try:
        if path.suffix == ".json":
            return load_plan(path)
        result = decide(path.read_text("utf-8"), path=str(path), today=today)
    except (OSError, ValueError) as error:
        raise SloError(f"{path}: no plan: {str(error).splitlines()[0]}") from None
    if result.plan is None:
        raise SloError(f"{path} gives no plan; `aegis plan {path}` says why")
    return result.plan


def export_openslo(plan: Plan) -> str:
    """The objectives of a plan as OpenSLO v1."""
    return to_text(Artifact(path="openslo.yaml", content=openslo(plan), because=(), documents=True))


def list_slos(plan: Plan) -> SloList:
    """Every objective, in words and figures."""
    mean = plan.numbers.get("traffic.mean")
    per_minute = 60 * mean.value if mean else None
    rows = tuple(_row(plan, objective, per_minute) for objective in plan.objectives)
    return SloList(
        service=plan.service,
        plan=plan.id,
        mean_per_minute=per_minute,
        objectives=rows,
    )


def _row(plan: Plan, objective: Objective, per_minute: float | None) -> SloRow:
    counted = indicator(plan, objective) if objective.alerting == "burn-rate" else None
    outage, minutes, with_probe = _OUTAGE, None, None
    if counted and per_minute and objective.metric in names.GATEWAY_METRICS:
        tolerated = budget(plan, objective)
        pairs = page_pairs(
            plan.burn_windows,
            budget=tolerated,
            period_days=plan.numbers[objective.window_days].value,
        )
        outage = _OUTAGE if min(pair.limit for pair in pairs) < _OUTAGE / 2 else 1.0
        minutes, probed = (
            minutes_to_page(pairs, budget=tolerated, per_minute=rate, outage=outage, runs=100)
            for rate in (per_minute, per_minute + _PROBE_PER_MINUTE)
        )
        with_probe = probed if probed < _HELPS * minutes else None
    return SloRow(
        id=objective.id,
        name=objective.name,
        sli=say(objective.sli, plan.numbers),
        target=show(plan.numbers[objective.target]),
        window=show(plan.numbers[objective.window_days]),
        note=counted.note if counted else "",
        outage_percent=100 * outage,
        minutes_to_page=minutes if minutes is not None and math.isfinite(minutes) else None,
        with_probe=with_probe,
    )


def import_openslo(path: Path) -> SloImport:
    """The objectives of a brief that an OpenSLO file states, and what could not be carried over.

    Raises:
        SloError: the file is no OpenSLO v1, or states a value that no brief takes.
    """
    try:
        loaded = [d for d in yaml.safe_load_all(path.read_text("utf-8")) if d is not None]
        documents = json.loads(json.dumps(loaded, default=str))  # dates as text
        carried = carry_over(documents, path=str(path))
        objectives = objectives_of(carried)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise SloError(f"{path}{line}: not YAML: {getattr(error, 'problem', error)}") from None
    except (OSError, ValueError) as error:
        raise SloError(str(error)) from None
    if not documents:
        raise SloError(f"{path} holds no document")
    return SloImport(path=str(path), objectives=objectives, not_carried=carried.left)


def objectives_yaml(result: SloImport) -> str:
    """The block of a brief, with what was left behind as comments."""
    data = {"objectives": result.objectives.model_dump(mode="json", exclude_defaults=True)}
    left = "".join(f"# not carried over: {' '.join(line.split())}\n" for line in result.not_carried)
    return f"{yaml.safe_dump(data, sort_keys=False, allow_unicode=True)}{left}"


def measure_samples(
    path: Path,
    sli: Sli,
    *,
    threshold: float | None = None,
    better: str = "higher",
    metrics: Path | None = None,
    labels: Mapping[str, str] | None = None,
) -> SloMeasure:
    """A quality indicator over a file of samples; written as metrics where asked.

    Raises:
        SloError: the file cannot be read.
    """
    problems: list[str] = []
    samples = list(_samples(path, problems))
    found = measure(sli, samples)
    if metrics is not None:
        text = "# inconclusive: nothing was measured\n"
        if found.value is not None:
            text = score_exposition(found.low, found.value, found.high, labels or {})
        metrics.write_text(text, "utf-8")
    return SloMeasure(
        path=str(path),
        measured=found,
        threshold=threshold,
        better=better,
        verdict=Verdict.INCONCLUSIVE
        if found.value is None
        else Verdict.PASSED
        if threshold is None
        else found.verdict(threshold, better=better),
        problems=tuple(problems),
    )


def _samples(path: Path, problems: list[str]) -> Iterator[Sample]:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise SloError(f"{path}: {error.strerror}") from None
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            sample = Sample.model_validate(json.loads(line))
        except ValidationError as error:
            detail = error.errors()[0]
            place = ".".join(map(str, detail["loc"])) or "the sample"
            problems.append(f"{path}:{number}: {place}: {detail['msg']}")
            continue
        except ValueError:
            problems.append(f"{path}:{number}: not JSON")
            continue
        if sample.id and sample.id in seen:
            problems.append(
                f"{path}:{number}: sample `{sample.id}` is there twice; the first counts"
            )
            continue
        seen.add(sample.id)
        yield sample
