"""What a replica keeps book of: its limits, sequences on their way, shared prefixes."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass

from aegis.sizing.arrivals import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Speculation:
    """Speculative decoding: tokens proposed per step, and tokens gained per step on average.

    `acceptance_length` counts the token that the model itself adds: at least 1, at most
    `drafts + 1`. `draft_s` is the time that proposing takes, per step.
    """

    drafts: int
    acceptance_length: float
    draft_s: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.acceptance_length <= self.drafts + 1:
            raise ValueError("the acceptance length lies between 1 and the drafts plus 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Settings of one engine; the defaults are those of vLLM's server on large devices.

    `kv_blocks` blocks of `block_tokens` tokens each. `reserve_prompt`: a prompt is admitted only
    if all of it fits into free blocks, even when its first part alone would.
    """

    kv_blocks: int
    max_sequences: int = 1024
    step_tokens: int = 8192
    block_tokens: int = 16
    prefix_cache: bool = False
    reserve_prompt: bool = True
    steps_ahead: int = 0
    speculation: Speculation | None = None

    def __post_init__(self) -> None:
        if min(self.kv_blocks, self.max_sequences, self.step_tokens, self.block_tokens) < 1:
            raise ValueError("blocks, sequences and tokens per step must be at least one")


class Sequence:
    """A request on its way; times in seconds, −1 before they are known."""

    __slots__ = (
        "cached_tokens",
        "done_step",
        "done_tokens",
        "eligible_step",
        "finish_s",
        "first_s",
        "group",
        "growth",
        "index",
        "join_step",
        "join_tokens",
        "last_s",
        "longest_gap_s",
        "output",
        "preempted",
        "read",
        "read_tokens",
        "request",
        "scheduled_s",
        "shared",
        "steps",
        "transferred",
    )

    def __init__(self, index: int, request: Request, steps: int) -> None:
        self.index = index
        self.request = request
        self.output = request.output_tokens
        self.steps = steps
        """Decode steps that the output takes after its first token."""
        self.read = request.prompt_tokens
        """Tokens to read before the next token comes out."""
        self.read_tokens = 0
        """Of these, how many are in the cache."""
        self.shared = 0
        """Of these, how many lie in blocks of a shared prefix."""
        self.group = request.group
        self.growth: float = 1
        self.join_step = -1
        self.join_tokens = 0
        self.done_step = -1
        self.done_tokens = 0
        self.eligible_step = 0
        self.transferred = False
        self.preempted = 0
        self.cached_tokens = 0
        self.scheduled_s = -1.0
        self.first_s = -1.0
        self.last_s = -1.0
        self.finish_s = -1.0
        self.longest_gap_s = 0.0


def is_stale(entry: tuple[int, int, int, Sequence]) -> bool:
    """Whether the sequence has lost its blocks since it was to be done at that step."""
    step, _, join_step, sequence = entry
    return sequence.done_step != step or sequence.join_step != join_step


class Prefixes:
    """Shared prefixes whose blocks are computed once and kept until the room is needed."""

    __slots__ = ("_idle", "_users", "blocks")

    def __init__(self) -> None:
        self.blocks = 0
        self._users: dict[int, int] = {}
        self._idle: OrderedDict[int, int] = OrderedDict()

    def __contains__(self, group: int) -> bool:
        return group in self._users or group in self._idle

    def use(self, group: int, blocks: int) -> None:
        """One more sequence reads this prefix; it is stored if it was not."""
        if group in self._idle:
            del self._idle[group]
        elif group not in self._users:
            self.blocks += blocks
        self._users[group] = self._users.get(group, 0) + 1

    def release(self, group: int, blocks: int) -> None:
        """One sequence less; the last one leaves the blocks behind, free to be taken."""
        self._users[group] -= 1
        if self._users[group] == 0:
            del self._users[group]
            self._idle[group] = blocks

    def evict(self) -> bool:
        """Give up the prefix that has been idle longest; false if none is."""
        if not self._idle:
            return False
        _, blocks = self._idle.popitem(last=False)
        self.blocks -= blocks
        return True


class Peaks:
    """The longest step since any earlier one, kept as a stack that only falls."""

    __slots__ = ("_at", "_longest")

    def __init__(self) -> None:
        self._at: list[int] = []
        self._longest: list[float] = []

    def note(self, step: int, longest_s: float) -> None:
        """Up to that step, since the step noted before, no step took longer."""
        at, kept = self._at, self._longest
        while kept and kept[-1] <= longest_s:
            kept.pop()
            at.pop()
        kept.append(longest_s)
        at.append(step)

    def since(self, step: int) -> float:
        """Seconds of the longest step after that one."""
        return self._longest[bisect_right(self._at, step)]


class GrowingBlocks:
    """Blocks of sequences that all grow by one token a step, without looking at each of them.

    A sequence takes a new block whenever the step number has one certain remainder, so counting
    the sequences by that remainder tells the blocks of any later step.
    """

    __slots__ = ("_block", "_count", "_held", "_phases", "_step")

    def __init__(self, block_tokens: int) -> None:
        self._block = block_tokens
        self._phases = [0] * block_tokens
        self._count = 0
        self._held = 0
        self._step = 0

    def change(self, tokens: int, step: int, sign: int) -> None:
        """A sequence with that many tokens after that step comes (1) or goes (−1)."""
        self._held = self.at(step) - sign * (-tokens // self._block)
        self._step = step
        self._phases[(step - tokens) % self._block] += sign
        self._count += sign

    def at(self, step: int) -> int:
        """Blocks held after that step, not earlier than the last change."""
        rounds, rest = divmod(step - self._step, self._block)
        held = self._held + rounds * self._count
        first = self._step % self._block
        phases = self._phases
        if first + rest <= self._block:
            return held + sum(phases[first : first + rest])
        return held + sum(phases[first:]) + sum(phases[: first + rest - self._block])
