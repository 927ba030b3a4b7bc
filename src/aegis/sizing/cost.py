"""What a fleet costs: a hour, a month, a million output tokens, a request; always as a range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aegis.sizing.prices import HOURS_A_MONTH, Offer
from aegis.sizing.simulated import Band

SECONDS_A_MONTH = HOURS_A_MONTH * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """USD. Bounds: from the fewest to the most replicas that the interval of the rate asks for.

    What depends on traffic is given at the peak, and at the mean where it is known: at the mean
    the same fleet answers fewer requests.
    """

    offer: Offer
    per_hour: Band
    per_month: Band
    per_million_output_peak: Band
    per_million_output_mean: Band | None
    per_request_peak: Band
    per_request_mean: Band | None
    lowest_offer: float
    highest_offer: float
    offers: int


def cheapest(offers: Sequence[Offer], devices: int) -> Offer | None:
    """The offer under which so many devices cost least, whole instances counted."""
    return min(offers, key=lambda o: (o.cost_per_hour(devices), o.devices), default=None)


def cost(
    offers: Sequence[Offer],
    devices: tuple[int, int, int],
    *,
    peak_rps: float,
    mean_rps: float | None,
    output_tokens: float,
) -> Cost | None:
    """Cost of the fleet with its spare; `devices` are the fewest, the expected, the most.

    None without an offer: a price is never assumed.
    """
    offer = cheapest(offers, devices[1])
    if offer is None:
        return None
    low, value, high = (offer.cost_per_hour(count) for count in devices)
    hour = Band(value=value, low=low, high=high)
    per_device = [o.usd_per_hour / o.devices for o in offers]
    peak = _scaled(hour, 1 / (3600 * peak_rps))
    mean = None if not mean_rps else _scaled(hour, 1 / (3600 * mean_rps))
    million = 1e6 / output_tokens
    return Cost(
        offer=offer,
        per_hour=hour,
        per_month=_scaled(hour, HOURS_A_MONTH),
        per_million_output_peak=_scaled(peak, million),
        per_million_output_mean=None if mean is None else _scaled(mean, million),
        per_request_peak=peak,
        per_request_mean=mean,
        lowest_offer=min(per_device),
        highest_offer=max(per_device),
        offers=len(per_device),
    )


def _scaled(band: Band, factor: float) -> Band:
    return Band(value=band.value * factor, low=band.low * factor, high=band.high * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPrice:
    """A vendor's price for a million tokens of each kind, in USD."""

    provider: str
    sku: str
    usd_per_million_input: float
    usd_per_million_output: float
    as_of: str
    source: str

    def per_request(self, input_tokens: float, output_tokens: float) -> float:
        """USD of one request of those lengths."""
        return (
            input_tokens * self.usd_per_million_input + output_tokens * self.usd_per_million_output
        ) / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A managed API beside the fleet: USD, and the mean rate from which the fleet is cheaper."""

    price: ManagedPrice
    per_request: float
    per_month: float | None
    even_at_mean_rps: float


def rival(
    price: ManagedPrice,
    *,
    input_tokens: float,
    output_tokens: float,
    mean_rps: float | None,
    fleet_per_month: float,
) -> Rival:
    """The API at the same traffic; without a mean rate only the rate of equal cost is known.

    >>> price = ManagedPrice(provider="p", sku="m", usd_per_million_input=1.0,
    ...                      usd_per_million_output=2.0, as_of="2026-11-22", source="s")
    >>> other = rival(price, input_tokens=1000, output_tokens=500, mean_rps=None,
    ...               fleet_per_month=5256.0)
    >>> round(other.per_request, 6), round(other.even_at_mean_rps, 6)
    (0.002, 1.0)
    """
    each = price.per_request(input_tokens, output_tokens)
    return Rival(
        price=price,
        per_request=each,
        per_month=None if mean_rps is None else each * mean_rps * SECONDS_A_MONTH,
        even_at_mean_rps=fleet_per_month / (each * SECONDS_A_MONTH),
    )
