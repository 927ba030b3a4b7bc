"""Faults between a gateway and its backend, as data; which requests they hit is fixed by a seed."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["error", "slow", "stuck", "cut", "garbled", "say"]
Garble = Literal["not-json", "no-choices", "empty", "half"]
GARBLES: tuple[Garble, ...] = ("not-json", "no-choices", "empty", "half")
Track = Literal["stable", "canary"]
_BLOCK = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to a share of the requests that reach the backend.

    `error` answers with `status`; `slow` passes the request on after `delay_s`; `stuck` takes it
    and sends nothing; `cut` sends half of the backend's answer and drops the connection;
    `garbled` answers with something that is no answer, each kind in turn; `say` answers with
    one of `texts`, in turn, in pieces of a few characters and reports `tokens` of it.
    """

    kind: Kind
    does: str
    share: float = 1.0
    tracks: tuple[Track, ...] = ("stable", "canary")
    status: int = 503
    delay_s: float = 0.0
    texts: tuple[str, ...] = ()
    tokens: int | None = None

    def hits(self, number: int, seed: int) -> bool:
        """Whether the request of this number is hit: as many of each twenty as the share says.

        Which of the twenty follows from the seed, so that no kind of request is always spared.

        >>> sum(Fault(kind="error", does="", share=0.25).hits(n, seed=7) for n in range(100))
        25
        """
        block, place = divmod(number, _BLOCK)
        before, after = (math.floor(n * _BLOCK * self.share + 1e-9) for n in (block, block + 1))
        rng = random.Random(f"{seed}:{block}")  # noqa: S311  # places of a fault, no secret
        return place in rng.sample(range(_BLOCK), after - before)


def garble_of(number: int) -> Garble:
    """The kind of nonsense that the request of this number gets."""
    return GARBLES[number % len(GARBLES)]
