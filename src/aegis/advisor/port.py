"""The one place where a language model is asked: bounded in time, tokens, retries and calls.

Any address that speaks like OpenAI's will do, our own gateway among them: the record of a call then
holds the id under which the gateway's audit file has it. Or one that speaks like Anthropic's. Needs
the extra `model`.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from aegis.advisor.reaching import Speaks, filled, reached, settings

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.usage import RunUsage, UsageLimits

Answer = TypeVar("Answer", bound="BaseModel")
Result = TypeVar("Result")
Record = dict[str, object]


def _kept_nowhere(_: Record) -> None:
    """No audit was asked for."""


@dataclass(slots=True, kw_only=True)
class Port:
    """A model behind an address. `trouble` says why the last call brought nothing.

    `timeout_s` bounds a whole call with its retries, `most_calls` a conversation.
    """

    base_url: str
    model: str
    api_key: str = field(repr=False)
    speaks: Speaks = "openai"
    timeout_s: float = 20.0
    most_calls: int = 100
    audit: Callable[[Record], None] = _kept_nowhere
    trouble: str = ""
    _request_id: str = ""

    def __post_init__(self) -> None:
        import pydantic_ai  # noqa: F401, PLC0415  # the extra is missed here and not in a turn

    def fill(
        self, schema: type[Answer], *, task: str, said: str, tokens: int, model: str = ""
    ) -> Answer | None:
        """The schema as the model fills it; None when it cannot be asked or answers nonsense.

        `model` names another one behind the same address; its calls are of the same conversation.
        """
        from pydantic_ai import Agent  # noqa: PLC0415

        async def asked() -> Answer:
            async with self._reached(named) as found:
                agent = Agent(
                    found, output_type=filled(found, schema, self.speaks), instructions=task, retries=1,
                    model_settings=self._settings(found, tokens),
                )  # fmt: skip
                result = await agent.run(said, usage_limits=_limits(tokens))
                usage.append(result.usage)
                return result.output

        named = model or self.model
        usage: list[RunUsage] = []
        with self._call("fill", usage, named) as may:
            return asyncio.run(self._in_time(asked())) if may else None
        return None

    def write(self, *, task: str, about: str, tokens: int) -> Iterator[str]:
        """Prose as it comes, in pieces; what the model thinks before is left out."""
        from pydantic_ai import Agent  # noqa: PLC0415

        async def pieces() -> AsyncIterator[str]:
            async with self._reached(self.model) as model:
                agent = Agent(
                    model, instructions=task, model_settings=self._settings(model, tokens)
                )
                async with agent.run_stream(about, usage_limits=_limits(tokens)) as stream:
                    async for piece in stream.stream_text(delta=True, debounce_by=None):
                        yield piece
                    usage.append(stream.usage)

        usage: list[RunUsage] = []
        with self._call("write", usage, self.model) as may:
            if may:
                yield from self._pumped(pieces())

    def _pumped(self, pieces: AsyncIterator[str]) -> Iterator[str]:
        """An asynchronous stream for a caller that waits; the loop lives in a thread of its own."""
        arrived: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        enough = threading.Event()

        async def pump() -> None:
            async for piece in pieces:
                arrived.put(piece)
                if enough.is_set():
                    return

        def run() -> None:
            try:
                asyncio.run(self._in_time(pump()))
            except Exception as error:  # noqa: BLE001  # raised again where the pieces are read
                arrived.put(error)
            arrived.put(None)

        threading.Thread(target=run, daemon=True).start()
        try:
            while (piece := arrived.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            enough.set()

    async def _in_time(self, call: Coroutine[object, object, Result]) -> Result:
        async with asyncio.timeout(self.timeout_s):
            return await call

    @contextlib.contextmanager
    def _call(self, what: str, usage: list[RunUsage], model: str) -> Iterator[bool]:
        """One call: counted, recorded, and its failure told in `trouble`."""
        from pydantic_ai.exceptions import (  # noqa: PLC0415
            AgentRunError,
            UnexpectedModelBehavior,
            UserError,
        )

        self.trouble = "" if self.most_calls > 0 else "the calls of this conversation are used up"
        self.most_calls -= 1
        began = time.monotonic()
        try:
            yield not self.trouble
        except UnexpectedModelBehavior:
            self.trouble = "the model answered in another form than it was asked for"
        except (AgentRunError, UserError, OSError, TimeoutError) as error:
            self.trouble = f"the model could not be asked: {type(error).__name__}"
        finally:
            tokens = [usage[-1].input_tokens, usage[-1].output_tokens] if usage else [0, 0]
            self.audit(
                {"request-id": self._request_id, "model": model, "call": what,
                 "outcome": self.trouble or "answered", "tokens": tokens,
                 "duration_s": round(time.monotonic() - began, 3)}
            )  # fmt: skip
            self._request_id = ""

    def _reached(self, model: str) -> contextlib.AbstractAsyncContextManager[Model]:
        return reached(
            self.speaks, base_url=self.base_url, model=model, api_key=self.api_key, timeout_s=self.timeout_s,
            seen=self._seen,
        )  # fmt: skip

    def _seen(self, request_id: str) -> None:
        self._request_id = request_id

    def _settings(self, model: Model, tokens: int) -> ModelSettings:
        return settings(model, self.speaks, tokens=tokens, timeout_s=self.timeout_s)


def _limits(tokens: int) -> UsageLimits:
    from pydantic_ai.usage import UsageLimits  # noqa: PLC0415

    return UsageLimits(request_limit=2, output_tokens_limit=2 * tokens)
