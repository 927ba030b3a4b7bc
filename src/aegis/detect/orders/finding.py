"""Orders to the model anywhere in a text: in the open, inside a document, or under a disguise."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from aegis.detect.orders.disguises import disguised
from aegis.detect.orders.features import features
from aegis.detect.orders.weights import Weights, learned, weigh


@dataclass(frozen=True, slots=True)
class Order:
    """A stretch that sounds like an order to the model; `end` is exclusive.

    `odds` are the log odds of the weights, `because` the words that spoke most for it, `disguise`
    what was taken off to read it.
    """

    start: int
    end: int
    sort: str
    odds: float
    strong: bool
    because: tuple[str, ...]
    disguise: str = ""


_CUT = re.compile(r"(?<=[.!?…。！？;])[\s\"'»”)]+|\n+|(?<=[。！？])|<!--|-->|</?\w+[^>]*>")
SHORT, LONG = 90, 420
"""Characters from which sentences are weighed as one window: alone or with a neighbour, and as a paragraph."""


def find_orders(text: str, weights: Weights | None = None) -> tuple[Order, ...]:
    """The stretches that sound like orders to the model, the likeliest first."""
    weights = weights or learned()
    found = [*_in(text, weights, 0)]
    for under in disguised(text):
        inside = max(_in(under.text, weights, _HIDDEN), key=lambda o: o.odds, default=None)
        if inside:
            found.append(
                Order(
                    under.start,
                    under.end,
                    inside.sort,
                    inside.odds,
                    inside.strong,
                    inside.because,
                    under.disguise,
                )
            )
    return tuple(sorted(found, key=lambda order: -order.odds))


_HIDDEN = 1.0
"""Log odds that a disguise adds: nobody spells apart or encodes an ordinary request."""


def windows(text: str) -> tuple[tuple[int, int], ...]:
    """The whole text where it is short; sentences, and paragraphs that overlap, where it is long."""
    if len(text) <= LONG:
        cuts = _grouped(text, SHORT) if len(text) > 2 * SHORT else []
        return tuple(dict.fromkeys([(0, len(text)), *cuts]))
    return tuple(dict.fromkeys([*_grouped(text, LONG), *_grouped(text, SHORT)]))


def _grouped(text: str, least: int) -> list[tuple[int, int]]:
    """Neighbouring sentences that together have so many characters; every other one begins a window."""
    starts = _starts(text)
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(starts) - 1:
        end = at + 1
        while end < len(starts) - 1 and starts[end] - starts[at] < least:
            end += 1
        spans.append((starts[at], starts[end]))
        if end == len(starts) - 1:
            break
        at = max(at + 1, (at + end) // 2)
    return spans


_WIDEST = 300


def _starts(text: str) -> list[int]:
    """Where sentences begin, and the end; what has no end for long is cut at a blank."""
    cuts = [0, *(m.end() for m in _CUT.finditer(text)), len(text)]
    found = [0]
    for cut in sorted(set(cuts))[1:]:
        while cut - found[-1] > _WIDEST:
            blank = text.rfind(" ", found[-1] + 1, found[-1] + _WIDEST)
            found.append(blank + 1 if blank > found[-1] else found[-1] + _WIDEST)
        if cut > found[-1]:
            found.append(cut)
    return found


def _in(text: str, weights: Weights, hidden: float) -> list[Order]:
    spans = windows(text)
    if not spans or not text.strip():
        return []
    weighed = weigh(features(text), weights)
    starts, ends = (np.array(side, dtype=np.intp) for side in zip(*spans, strict=True))
    odds = weighed.odds(starts, ends) + hidden
    return [
        Order(
            *spans[at], weighed.sort(*spans[at]), float(odds[at]), bool(odds[at] >= weights.strong),
            weighed.because(*spans[at]),
        )
        for at in np.flatnonzero(odds >= weights.weak)
    ]  # fmt: skip
