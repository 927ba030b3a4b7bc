"""A language model behind an OpenAI-compatible endpoint, streaming or not."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pydantic import JsonValue

from aegis.evaluate.models.http import Endpoint
from aegis.evaluate.models.model import Answer, NoAnswerError
from aegis.evaluate.prompts import PLAIN, Prompt
from aegis.evaluate.records import Release
from aegis.evaluate.releases import identified
from aegis.evaluate.samples import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """`POST /chat/completions`. With `stream`, the time to the first token is measured too.

    `parameters` are fields of the request (temperature, max_tokens, seed …).
    """

    endpoint: Endpoint
    model: str
    prompt: Prompt = PLAIN
    parameters: tuple[tuple[str, JsonValue], ...] = (("temperature", 0),)
    stream: bool = False

    @property
    def release(self) -> Release:
        """Who answers."""
        return identified(
            Release(
                model=self.model,
                protocol="openai",
                endpoint=self.endpoint.public_url,
                prompt=self.prompt.version,
                prompt_digest=self.prompt.digest,
                parameters=dict(self.parameters),
            )
        )

    def answer(self, sample: Sample) -> Answer:
        """One completion."""
        return self.complete(self.prompt.messages(sample))

    def complete(self, messages: list[dict[str, str]]) -> Answer:
        """The answer to a conversation."""
        body: dict[str, JsonValue] = {
            "model": self.model,
            "messages": [dict[str, JsonValue](turn) for turn in messages],
        }
        body |= dict(self.parameters)
        start = time.perf_counter()
        if self.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
            return self._streamed(body, start)
        reply = _object(self.endpoint.post("/chat/completions", body))
        return _answer(
            _content(reply, "message"), _object(reply.get("usage")), time.perf_counter() - start
        )

    def close(self) -> None:
        """Breaks off every request."""
        self.endpoint.close()

    def _streamed(self, body: JsonValue, start: float) -> Answer:
        parts: list[str] = []
        first: float | None = None
        usage: dict[str, JsonValue] = {}
        for event in self.endpoint.stream("/chat/completions", body):
            if "error" in event:
                raise NoAnswerError(f"the stream says: {event['error']}")
            usage = _object(event.get("usage")) or usage
            piece = _content(event, "delta") if event.get("choices") else ""
            if piece and first is None:
                first = time.perf_counter() - start
            parts.append(piece)
        return _answer("".join(parts), usage, time.perf_counter() - start, first)


def _answer(
    text: str, usage: dict[str, JsonValue], latency_s: float, first_token_s: float | None = None
) -> Answer:
    return Answer(
        text=text,
        latency_s=round(latency_s, 4),
        first_token_s=None if first_token_s is None else round(first_token_s, 4),
        input_tokens=_whole(usage.get("prompt_tokens")),
        output_tokens=_whole(usage.get("completion_tokens")),
    )


def _content(reply: dict[str, JsonValue], field: str) -> str:
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices:
        raise NoAnswerError("the answer has no `choices`: is this an OpenAI-compatible endpoint?")
    content = _object(_object(choices[0]).get(field)).get("content")
    return content if isinstance(content, str) else ""


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _whole(value: JsonValue) -> int | None:
    return value if isinstance(value, int) else None
