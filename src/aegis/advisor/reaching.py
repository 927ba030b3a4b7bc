"""How a model is reached: over the interface that many speak after OpenAI, or over Anthropic's own.

The client libraries try again twice after a busy or broken server, as their vendors ask; the port
bounds all of it in time. Needs the extra `model`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    import httpx2
    from pydantic import BaseModel
    from pydantic_ai import NativeOutput
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings

    Answer = TypeVar("Answer", bound=BaseModel)

Speaks = Literal["openai", "anthropic"]
_ANTHROPIC = "anthropic:"
_AT_ANTHROPIC = "https://api.anthropic.com"


def address(said: str) -> tuple[Speaks, str]:
    """Which interface a `--model-url` means, and the address behind it.

    >>> address("anthropic:"), address("https://models.example.com/v1")
    (('anthropic', 'https://api.anthropic.com'), ('openai', 'https://models.example.com/v1'))
    """
    if said.startswith(_ANTHROPIC):
        return "anthropic", said.removeprefix(_ANTHROPIC) or _AT_ANTHROPIC
    return "openai", said


@contextlib.asynccontextmanager
async def reached(
    speaks: Speaks,
    *,
    base_url: str,
    model: str,
    api_key: str,
    timeout_s: float,
    seen: Callable[[str], None],
) -> AsyncIterator[Model]:
    """A model behind an address; `seen` is told the id that the server gave to a request."""
    import httpx2  # noqa: PLC0415  # comes with the extra

    async def answered(response: httpx2.Response) -> None:
        headers = response.headers
        seen(headers.get("x-request-id") or headers.get("request-id") or "")

    hooks = {"response": [answered]}
    async with httpx2.AsyncClient(timeout=timeout_s, event_hooks=hooks) as client:
        yield _MODELS[speaks](model, base_url, api_key, client)


def _openai(model: str, base_url: str, api_key: str, client: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    provider = OpenAIProvider(base_url=base_url, api_key=api_key, http_client=client)
    return OpenAIChatModel(model, provider=provider)


def _anthropic(model: str, base_url: str, api_key: str, client: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

    provider = AnthropicProvider(base_url=base_url, api_key=api_key, http_client=client)
    return AnthropicModel(model, provider=provider)


_MODELS = {
    "openai": _openai,
    "anthropic": _anthropic,
}


def filled(
    model: Model, schema: type[Answer], speaks: Speaks
) -> type[Answer] | NativeOutput[Answer]:
    """How the schema is asked for: as the form of the answer, or as a tool of a model without forms.

    Behind an address that speaks like OpenAI's a server is taken to know forms, as local ones do.
    """
    from pydantic_ai import NativeOutput  # noqa: PLC0415

    has_forms = speaks == "openai" or model.profile.get("supports_json_schema_output", False)
    return NativeOutput(schema) if has_forms else schema


def settings(model: Model, speaks: Speaks, *, tokens: int, timeout_s: float) -> ModelSettings:
    """Bounded, and as steady as the model allows; newer ones of Anthropic take no temperature."""
    found: ModelSettings = {"max_tokens": tokens, "timeout": timeout_s}
    if not model.profile.get("anthropic_disallows_sampling_settings", False):
        found["temperature"] = 0.0
    if speaks == "anthropic":
        found["thinking"] = False  # the tokens are for the answer; who cannot stop thinks unseen
    return found
