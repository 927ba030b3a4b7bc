"""Stated fields become the data of a brief, and what the brief has no place for becomes a note."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aegis.advisor.lexicon import region_meanwhile, stand_ins
from aegis.advisor.understanding import Stated, Understood
from aegis.brief.positions import Plain
from aegis.brief.schema import DEVICE_KINDS, LLM_KINDS

Data = Mapping[str, Plain]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A brief under way: its data, who said what, and where the next release should go.

    `stated` keeps the latest statement of each field; `purpose` is the first sentence that a
    person wrote.
    """

    stated: Mapping[str, Stated]
    answered: Data
    purpose: str = ""

    def value(self, field: str) -> Plain:
        """What was stated for a field; None when nothing was."""
        found = self.stated.get(field)
        return found.value if found else None

    @property
    def kind(self) -> str:
        """The kind of workload, or an empty string."""
        return str(self.value("workload.kind") or self.answered.get("workload.kind") or "")


EMPTY = Draft(stated={}, answered={})


def extended(draft: Draft, understood: Understood) -> Draft:
    """The draft with what was just said; a later statement replaces an earlier one."""
    stated = {**draft.stated}
    clouds = any(s.field.startswith("placement.clouds") for s in understood.stated)
    chips = any(s.field.startswith("placement.accelerators") for s in understood.stated)
    renamed = any(s.field in {"model.reference", "model.parameters_b"} for s in understood.stated)
    for field in list(stated):
        gone = (clouds and field.startswith("placement.clouds")) or (
            chips and field.startswith("placement.accelerators")
        )
        gone = gone or (
            renamed and field in {"model.reference", "model.parameters_b", "model.source"}
        )
        if gone:
            stated.pop(field)
    for each in understood.stated:
        if each.field == "workload.kind" and each.note and "workload.kind" in stated:
            continue  # derived from a size; what was said in words stands
        if each.field in _GATHERED and each.field in stated:
            each = _joined(stated[each.field], each)  # noqa: PLW2901
        stated[each.field] = each
    return Draft(
        stated=stated,
        answered=draft.answered,
        purpose=draft.purpose or _purpose(understood.said),
    )


_GATHERED = frozenset(
    {"data.classes", "frameworks", "jurisdictions", "impact.areas", "team.observability"}
)


def _joined(before: Stated, now: Stated) -> Stated:
    """Lists grow: what was said of the data yesterday is true today."""
    first = before.value if isinstance(before.value, list) else []
    second = now.value if isinstance(now.value, list) else []
    if "none" in second:
        return now
    values = list(dict.fromkeys([*(v for v in first if v != "none"), *second]))
    return Stated(field=now.field, value=values, start=now.start, end=now.end, words=now.words)


def _purpose(said: str) -> str:
    first = re.split(r"(?<=[.!?])\s|\n", said.strip(), maxsplit=1)[0].strip()
    return first[:380] if len(first) >= 3 else ""


_NAMES = {
    "chat": "assistant", "completion": "code-completion", "rag": "document-answers", "agent": "agent",
    "embedding": "embedding", "reranking": "reranking", "prediction": "prediction",
    "ranking": "ranking", "vision": "vision", "speech": "speech", "batch": "batch-scoring",
    "on-device": "on-device-model", "robotics": "robot-model",
}  # fmt: skip
_ELSEWHERE = frozenset({
    "goal.environment", "objectives.latency_p50_ms", "evaluation", "evaluation.items",
    "budget.other_currency", "users.count", "users.external",
})  # fmt: skip


def brief_data(draft: Draft) -> dict[str, Plain]:
    """The data of a brief as `read_brief` accepts it, but for what `missing` names."""
    data: dict[str, Plain] = {
        "version": 1,
        "name": _NAMES.get(draft.kind, "service"),
        "purpose": draft.purpose or "said in a conversation",
    }
    for field, stated in draft.stated.items():
        if field not in _ELSEWHERE and not field.startswith(
            ("placement.clouds", "placement.accelerators")
        ):
            put(data, field, stated.value)
    _users(data, draft)
    _model(data, draft)
    _evaluation(data, draft)
    _placement(data, draft)
    _trim(data, draft)
    for field, value in draft.answered.items():
        put(data, field, value)
    return data


def put(data: dict[str, Plain], field: str, value: Plain) -> None:
    """Sets a value at a dotted path."""
    *parents, last = field.split(".")
    for parent in parents:
        inner = data.setdefault(parent, {})
        if not isinstance(inner, dict):
            return
        data = inner
    data[last] = copy.deepcopy(value)


def _users(data: dict[str, Plain], draft: Draft) -> None:
    count, external = draft.stated.get("users.count"), draft.value("users.external")
    if count is None and external is None:
        return
    who = "people of your own company" if external is False else "people outside your company"
    if count is not None:
        words = re.sub(r"^[\W\d.,]*[kKmM]?\b\s*", "", count.words).strip() or who
        who = re.sub(r"^(?:of them|million|thousand|hundred)\s*", "", words) or who
    users: dict[str, Plain] = {"who": who}
    if count is not None:
        users["count"] = count.value
    if external is not None:
        users["external"] = external
    data["users"] = users


def _model(data: dict[str, Plain], draft: Draft) -> None:
    model = data.get("model")
    if not isinstance(model, dict):
        return
    if "reference" not in model:
        size = model.get("parameters_b")
        replacement = (
            stand_in(float(size))
            if isinstance(size, int | float) and draft.kind in LLM_KINDS
            else None
        )
        if replacement is not None:
            model["reference"] = replacement
            del model["parameters_b"]
        elif isinstance(size, int | float):
            model["reference"] = f"a model of {size:g}B parameters, not named yet"
        elif model.get("format"):
            model["reference"] = f"your {model['format']} model"
            model["source"] = "own"
        else:
            data.pop("model")
    elif "/" in str(model["reference"]):
        model.pop("parameters_b", None)
    if model.get("source") == "managed-api":
        model["format"] = "api"


def stand_in(size_b: float) -> str | None:
    """The open model that is sized for «an 8B model»; None when none is near enough."""
    nearest = min(stand_ins(), key=lambda known: abs(known - size_b) / known)
    return stand_ins()[nearest] if abs(nearest - size_b) / nearest <= 0.2 else None


def stands_in(draft: Draft) -> str | None:
    """The model that was put in place of a bare size, if one was."""
    size = draft.value("model.parameters_b")
    named = draft.value("model.reference") or draft.answered.get("model.reference")
    if named or not isinstance(size, int | float) or draft.kind not in LLM_KINDS:
        return None
    return stand_in(float(size))


def _evaluation(data: dict[str, Plain], draft: Draft) -> None:
    if draft.value("evaluation") == "no":
        data["evaluation"] = []


def _placement(data: dict[str, Plain], draft: Draft) -> None:
    clouds: list[Plain] = []
    for at in range(8):
        provider = draft.value(f"placement.clouds.{at}.provider")
        if provider is None:
            break
        regions = draft.value(f"placement.clouds.{at}.regions") or [_region(draft, str(provider))]
        clouds.append({"provider": provider, "regions": regions})
    placement: dict[str, Plain] = {}
    where = draft.value("placement.where")
    if draft.kind in DEVICE_KINDS:
        where = "edge"
    if clouds and where in {None, "cloud", "hybrid", "multi-cloud", "sovereign"}:
        placement["clouds"] = clouds
        placement["where"] = where or ("multi-cloud" if len(clouds) > 1 else "cloud")
    elif where is not None:
        placement["where"] = where
    chip, count = (
        draft.value("placement.accelerators.0.id"),
        draft.value("placement.accelerators.0.count"),
    )
    if chip is not None and count is not None:
        placement["accelerators"] = [
            {"id": chip, "count": count, "per_node": min(int(str(count)), 8)}
        ]
    if placement:
        data["placement"] = placement


def _region(draft: Draft, provider: str) -> str:
    """What stands for a region that nobody named."""
    laws = draft.value("jurisdictions")
    return region_meanwhile(provider, european=isinstance(laws, list) and "eu" in laws)


def region_taken(draft: Draft) -> str | None:
    """The region that was taken because none was named, if so."""
    provider = draft.value("placement.clouds.0.provider")
    if provider is None or draft.value("placement.clouds.0.regions"):
        return None
    return _region(draft, str(provider))


def _trim(data: dict[str, Plain], draft: Draft) -> None:
    """Parts of another kind of workload go: a brief does not carry what its kind has no use for."""
    workload = data.get("workload")
    if not isinstance(workload, dict):
        return
    kind = draft.kind
    if kind != "batch":
        workload.pop("batch", None)
    if kind not in DEVICE_KINDS:
        workload.pop("device", None)
    elif latency := draft.value("objectives.latency_p95_ms"):
        put(data, "workload.device.latency_ms", latency)
    if kind in DEVICE_KINDS and draft.value("placement.where") == "air-gapped":
        put(data, "workload.device.offline", value=True)
    if draft.value("impact.areas"):
        put(data, "impact.level", "high")


_NEEDED = {
    "batch": ("workload.batch.items", "workload.batch.deadline_hours"),
    "on-device": ("workload.device.device",),
    "robotics": ("workload.device.device",),
}


def missing(draft: Draft) -> tuple[str, ...]:
    """Fields without which there is no brief at all."""
    if not draft.kind:
        return ("workload.kind",)
    known = {**draft.stated, **draft.answered}
    return tuple(field for field in _NEEDED.get(draft.kind, ()) if field not in known)
