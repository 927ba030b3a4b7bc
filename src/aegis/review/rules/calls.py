"""AEG340 to AEG352: calls of language models."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.review.facts.python_web import is_health
from aegis.review.facts.types import LlmClient, ModelOutputUse, Prompt, Route, Trait
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule
from aegis.review.rules.exposure import open_to_anyone


@rule(
    "AEG340",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("openai-python README, timeouts", "OWASP LLM10:2025"),
)
def model_call_without_timeout(repository: Repository) -> Iterator[Hit]:
    """Model call that may take for ever.

    The OpenAI client waits 600 s and retries twice unless told otherwise, so one slow model holds
    a worker for half an hour, and a few hold them all.
    """
    for client in repository.all(LlmClient):
        if not client.has_timeout and not client.only_counts_tokens and not client.by_hand:
            yield Hit(
                client.span,
                "model calls have no timeout",
                label="the default holds a worker for minutes",
                mend="timeout=30, max_retries=1, and a deadline for the whole request",
                certainty=Certainty.LIKELY,
                severity=Severity.LOW
                if _helps(client)
                or repository.ended_by_platform(client.span.path)
                or repository.is_left_out(client.sdk, client.span.path)
                or repository.callers.bounded(client.span.path, client.span.line)
                else None,
            )


def _helps(client: LlmClient) -> bool:
    """Whether the client turns text into numbers or orders it, in work that nobody waits for."""
    return (
        client.embeds
        or re.search(
            r"embed|rerank|ranking|eval|ragas|judge|experiment|bench|optimi[sz]er|tuner",
            f"{client.span.path} {client.within}".lower(),
        )
        is not None
    )


@rule(
    "AEG341",
    checks=LlmClient,
    severity=Severity.MEDIUM,
    refs=("OWASP LLM10:2025", "OWASP LLM06:2026", "ATLAS AML.T0034"),
)
def no_output_cap(client: LlmClient) -> Iterator[Hit]:
    """Answer without an upper bound.

    One prompt that makes the model repeat itself costs what a thousand answers cost.
    """
    counts = client.only_counts_tokens or client.by_hand
    if not client.has_output_cap and not counts:
        yield Hit(
            client.span,
            "model calls have no output cap",
            label="no max_tokens",
            mend="max_tokens from the longest useful answer",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG342",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("OWASP LLM10:2025",),
    profile=Profile.REVIEW,  # never read blind, and likely at most
)
def unbounded_work(trait: Trait) -> Iterator[Hit]:
    """Queue or thread per request without a bound.

    Under load the process grows until it dies, with every request in it.
    """
    if trait.name == "unbounded-work":
        yield Hit(
            trait.span,
            f"requests start {trait.detail} without a bound",
            label="no limit, no cancellation",
            mend="a bounded pool, and stop when the client leaves",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG344",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("ATLAS AML.M0024",),
    profile=Profile.REVIEW,  # 4 of 9 were worth raising when read blind
)
def no_fallback(repository: Repository) -> Iterator[Hit]:
    """One vendor, and no plan for its bad day.

    When it is slow or down, so are you, unless somebody decided beforehand what to answer then.
    """
    clients = repository.clients
    planned = repository.mentions(
        b"with_fallbacks",
        b"fallbacks=",
        b"circuitbreaker",
        b"circuit_breaker",
        b"pybreaker",
        b"fallback_model",
        b"openrouter",
    )
    if clients and repository.serves and not planned:
        yield Hit(
            clients[0].span,
            "what do users get when the model's vendor is down?",
            label=f"{len(clients)} clients, no fallback or breaker found",
            mend="a second model or a fixed answer, and a breaker that chooses it",
        )


@rule(
    "AEG345",
    checks=ModelOutputUse,
    severity=Severity.HIGH,
    refs=("OWASP LLM05:2025", "OWASP LLM10:2026", "CWE-20"),
)
def unchecked_model_output(use: ModelOutputUse) -> Iterator[Hit]:
    """Model output that goes on as if it were trusted.

    It is text that an attacker can influence, and text that is sometimes not what was asked for.
    """
    parsing = use.sink in {"json.loads", "ast.literal_eval"}
    if parsing:
        yield Hit(
            use.span,
            "model output is parsed with no schema and no way out",
            label="an answer that is not JSON is an error 500",
            mend="ask for structured output, validate against a schema, and handle the failure",
            certainty=use.certainty,
            severity=None if use.certainty is Certainty.CERTAIN else Severity.LOW,
        )
    else:
        yield Hit(
            use.span,
            f"model output reaches {use.sink}",
            label="unchecked",
            mend="allow a fixed set of actions, with typed arguments",
            severity=Severity.CRITICAL,
            certainty=use.certainty,
        )


_RETRIEVED = (
    "context",
    "document",
    "docs",
    "doc",
    "chunk",
    "retriev",
    "passage",
    "knowledge",
    "source_doc",
    "summaries",
    "article",
    "webpage",
    "search_result",
    "page_content",
    "snippets",
    "history",
)
_USER = ("question", "query", "user_input", "user_message", "message", "input", "prompt", "request")
_ABOUT = ("title", "name", "id", "type", "count", "names", "ids", "url", "length", "limit")
_NAMES_ONLY = (
    "agent",
    "organization",
    "format_instructions",
    "language",
    "date",
    "tools",
    "tool_names",
    "schema",
    "name",
)


@rule(
    "AEG346",
    checks=Prompt,
    severity=Severity.HIGH,
    refs=("OWASP LLM01:2025", "ATLAS AML.T0051.001", "ATLAS AML.T0070"),
)
def untrusted_text_in_system_prompt(prompt: Prompt) -> Iterator[Hit]:
    """Retrieved or user text inside the system message.

    The model obeys the system message most; whoever can write a document or a question writes
    your instructions.
    """
    if prompt.role != "system":
        return
    names = [name.lower() for name in prompt.interpolates if not name.isupper()]  # no constants
    names = [name for name in names if not (name.endswith(_ABOUT) or "name" in name)]
    names = [name for name in names if not re.search(r"catalog|schema_doc|tool_doc", name)]
    risky = [name for name in names if any(word in name for word in _RETRIEVED) or name in _USER]
    if risky:
        yield Hit(
            prompt.span,
            "untrusted text is put into the system message",
            label=f"`{risky[0]}`",
            mend="keep instructions constant; pass documents and questions as user content, marked as data",
            certainty=prompt.certainty,
        )


@rule(
    "AEG347",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,  # a gateway of which this repository knows nothing may do it
    refs=("OWASP LLM10:2025", "ATLAS AML.M0004"),
)
def no_rate_limit(repository: Repository) -> Iterator[Hit]:
    """Model-backed route without a limit for each caller.

    One client, broken or hostile, spends the budget of all. Where routes ask nobody who calls,
    that comes first: there is nobody yet to limit by. A small model of one's own spends nothing.
    """
    if repository.limits_callers or not repository.asks_large_models:
        return
    anyone = open_to_anyone(repository)
    spending = [
        route
        for route in repository.all(Route, production=True)
        if route.spends
        and not route.limited
        and route.path not in {"", "/"}
        and not is_health(route.path)
    ]
    if spending:
        spending.sort(key=lambda route: (route.span.path, route.span.line))
        yield Hit(
            spending[0].span,
            "model-backed routes have no limit for each caller",
            label=f"{len(spending)} routes that reach a model, none with a limit",
            mend="requests and tokens per identity and minute, and a daily budget",
            also=tuple(route.span for route in spending[1:]),
            severity=Severity.LOW if all(each.span in anyone for each in spending) else None,
        )


@rule(
    "AEG348",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("ATLAS AML.M0020", "OWASP LLM01:2025"),
    profile=Profile.REVIEW,  # 5 of 9 were worth raising when read blind
)
def no_guardrail(repository: Repository) -> Iterator[Hit]:
    """Nothing looks at what goes in or comes out.

    Personal data leaves, and instructions in documents arrive.
    """
    found = repository.mentions(
        b"guardrail",
        b"moderation",
        b"llm_guard",
        b"llama-guard",
        b"llamaguard",
        b"presidio",
        b"nemo",
        b"content_filter",
        b"content-safety",
        b"contentsafety",
        b"rebuff",
        b"sanitiz",
    )
    clients = repository.clients
    if clients and repository.serves and repository.releases_models and not found:
        yield Hit(
            clients[0].span,
            "what is checked before a prompt leaves and before an answer is shown?",
            label="searched for guardrails, moderation and redaction, found none",
            mend="redact personal data, screen retrieved text, check answers",
        )


@rule(
    "AEG349",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("CWE-390",),
    profile=Profile.REVIEW,  # 1 of 5 was worth raising when read blind
)
def swallowed_model_error(trait: Trait) -> Iterator[Hit]:
    """Provider error that becomes silence or an ordinary answer.

    The dashboard stays green while users read excuses.
    """
    if trait.name == "swallowed-model-error":
        yield Hit(
            trait.span,
            "errors of the model are swallowed",
            label=f"in `{trait.detail}`",
            mend="count it, log its kind, and answer with an error status",
            certainty=Certainty.LIKELY,
        )


@rule("AEG350", checks=Trait, severity=Severity.MEDIUM, refs=("CWE-209",))
def exception_shown_to_client(trait: Trait) -> Iterator[Hit]:
    """Text of an exception that reaches the caller.

    It names hosts, paths and libraries, and with some clients part of the prompt.
    """
    if trait.name == "exception-to-client":
        yield Hit(
            trait.span,
            "the text of exceptions is sent to callers",
            label=f"`{trait.detail}`",
            mend="a fixed sentence and an id that stands in the log",
        )


@rule(
    "AEG351",
    checks=Trait,
    severity=Severity.HIGH,
    refs=("CWE-1336", "OWASP LLM01:2025"),
    profile=Profile.REVIEW,  # 0 of 2 were worth raising when read blind: both were own templates
)
def template_over_untrusted_text(trait: Trait) -> Iterator[Hit]:
    """Template engine that renders text somebody else wrote.

    A document that holds template code runs it.
    """
    if trait.name == "untrusted-template":
        yield Hit(
            trait.span,
            "a prompt is rendered by Jinja2 from text that is not yours",
            label=trait.detail,
            mend="put data in as variables of a constant template, or use a sandboxed environment",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG352",
    checks=Repository,
    severity=Severity.LOW,
    refs=("OpenAI documentation, safety identifiers",),
    profile=Profile.AUDIT,
)
def calls_without_caller(repository: Repository) -> Iterator[Hit]:
    """Calls that do not say for whom.

    When a vendor reports abuse, or a bill doubles, nobody can tell whose it was.
    """
    calls = [
        each
        for each in repository.all(LlmClient, production=True)
        if each.is_call and each.sdk == "openai"
    ]
    if calls and not repository.mentions(b"safety_identifier", b"user=", b'"user":', b"metadata="):
        yield Hit(
            calls[0].span,
            "model calls carry no end-user or tenant",
            mend="a stable pseudonym per user in the call's metadata",
        )
