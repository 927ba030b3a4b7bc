"""A changed brief is a new plan: what moved, and what other plans would cost or gain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from aegis import __version__
from aegis.advisor.blocks import Block, Table
from aegis.base.number import Number
from aegis.base.prose import name
from aegis.brief.schema import Brief
from aegis.catalog.loader import digest
from aegis.operations.results import PlanResult
from aegis.plan.choose import NoOptionError
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan
from aegis.review.plans import BLOCKS_PRODUCTION

Numbers: TypeAlias = Mapping[str, Number]
OLD = "before."
"""Prefix of the ids of the earlier plan's numbers in an answer that compares two."""


def prefixed(plan: Plan, prefix: str) -> dict[str, Number]:
    """The numbers of a plan beside those of another."""
    return {f"{prefix}{key}": number for key, number in plan.numbers.items()}


def moved(before: PlanResult, after: PlanResult) -> Block:
    """What a change moved: decisions with their reason, what blocks production, the figures that matter."""
    old, new = before.plan, after.plan
    if old is None or new is None:
        raise ValueError("two plans are compared")
    items = [
        *_blocked(before, after),
        *_decisions(old, new),
        *_statuses(old, new),
        *_figures(old, new),
    ]
    if not items:
        return Block(
            kind="changes", title="What moves", lead="Nothing moves: no decision rests on it."
        )
    return Block(kind="changes", title="What moves", items=tuple(items))


def _blocked(before: PlanResult, after: PlanResult) -> Iterator[str]:
    """What newly stands in the way of production, and what no longer does."""
    was = {f.code: f for f in before.findings if f.code in BLOCKS_PRODUCTION}
    now = {f.code: f for f in after.findings if f.code in BLOCKS_PRODUCTION}
    for code, finding in now.items():
        if code not in was:
            yield f"now **blocks production**: `{code}` `{finding.message.replace('`', '')}`"
    gone = [code for code in was if code not in now]
    if gone:
        yield f"no longer blocks production: {', '.join(f'`{code}`' for code in gone)}"


def _decisions(old: Plan, new: Plan) -> Iterator[str]:
    before = {d.id: d for d in old.decisions}
    for decision in new.decisions:
        was = before.pop(decision.id, None)
        now = " + ".join(o.name for o in decision.winners)
        if was is None:
            yield f"`{decision.id}` now arises: **{name(now)}**. {decision.reasons[0]}"
        elif was.chosen != decision.chosen:
            then = " + ".join(o.name for o in was.winners)
            yield f"`{decision.id}`: `{then}` → **{name(now)}**. {decision.reasons[0]}"
    if before:
        yield f"no longer arise: {', '.join(f'`{gone}`' for gone in before)}"


def _statuses(old: Plan, new: Plan) -> Iterator[str]:
    for field in ("complete", "promotable"):
        was, now = getattr(old, field), getattr(new, field)
        if was.holds != now.holds:
            reasons = "; ".join(now.because[:3])
            yield f"**{field}**: {'yes' if was.holds else 'no'} → {'yes' if now.holds else 'no'}{f': {reasons}' if reasons else ''}"


def _figures(old: Plan, new: Plan) -> Iterator[str]:
    for label, key in _headlines(new):
        was, now = old.numbers.get(key), new.numbers.get(key)
        if was is not None and now is not None and was != now:
            yield f"**{label}**: {{{OLD}{key}}} → {{{key}}}"
        elif was is None and now is not None:
            yield f"**{label}**: now {{{key}}}"
    if new.cost.total is None and old.cost.total is not None and new.cost.unpriced:
        yield f"**cost**: no longer priced: {new.cost.unpriced}"


def _headlines(plan: Plan) -> Iterator[tuple[str, str]]:
    yield from (("peak traffic", "traffic.peak"), ("mean traffic", "traffic.mean"))
    yield from ((label, key) for label, key in plan.capacity.numbers.items())
    if plan.cost.total:
        yield ("cost", plan.cost.total)


def cheaper(plan: Plan) -> tuple[Block, Numbers]:
    """Other briefs that cost less, each planned: what one would pay, and what one gives up."""
    brief = plan.brief
    options: list[tuple[str, str, Brief]] = []
    if brief.budget.price_kind == "on_demand":
        options += [
            ("a reserved price of one year", "a commitment that outlives a change of model", _with(brief, "budget", price_kind="reserved_1y")),
            ("spot capacity", "devices may be taken away: only with a spare, and never for the whole fleet", _with(brief, "budget", price_kind="spot")),
        ]  # fmt: skip
    if (
        plan.chosen("run-where") != "managed-api"
        and brief.placement.managed_api_allowed is not False
    ):
        options.append(("a vendor's model API", "prompts leave your walls, and the vendor's calendar is yours",
                        _with(brief, "placement", managed_api_allowed=True)))  # fmt: skip
    ttft = brief.objectives.ttft_p95_ms
    if ttft:
        options.append(("twice the time to first token", "users wait longer for the first word",
                        _with(brief, "objectives", ttft_p95_ms=ttft * 2)))  # fmt: skip
    if brief.model and brief.model.smaller_model:
        smaller = brief.model.model_copy(
            update={"reference": brief.model.smaller_model, "revision": None, "digest": None}
        )
        options.append(
            (
                "the smaller model that you would accept",
                "quality must be evaluated again",
                brief.model_copy(update={"model": smaller}),
            )
        )
    return _planned("Cheaper", plan, options)


def faster(plan: Plan) -> tuple[Block, Numbers]:
    """Tighter objectives, each planned: what they would cost."""
    brief, numbers = plan.brief, plan.numbers
    options: list[tuple[str, str, Brief]] = []
    for label, field, key in (("half the time to first token", "ttft_p95_ms", "slo.ttft"),
                              ("half the time per token", "tpot_p95_ms", "slo.tpot"),
                              ("half the latency", "latency_p95_ms", "slo.latency")):  # fmt: skip
        known = getattr(brief.objectives, field) or (numbers[key].value if key in numbers else None)
        if known:
            options.append(
                (
                    label,
                    "more replicas, or a faster device",
                    _with(brief, "objectives", **{field: known / 2}),
                )
            )
    return _planned("Faster", plan, options)


def _with(brief: Brief, part: str, **values: object) -> Brief:
    inner = getattr(brief, part).model_copy(update=values)
    return brief.model_copy(update={part: inner})


def _planned(
    title: str, plan: Plan, options: Sequence[tuple[str, str, Brief]]
) -> tuple[Block, Numbers]:
    """The options that change what is paid or bought, as a table; the others in one sentence.

    With the numbers of the plans in the table, each under a prefix of its own.
    """
    versions = Versions(catalog_sha256=digest(), aegis_version=__version__)
    rows = [("as planned", _cost(plan, ""), _size(plan, ""), "nothing changes")]
    idle: list[str] = []
    numbers: dict[str, Number] = {}
    for label, price, brief in options:
        try:
            other = make_plan(brief, versions)
        except NoOptionError:
            idle.append(f"{label} (no option is left)")
            continue
        if _priced(other) is None and _priced(plan) is not None:
            idle.append(f"{label} (no dated price is known)")
        elif _priced(other) == _priced(plan) and other.capacity == plan.capacity:
            idle.append(f"{label} (nothing moves)")
        else:
            prefix = f"option{len(rows) - 1}."
            numbers |= prefixed(other, prefix)
            rows.append((label, _cost(other, prefix), _size(other, prefix), price))
    head = ("what if", "cost", "size", "what it asks of you")
    lead = "Each row is a plan of its own, made from your brief with that one change."
    also = (f"Looked at without effect here: {', '.join(idle)}.",) if idle else ()
    table = Table(head=head, rows=tuple(rows))
    return Block(kind="changes", title=title, lead=lead, items=also, table=table), numbers


def _priced(plan: Plan) -> float | None:
    return plan.numbers[plan.cost.total].value if plan.cost.total else None


def _cost(plan: Plan, prefix: str) -> str:
    return f"{{{prefix}{plan.cost.total}}}" if plan.cost.total else "not priced"


def _size(plan: Plan, prefix: str) -> str:
    replicas = plan.capacity.numbers.get("replicas")
    device = f" of `{plan.capacity.accelerator_name}`" if plan.capacity.accelerator_name else ""
    return (
        f"{{{prefix}{replicas}}}{device}"
        if replicas
        else plan.chosen("run-where") and name(plan.chosen("run-where"))
    )
