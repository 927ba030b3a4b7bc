"""Log calls in Python code, by what they write: secrets, content of conversations, persons."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty
from aegis.detect.names import secret_role
from aegis.review.documents.python_module import Call, Module
from aegis.review.facts.model_calls import reaches_model
from aegis.review.facts.types import Fact, LogCall, Trait

_LEVELS = frozenset(("debug", "info", "warning", "warn", "error", "exception", "critical", "log"))
_LOGGER = re.compile(
    r"(?:^|[._])(?:log|logger|logging|LOG|LOGGER|_logger|structlog|loguru)(?:$|\.|_)"
)
_CONTENT = re.compile(
    r"^(?:prompt|prompts|user_prompt|query|query_str|question|user_input|user_message|"
    r"user_query|message|messages|completion|completions|llm_response|llm_output|llm_result|"
    r"answer|chat_history|conversation|transcript|transcription|model_response|"
    r"generated_text|raw_response|request_body|prediction|predictions)$"
)
_CONTENT_CALLS = re.compile(r"(?:^|\.)(?:request|req)\.(?:get_json|json|form|data|body)$")
# `error.message` tells what went wrong, not what somebody wrote.
_OF_ERRORS = re.compile(
    r"^(?:e|ex|exc|err|\w*(?:error|exception|response|resp|status|result))\.message$"
)
_NO_CREDENTIAL = re.compile(
    r"(?:service|cache|job|object|s3|storage|session|primary|foreign|lookup|config|setting|feature"
    r"|event|partition|sort|batch|metric|index|task|group|topic|row|field|registry|state|store)_?keys?$|"
    r"(?:continuation|next|page|cancel|stop|eos|bos|pad|mask|sep|new|last|first)_?tokens?$",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"^(?:email|e_mail|phone|phone_number|full_name|first_name|last_name|ssn|home_address|postal_address|birth_?date|"
    r"date_of_birth|author_full_name|patient_name|user_email|customer_email)$"
)


# A trail of who did what: to name the actor is what it is for.
_TRAIL = re.compile(
    r"(?:^|[\W_])(?:audit(?:s|or|ing)?|siem|security[_. -]?(?:log(?:s|ger|ging)?|events?|audit|trail))(?:[\W_]|$)",
    re.IGNORECASE,
)
_ABOUT_ERRORS = re.compile(
    r"error|exception|fail|warn|handler$|_log$|^_?log_|progress|status|notify|emit|report"
)
# What fills an index writes of documents and not of people who ask.
_FILLS = re.compile(r"(?:^|[/_])(?:index|ingest|experiment|extract|crawl|scrap|seed|faqs?[_.])")
_TROUBLE = (".error", ".exception", ".warning", ".critical")
_TALKS = (
    "openai", "anthropic", "langchain", "langchain_core", "langchain_openai", "langgraph", "litellm",
    "ollama", "llama_index", "fastapi", "flask", "quart", "starlette", "discord", "telegram", "slack_bolt",
    "google.generativeai", "boto3", "transformers", "chainlit", "streamlit", "gradio", "websockets",
)  # fmt: skip


def log_facts(module: Module) -> Iterator[Fact]:
    """Log calls whose arguments name a secret, a conversation or a person."""
    about_ai = any(reaches_model(call, module) for call in module.calls)
    has_routes = module.has_import("fastapi", "flask", "quart", "starlette", "sanic")
    for call in module.calls:
        if not _is_log(call.name) and not (call.name == "print" and has_routes):
            continue
        if not module.under_main(call.node):
            yield from _written(module, call, about_ai=about_ai)
        if call.name == "logging.basicConfig" and "DEBUG" in ast.unparse(call.node):
            yield Trait(span=module.span(call.node), name="debug-logging")


@functools.lru_cache(maxsize=1 << 16)
def _is_log(name: str) -> bool:
    receiver, _, method = name.rpartition(".")
    return (method in _LEVELS and _LOGGER.search(receiver) is not None) or (
        name == "logging.basicConfig"
    )


def _written(module: Module, call: Call, *, about_ai: bool) -> Iterator[LogCall]:
    found: dict[str, list[str]] = {}
    for argument in (*call.node.args, *(each.value for each in call.node.keywords)):
        for name in _values(module, argument):
            kind = _kind(module, name)
            told = name.rpartition(".")[2] == "message" and (
                _ABOUT_ERRORS.search(call.scope.name)
                or call.name.endswith(_TROUBLE)
                or (name == "message" and not about_ai)
            )
            if kind and not told:
                found.setdefault(kind, []).append(name)
    if "person" in found and _is_trail(module, call):
        del found["person"]
    for kind, names in found.items():
        yield LogCall(
            span=module.span(call.node),
            certainty=Certainty.LIKELY,
            carries=kind,
            names=tuple(dict.fromkeys(names)),
            is_debug=call.name.endswith(".debug"),
            is_info=call.name.endswith(".info"),
            is_trouble=call.name.endswith(_TROUBLE),
        )


def _is_trail(module: Module, call: Call) -> bool:
    """Whether the logger, the function, the module or its docstring says that it is an audit trail."""
    about = (ast.get_docstring(module.tree) or "").partition("\n")[0]
    said = (call.name, ast.unparse(call.node.func), call.scope.name, module.source.path, about)
    return any(_TRAIL.search(each) for each in said)


def _kind(module: Module, name: str) -> str:
    last = name.rpartition(".")[2]
    constant = last.isupper() and not re.search("KEY|TOKEN|PASS", last)
    helper = last == "message" and not module.has_import(*_TALKS)  # writes what it is given
    if constant or helper or _OF_ERRORS.match(name.lower()):
        return ""
    role = "" if _NO_CREDENTIAL.search(last) else secret_role(last)
    if role and not re.search(
        r"(?:^|_)(?:has|is|num|count|type|name|id|per|ratio|limit|max|min|usage|used|total|length|budget)(?:_|$)",
        last,
    ):
        return "secret" if role != "token" or len(last) > 5 else ""
    own_words = _own_words(module.variables.get(name))
    fills = _FILLS.search(module.source.path.lower())
    if (_CONTENT.match(last) and not own_words and not fills) or _CONTENT_CALLS.search(name):
        return "content"
    if _PERSON.match(last):
        return "person"
    value = module.variables.get(name)
    answers = {"result", "results", "response", "output", "text", "reply"}
    if name in answers and not fills and isinstance(value, ast.Call):
        inner = Call(module.resolve(value.func), value, module.scope, 0)
        return "content" if reaches_model(inner, module) else ""
    return ""


def _own_words(value: ast.expr | None) -> bool:
    """Whether an expression is text that the programmer wrote, whichever branch is taken."""
    if isinstance(value, ast.IfExp):
        return _own_words(value.body) and _own_words(value.orelse)
    return isinstance(value, ast.Constant | ast.JoinedStr)


def _values(module: Module, node: ast.expr) -> Iterator[str]:
    """Names of what is written; not what is only measured, as in `len(prompt)`."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield ast.unparse(node) if len(ast.unparse(node)) < 80 else node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield str(node.slice.value)
    elif isinstance(node, ast.Call):
        yield from _of_call(module, node)
    else:
        for part in _parts(node):
            yield from _values(module, part)


def _parts(node: ast.expr) -> list[ast.expr]:
    """The expressions that a composed one shows."""
    if isinstance(node, ast.JoinedStr):
        return [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Tuple | ast.List):
        return node.elts
    if isinstance(node, ast.Dict):
        return node.values
    return [node.value] if isinstance(node, ast.Subscript) else []


def _of_call(module: Module, node: ast.Call) -> Iterator[str]:
    name = module.resolve(node.func)
    if name.endswith((".get_json", ".json")):
        yield name
    shows = name in {"str", "repr", "json.dumps", "pprint.pformat", "format"}
    if shows or name.endswith((".format", ".strip")):
        for each in node.args:
            yield from _values(module, each)
