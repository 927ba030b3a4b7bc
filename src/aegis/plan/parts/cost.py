"""What it costs: from dated prices or the user's own, with what is excluded; never a default."""

from __future__ import annotations

from aegis.base.number import Estimate, Fact, Source
from aegis.base.prose import name
from aegis.catalog.loader import prices
from aegis.catalog.types import Price, PriceList
from aegis.plan.case import Case
from aegis.plan.parts.voice import voice_of
from aegis.plan.types import Cost, CostLine

_HOURS = 730.0
_MONTH_S = 730.0 * 3600
_EXCLUDES = (
    "egress",
    "storage",
    "load balancers",
    "support",
    "tax",
    "people",
    "development and staging",
)
_CONTROLS = (
    "a budget with alarms at half, at most and at all of it, read by the person who pays",
    "quotas by environment: development cannot buy what production needs",
    "a ceiling on replicas is a ceiling on spending; raising it is a reviewed change",
)


def cost(case: Case) -> Cost:
    """The monthly estimate, as a range, or why there is none and what to do."""
    _budget(case)
    if case.managed:
        return _managed(case)
    if case.on_device:
        return _unpriced(
            case,
            "the devices are their owners'; what costs is the update channel and the test rack, priced by you",
        )
    capacity = case.capacity
    if capacity is not None and capacity.shape == "job" and capacity.replicas:
        return _unpriced(
            case,
            "a run takes {capacity.devices} for up to {batch.deadline}: multiply by your price of an hour of theirs and "
            "by the runs of a month",
        )
    if capacity is None or capacity.replicas == 0 or not capacity.accelerator_name:
        return _unpriced(
            case,
            "capacity is not known yet, so nothing can be priced: measure one replica first (`aegis bench`)",
        )
    return _accelerators(case)


def _controls(case: Case) -> tuple[str, ...]:
    extra = []
    if case.is_llm:
        extra.append(
            "limits on tokens and cost by caller at the gateway; the longest answer is bounded"
        )
    if case.kind == "agent":
        extra.append("limits on steps and money per task: a loop ends before the budget does")
    if case.numbers.all().get("budget.month"):
        extra.append(
            "the budget of {budget.month:plain} a month is an input of this plan; `aegis plan` says when it does not fit"
        )
    return (*(voice_of(case).cost or _CONTROLS), *extra)


def _budget(case: Case) -> None:
    if case.brief.budget.monthly_usd:
        case.numbers.given(
            "budget.month", case.brief.budget.monthly_usd, "USD", "budget.monthly_usd"
        )


def _unpriced(case: Case, why: str) -> Cost:
    return Cost(
        lines=(CostLine(name="serving", amount=None, basis=why),),
        total=None,
        excludes=_EXCLUDES,
        unpriced=why,
        controls=_controls(case),
    )


def _matching(case: Case) -> list[tuple[PriceList, Price]]:
    """Dated prices of the chosen device, in the regions that the brief names where it names any."""
    capacity = case.capacity
    wanted = case.brief.budget.price_kind
    found = [
        (entry, price)
        for entry in prices()
        for price in entry.prices
        if price.per == "hour"
        and capacity
        and (
            price.sku == capacity.instance
            if capacity.instance
            else price.accelerator == capacity.accelerator
        )
        and price.kind == wanted
        and price.currency == "USD"
    ]
    clouds = case.brief.placement.clouds
    if not clouds:
        return found
    providers = {c.provider for c in clouds}
    regions = {r for c in clouds for r in c.regions}
    mine = [(e, p) for e, p in found if _provider(p) in providers]
    exact = [(e, p) for e, p in mine if p.region in regions]
    return exact or mine


def _each(case: Case, price: Price) -> float:
    """Price of one device; of the whole instance where that was measured or has no accelerator."""
    whole = case.capacity is not None and bool(case.capacity.instance)
    return price.amount if whole else price.amount / max(1, price.accelerators)


def _unnamed(case: Case) -> str:
    """What the range means where a processor was measured and no instance type was named."""
    capacity = case.capacity
    if capacity is None or capacity.shape != "instances" or capacity.instance:
        return ""
    return (
        "; from the smallest to the largest priced instance with this processor, because `model.measurements` names "
        "no instance type"
    )


def _provider(price: Price) -> str:
    return price.provider.lower()


def _accelerators(case: Case) -> Cost:
    capacity = case.capacity
    if capacity is None:  # the caller checked; keeps the type checker and a reader at ease
        raise AssertionError
    own = case.brief.budget.accelerator_usd_per_hour
    devices = capacity.numbers["devices"]
    if own:
        low = high = middle = own
        source = case.numbers.given(
            "price.hour", own, "USD per device hour", "budget.accelerator_usd_per_hour"
        )
        basis = "your own price (`budget.accelerator_usd_per_hour`)"
    elif case.where in {"on-premises", "air-gapped"} or (
        case.brief.placement.accelerators and not case.brief.placement.clouds
    ):
        return _unpriced(
            case,
            "the machines are yours: give `budget.accelerator_usd_per_hour` (depreciation, power, space) and it is priced",
        )
    else:
        found = _matching(case)
        if not found:
            return _unpriced(
                case,
                f"no dated price for {name(capacity.accelerator_name or capacity.accelerator or '')} where the brief places it; give "
                "`budget.accelerator_usd_per_hour`, or ask the provider for a quotation",
            )
        each = sorted(_each(case, p) for _, p in found)
        low, high, middle = each[0], each[-1], each[len(each) // 2]
        source, basis = _price_fact(case, found, middle)
    count = case.numbers.all()[devices]
    fewest, most = (
        (count.low, count.high) if isinstance(count, Estimate) else (count.value, count.value)
    )
    month = case.numbers.add(
        "cost.month",
        Estimate(
            value=count.value * middle * _HOURS,
            low=fewest * low * _HOURS,
            high=most * high * _HOURS,
            unit="USD a month",
            formula="devices × price per device hour × 730 h",
            inputs=(devices, source),
            basis="lowest to highest dated price that matches, times fewest to most devices",
            measure="the first bill",
        ),
    )
    units = _unit_costs(case, month)
    return Cost(
        lines=(
            CostLine(name=f"{capacity.shape} in production, all hours", amount=month, basis=basis),
            CostLine(
                name="development and staging",
                amount=None,
                basis="one small replica each, stopped at night; priced after the first month",
            ),
            CostLine(
                name="gateway, monitoring, storage",
                amount=None,
                basis="not priced: small beside what serves, and yours to quote",
            ),
        ),
        total=month,
        excludes=_EXCLUDES,
        controls=_controls(case),
        unit_costs=units,
    )


def _price_fact(case: Case, found: list[tuple[PriceList, Price]], middle: float) -> tuple[str, str]:
    entry, price = min(found, key=lambda pair: abs(_each(case, pair[1]) - middle))
    cited = entry.sources[price.source]
    case.numbers.add(
        "price.hour",
        Fact(
            value=middle,
            unit="USD per device hour",
            source=Source(
                title=f"{cited.title}: {price.provider} {price.sku}, {price.region}, {price.kind.replace('_', ' ')}",
                locator=f"{cited.locator}, prices as of {price.as_of.isoformat()}",
                retrieved=cited.retrieved,
            ),
        ),
    )
    providers = sorted({p.provider for _, p in found})
    dates = sorted({p.as_of.isoformat() for _, p in found})
    return (
        "price.hour",
        f"{name(price.kind.replace('_', ' '))}, {name(', '.join(providers))}, prices of {name(dates[0])}"
        + (f" to {name(dates[-1])}" if len(dates) > 1 else "")
        + ", examples and no offers"
        + _unnamed(case),
    )


def _unit_costs(case: Case, month: str) -> tuple[str, ...]:
    if "traffic.mean" not in case.numbers:
        return ()
    total = case.numbers.all()[month]
    if not isinstance(total, Estimate):
        return ()
    requests = case.numbers.value("traffic.mean") * _MONTH_S
    ids = [
        case.numbers.add(
            "cost.thousand_requests",
            Estimate(
                value=1000 * total.value / requests, low=1000 * total.low / requests, high=1000 * total.high / requests,
                unit="USD per thousand requests", formula="month ÷ mean requests of a month × 1,000",
                inputs=(month, "traffic.mean"), basis=total.basis, measure="the first bill",
            ),
        )
    ]  # fmt: skip
    if "tokens.output.mean" in case.numbers:
        tokens = requests * case.numbers.value("tokens.output.mean") / 1e6
        ids.append(
            case.numbers.add(
                "cost.million_output_tokens",
                Estimate(
                    value=total.value / tokens, low=total.low / tokens, high=total.high / tokens,
                    unit="USD per million output tokens", formula="month ÷ mean output tokens of a month",
                    inputs=(month, "traffic.mean", "tokens.output.mean"), basis=total.basis, measure="the first bill",
                ),
            )
        )  # fmt: skip
    return tuple(ids)


def _managed(case: Case) -> Cost:
    model = case.brief.model.reference if case.brief.model else ""
    rows = [
        (entry, price)
        for entry in prices()
        for price in entry.prices
        if price.sku.lower() == model.lower() and price.per != "hour" and price.currency == "USD"
    ]
    by_kind: dict[str, tuple[PriceList, Price]] = {
        price.per: (entry, price) for entry, price in reversed(rows)
    }
    if (
        not {"million_input_tokens", "million_output_tokens"} <= set(by_kind)
        or "tokens.input.mean" not in case.numbers
    ):
        return _unpriced(
            case,
            "no dated price for this model's tokens is in the catalog; read the vendor's price page and keep the date",
        )
    requests = case.numbers.value("traffic.mean") * _MONTH_S
    amounts = {}
    for which, per in (("input", "million_input_tokens"), ("output", "million_output_tokens")):
        entry, price = by_kind[per]
        cited = entry.sources[price.source]
        case.numbers.add(
            f"price.{which}",
            Fact(
                value=price.amount,
                unit=f"USD per million {which} tokens",
                source=Source(
                    title=f"{cited.title}: {price.provider} {price.sku}",
                    locator=f"{cited.locator}, prices as of {price.as_of.isoformat()}",
                    retrieved=cited.retrieved,
                ),
            ),
        )
        amounts[which] = requests * case.numbers.value(f"tokens.{which}.mean") / 1e6 * price.amount
    value = sum(amounts.values())
    month = case.numbers.add(
        "cost.month",
        Estimate(
            value=value, low=0.7 * value, high=1.5 * value, unit="USD a month",
            formula="mean requests of a month × tokens × price per token",
            inputs=("traffic.mean", "tokens.input.mean", "tokens.output.mean", "price.input", "price.output"),
            basis="three tenths less to half more, because lengths and mean traffic are uncertain",
            measure="the first invoice",
        ),
    )  # fmt: skip
    return Cost(
        lines=(
            CostLine(
                name="tokens",
                amount=month,
                basis="dated list prices; cached input and batch discounts are not counted",
            ),
        ),
        total=month,
        excludes=("gateway", "monitoring", "support", "tax", "people"),
        controls=_controls(case),
        unit_costs=_unit_costs(case, month),
    )
