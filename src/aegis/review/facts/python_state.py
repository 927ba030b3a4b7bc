"""What a Python service keeps and shows: models, conversations, texts of exceptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from aegis.review.documents.python_module import Call, Module, names_in
from aegis.review.facts.types import Trait

ROUTE_METHODS = frozenset(
    ("get", "post", "put", "delete", "patch", "route", "api_route", "websocket")
)
_STATE_NAMES = re.compile(
    r"^(?:messages|history|chat_history|conversations?|memory|sessions?|chats?|context)$"
)
_MEMORY = re.compile(r"Conversation\w*Memory$|ChatMessageHistory$|ChatMemoryBuffer\.from_defaults$")
_LOADS = re.compile(
    r"\.(?:from_pretrained|load_model)$|WhisperModel$|SentenceTransformer$|transformers\.pipeline$"
    r"|^(?:joblib|torch|torch\.jit|pickle|dill|cloudpickle|spacy|mlflow[\w.]*|onnx)\.load\w*$"
)


def state_facts(module: Module, *, has_routes: bool) -> Iterator[Trait]:
    """Models loaded again, conversations that all users share, exceptions sent to callers."""
    for call in module.calls:
        yield from _loading(module, call, has_routes=has_routes)
    yield from _handlers(module)
    if has_routes:
        yield from _shared_state(module)


def _loading(module: Module, call: Call, *, has_routes: bool) -> Iterator[Trait]:
    if not _LOADS.search(call.name) or call.name.startswith(("json.", "yaml.", "toml", "tomllib.")):
        return
    node = call.scope.node
    if node is None and has_routes:
        yield Trait(span=module.span(call.node), name="model-loaded-at-import", detail=call.name)
    elif node is not None and any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in ROUTE_METHODS
        for each in node.decorator_list
    ):
        yield Trait(span=module.span(call.node), name="model-loaded-per-request", detail=call.name)


def _handlers(module: Module) -> Iterator[Trait]:
    """Text of an exception that reaches the client."""
    for handler, _ in module.handlers:
        name = handler.name
        if not name:
            continue
        for each in ast.walk(handler):
            answer: ast.expr | None = None
            if isinstance(each, ast.Call):
                last = module.resolve(each.func).rpartition(".")[2]
                if last in {
                    "HTTPException",
                    "jsonify",
                    "JSONResponse",
                    "Response",
                    "abort",
                    "make_response",
                }:
                    answer = each
            elif isinstance(each, ast.Return) and isinstance(each.value, ast.Dict | ast.Tuple):
                answer = each.value
            if answer is not None and name in set(names_in(answer)):
                yield Trait(span=module.span(answer), name="exception-to-client", detail=name)
                break


def _shared_state(module: Module) -> Iterator[Trait]:
    """A conversation kept in a variable of the process, which all users share."""
    for name, value, scope in module.assigns:
        if scope.node is not None:
            continue
        empty = isinstance(value, ast.List | ast.Dict) and not (
            value.elts if isinstance(value, ast.List) else value.keys
        )
        memory = (
            isinstance(value, ast.Call) and _MEMORY.search(module.resolve(value.func)) is not None
        )
        if not (memory or (empty and _STATE_NAMES.match(name))):
            continue
        grown = [
            call
            for call in module.calls
            if call.scope.node is not None
            and isinstance(call.node.func, ast.Attribute)
            and call.node.func.attr in {"append", "extend", "add"}
            and isinstance(call.node.func.value, ast.Name)
            and call.node.func.value.id == name
        ]
        if memory or grown:
            yield Trait(span=module.span(value), name="shared-conversation", detail=name)
