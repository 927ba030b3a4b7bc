"""One replica with a continuous-batching scheduler, in the order of vLLM's engine (V1).

Each step serves running sequences first, then a prompt read in part, then waiting prompts, within
a budget of tokens. The key-value cache is handed out in blocks; when it runs short the sequence
that was admitted last loses its blocks and waits at the front to be read again.

Nothing changes between two completions while no prompt can be admitted, so such a stretch of
decode steps is one event. Its length in steps, its duration and its blocks follow exactly from
the step time, which is a straight line in the attended context.

Source of the order: vLLM, ``vllm/v1/core/sched/scheduler.py`` (version 0.19).
"""

from __future__ import annotations

import heapq
import math
from collections import deque

from aegis.sizing.scheduler_state import GrowingBlocks, Limits, Peaks, Prefixes, Sequence, is_stale
from aegis.sizing.simulator_steps import StepTime

NEVER = math.inf
ROUNDING = 1e-9
"""Of steps and of tokens: closer than this counts as equal."""


class Replica:
    """One engine. `plan` fixes the next event, `submit` may bring it forward, `apply` does it."""

    def __init__(self, limits: Limits, step_time: StepTime, *, reads_only: bool = False) -> None:
        self.limits = limits
        self.time = step_time
        self.reads_only = reads_only
        self.now = 0.0
        self.waiting: deque[Sequence] = deque()
        self.running: dict[int, Sequence] = {}
        self.partial: Sequence | None = None
        self.outstanding = 0
        self.preemptions = 0
        self.queue_most = 0
        self.steps = 0
        self.computed_tokens = 0
        self.gaps: list[float] = []
        self.gap_counts: list[int] = []
        self._prefixes = Prefixes()
        self._growing = GrowingBlocks(limits.block_tokens)
        speculation = limits.speculation
        self._drafts = speculation.drafts if speculation else 0
        self._draft_s = speculation.draft_s if speculation else 0.0
        self._heap: list[tuple[int, int, int, Sequence]] = []
        self._attended: float = 0
        self._shared = 0
        self._growth: float = 0
        self._segment = 0
        self._preempted_before = 0
        self._mixed = False
        self._may_admit = False
        self._line = (0.0, 0.0)
        self._reading: list[Sequence] = []
        self._peaks = Peaks()
        self.end = NEVER

    def submit(self, sequence: Sequence, at_s: float) -> bool:
        """Queue a sequence; true if the planned event now ends earlier or a plan is needed."""
        self.outstanding += 1
        self.waiting.append(sequence)
        if self._segment == 0:
            self.now = at_s
            self.plan()
            return True
        self.queue_most = max(self.queue_most, len(self.waiting))
        count = 1 if self._mixed else self._started(at_s)
        count += self.limits.steps_ahead
        sequence.eligible_step = self.steps + count
        if count >= self._segment or not self._may_admit or len(self.waiting) > 1:
            return False
        self._segment = count
        self.end = self.now + self._duration(count)
        return True

    def _started(self, at_s: float) -> int:
        """How many of the planned steps have started before that time."""
        start, slope = self._line
        curve = slope * self._growth / 2
        elapsed = at_s - self.now
        linear = start - curve
        if curve > 0:
            root = math.sqrt(linear * linear + 4 * curve * elapsed)
            steps = 2 * elapsed / (linear + root)
        else:
            steps = elapsed / start
        return min(max(1, math.ceil(steps - ROUNDING)), self._segment)

    def _duration(self, count: int) -> float:
        start, slope = self._line
        return count * (start + slope * self._growth * (count - 1) / 2)

    def plan(self) -> None:
        """Schedule from `now` on and fix the end of the next event."""
        self._preempted_before = self.preemptions
        while True:
            self._mixed = False
            if self.waiting or self.partial is not None:
                self._plan_mixed()
                if self._mixed:
                    return
            if not self.running:
                if self.waiting and self.preemptions > self._preempted_before:
                    self._preempted_before = self.preemptions
                    continue
                self._segment, self.end = 0, NEVER
                return
            if self._plan_decode():
                return

    def _plan_decode(self) -> bool:
        """The stretch of decode steps up to the next completion; false after a preemption."""
        heap = self._heap
        while is_stale(heap[0]):
            heapq.heappop(heap)
        count = heap[0][0] - self.steps
        sequences = len(self.running)
        block = self.limits.block_tokens
        most = (self._attended - self._shared + self._growth * count) / block + sequences
        if most + self._prefixes.blocks > self.limits.kv_blocks:
            count = self._steps_that_fit(count)
            if count == 0:
                self._preempt()
                return False
        attended = self._attended + self._growth
        if self.waiting and self.waiting[0].eligible_step > self.steps:
            count = min(count, self.waiting[0].eligible_step - self.steps)
        if self.preemptions > self._preempted_before:
            count = 1  # who lost its blocks may be admitted after the step that took them
        line = self.time.decode(sequences, attended, self._drafts)
        if attended + self._growth * (count - 1) > line.until:
            count = max(1, math.ceil((line.until - attended) / self._growth))
        self._line = (line.fixed_s + line.slope_s * attended + self._draft_s, line.slope_s)
        self._segment = count
        self._may_admit = not self.waiting and sequences < self.limits.max_sequences
        self.end = self.now + self._duration(count)
        return True

    def _blocks(self, ahead: int) -> int:
        """Blocks held once every running sequence has made that many more steps."""
        block, at = self.limits.block_tokens, self.steps + ahead
        total = self._prefixes.blocks
        if self._drafts == 0:
            total += self._growing.at(at)
        else:
            for s in self.running.values():
                own = s.join_tokens - s.shared + s.growth * (at - s.join_step)
                total -= int((ROUNDING - own) // block)
        if self.partial is not None:
            total += math.ceil((self.partial.read_tokens - self.partial.shared) / block)
        return total

    def _steps_that_fit(self, count: int) -> int:
        """Most steps, up to `count`, for which the blocks last."""
        while self._blocks(1) > self.limits.kv_blocks:
            if not self._prefixes.evict():
                return 0
        low, high = 1, count
        while low < high:
            middle = (low + high + 1) // 2
            if self._blocks(middle) <= self.limits.kv_blocks:
                low = middle
            else:
                high = middle - 1
        return low

    def _preempt(self) -> None:
        """Take the blocks of the sequence that was admitted last; it waits at the front."""
        self.preemptions += 1
        if self.partial is not None:
            lost, self.partial = self.partial, None
        else:
            _, lost = self.running.popitem()
            kept = self._leave(lost)
            lost.read = kept
            made = lost.growth * (self.steps - lost.join_step)
            lost.steps -= self.steps - lost.join_step
            lost.done_tokens += round(made)
        self._release_prefix(lost)
        lost.preempted += 1
        lost.read_tokens = lost.shared = 0
        lost.done_step = -1
        lost.transferred = False
        self.waiting.appendleft(lost)
        self.queue_most = max(self.queue_most, len(self.waiting))

    def _leave(self, sequence: Sequence) -> int:
        """Take a sequence out of the sums; returns the tokens to read to restore it."""
        held = sequence.join_tokens + sequence.growth * (self.steps - sequence.join_step)
        if self._drafts == 0:
            self._growing.change(int(held) - sequence.shared, self.steps, -1)
        self._attended -= held
        self._shared -= sequence.shared
        self._growth -= sequence.growth
        if not self.running:
            self._attended, self._growth, self._shared = 0, 0, 0
        if sequence.join_step < self.steps:
            longest = self._peaks.since(sequence.join_step)
            sequence.longest_gap_s = max(sequence.longest_gap_s, longest)
            sequence.last_s = self.now
        return round(held) + 1

    def _release_prefix(self, sequence: Sequence) -> None:
        if sequence.shared:
            self._prefixes.release(sequence.group, sequence.shared // self.limits.block_tokens)

    def _plan_mixed(self) -> None:
        """A step that also reads prompts, if any can be admitted now."""
        limits = self.limits
        while self.running and self._lacks_room(0):
            self._preempt()
        budget = limits.step_tokens - len(self.running) * (1 + self._drafts)
        tokens, pairs = 0, 0.0
        self._reading.clear()
        if self.partial is not None and budget > 0:
            part = self.partial
            chunk = min(part.read - part.read_tokens, budget)
            while part is self.partial and self._lacks_room(self._new_blocks(part, chunk)):
                self._preempt()
            if part is self.partial:
                pairs += chunk * (part.read_tokens + chunk / 2)
                tokens += chunk
                budget -= chunk
                part.read_tokens += chunk
                self._reading.append(part)
        if self.preemptions == self._preempted_before:
            more, seen = self._admit(budget)
            tokens += more
            pairs += seen
        if tokens == 0:
            return
        self.computed_tokens += tokens
        sequences = len(self.running)
        took = self.time.mixed_s(
            tokens, pairs, sequences, self._attended + self._growth, self._drafts
        )
        self._mixed = True
        self._segment = 1
        self._line = (took + (self._draft_s if sequences else 0.0), 0.0)
        self.end = self.now + self._line[0]

    def _new_blocks(self, part: Sequence, chunk: int) -> int:
        block = self.limits.block_tokens
        own = part.read_tokens - part.shared
        return -(-(own + chunk) // block) - (-(-own // block))

    def _lacks_room(self, blocks: int) -> bool:
        """Whether the next step of all that runs, and that many blocks more, do not fit."""
        limits = self.limits
        own = self._attended - self._shared + self._growth
        most = own / limits.block_tokens + len(self.running) + self._prefixes.blocks + blocks
        for part in self._reading if self.partial is None else (self.partial, *self._reading):
            most += part.read_tokens / limits.block_tokens + 1
        if most <= limits.kv_blocks:
            return False
        while True:
            held = self._blocks(1) + blocks
            for part in self._reading:
                if part is not self.partial:
                    own_tokens = part.read_tokens - part.shared
                    held += math.ceil(own_tokens / limits.block_tokens)
            if held <= limits.kv_blocks:
                return False
            if not self._prefixes.evict():
                return True

    def _admit(self, budget: int) -> tuple[int, float]:
        """Waiting prompts in order, while the budget, the places and the blocks last."""
        limits, waiting = self.limits, self.waiting
        tokens, pairs = 0, 0.0
        if self.partial is not None and self.partial.read_tokens < self.partial.read:
            return tokens, pairs
        places = limits.max_sequences - len(self.running) - len(self._reading)
        while waiting and budget > 0 and places > 0:
            head = waiting[0]
            if head.eligible_step > self.steps and (self.running or self._reading):
                break
            start, shared = self._found(head)
            chunk = min(head.read - start, budget)
            wanted = head.read if limits.reserve_prompt else start + chunk
            prefix = shared if head.group in self._prefixes else 0
            if self._lacks_room(-(-(wanted - prefix) // limits.block_tokens)):
                break
            if (start, shared) != self._found(head):  # making room evicted its prefix
                continue
            waiting.popleft()
            places -= 1
            if head.scheduled_s < 0:
                head.scheduled_s = self.now
            if shared:
                self._prefixes.use(head.group, shared // limits.block_tokens)
                head.shared = shared
            if head.transferred:
                budget -= 1
                head.longest_gap_s = max(head.longest_gap_s, self.now - head.last_s)
                self._join(head, head.read)
                continue
            head.cached_tokens += start
            head.read_tokens = start + chunk
            tokens += chunk
            pairs += chunk * (start + chunk / 2)
            budget -= chunk
            self._reading.append(head)
            if head.read_tokens < head.read:
                self.partial = head
                break
        return tokens, pairs

    def _found(self, head: Sequence) -> tuple[int, int]:
        """Tokens that need not be read, and tokens of the prompt in shared blocks."""
        if head.transferred:
            return head.read, 0
        if not (self.limits.prefix_cache and head.request.shared_tokens):
            return 0, 0
        block = self.limits.block_tokens
        shared = min(head.request.shared_tokens, head.read - 1) // block * block
        return (shared if head.group in self._prefixes else 0), shared

    def _join(self, sequence: Sequence, held: int) -> None:
        """Start decoding with that many tokens in the cache."""
        sequence.join_step = self.steps
        sequence.join_tokens = held
        rest = sequence.output - 1 - sequence.done_tokens
        sequence.growth = rest / sequence.steps if rest != sequence.steps else 1
        sequence.done_step = self.steps + sequence.steps
        self.running[sequence.index] = sequence
        entry = (sequence.done_step, sequence.index, sequence.join_step, sequence)
        heapq.heappush(self._heap, entry)
        if self._drafts == 0:
            self._growing.change(held - sequence.shared, self.steps, 1)
        self._attended += held
        self._shared += sequence.shared
        self._growth += sequence.growth

    def apply(self) -> list[Sequence]:
        """Do what was planned; returns the sequences that are finished here."""
        count, sequences = self._segment, len(self.running)
        before, self.now = self.now, self.end
        self.steps += count
        if sequences:
            self._attended += self._growth * count
            longest = self._line[0] + self._line[1] * self._growth * (count - 1)
            self.gaps.append((self.now - before) / count)
            self.gap_counts.append(count * sequences)
            self._peaks.note(self.steps, longest)
        finished: list[Sequence] = []
        heap = self._heap
        while heap and heap[0][0] <= self.steps:
            entry = heapq.heappop(heap)
            if not is_stale(entry):
                sequence = entry[3]
                del self.running[sequence.index]
                self._leave(sequence)
                self._finish(sequence, finished)
        if self._mixed:
            self._end_reading(finished)
        return finished

    def _end_reading(self, finished: list[Sequence]) -> None:
        """Prompts read to their end give a token and start to decode."""
        for part in self._reading:
            if part.read_tokens < part.read:
                continue
            if part is self.partial:
                self.partial = None
            if part.first_s < 0:
                part.first_s = part.last_s = self.now
            else:
                self._resume(part)
            if part.steps <= 0 or self.reads_only:
                self._finish(part, finished)
            else:
                self._join(part, part.read)
        self._reading.clear()

    def _resume(self, part: Sequence) -> None:
        """The token after a preemption, or none was lost."""
        gap = self.now - part.last_s
        part.longest_gap_s = max(part.longest_gap_s, gap)
        part.last_s = self.now
        self.gaps.append(gap)
        self.gap_counts.append(1)
        part.steps -= 1
        part.done_tokens += 1
        if part.steps == 0 and part.done_tokens < part.output - 1:
            part.steps = 1

    def _finish(self, sequence: Sequence, finished: list[Sequence]) -> None:
        self._release_prefix(sequence)
        sequence.shared = 0
        self.outstanding -= 1
        sequence.finish_s = self.now
        finished.append(sequence)
