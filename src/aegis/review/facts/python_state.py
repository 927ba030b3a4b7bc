"""What a Python service keeps and shows: models, conversations, texts of exceptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from aegis.review.documents.python_module import Call, Module, Scope, below
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


_NO_MODELS = ("json.", "yaml.", "toml", "tomllib.")


def state_facts(module: Module, *, has_routes: bool) -> Iterator[Trait]:
    """Models loaded again, conversations that all users share, exceptions sent to callers."""
    for call in module.calls:
        yield from _loading(module, call, has_routes=has_routes)
    yield from _handlers(module)
    if has_routes:
        yield from _shared_state(module)


def _loading(module: Module, call: Call, *, has_routes: bool) -> Iterator[Trait]:
    if not _LOADS.search(call.name) or call.name.startswith(_NO_MODELS):
        return
    if ".AutoConfig." in call.name or module.under_main(call.node):
        return
    node = call.scope.node
    if node is None and has_routes:
        yield Trait(span=module.span(call.node), name="model-loaded-at-import", detail=call.name)
    elif is_route(call.scope) and not re.search(r"load|pull|switch|warm", call.scope.name):
        yield Trait(span=module.span(call.node), name="model-loaded-per-request", detail=call.name)


_ANSWERS = frozenset(
    ("HTTPException", "jsonify", "JSONResponse", "Response", "abort", "make_response")
)


_FOR_OPERATORS = re.compile(
    r"(?:^|_)(?:health\w*|ready|readiness|live\w*|ping|test_connection|test_provider)(?:_|$)"
)


def _handlers(module: Module) -> Iterator[Trait]:
    """Text of an exception that reaches the client; what tells callers their mistake may."""
    for handler, scope in module.handlers:
        if not handler.name or not _catches_anything(module, handler):
            continue
        if _FOR_OPERATORS.search(scope.name):
            continue  # who asks there must know why
        for each in below(handler):
            answer = _answer(module, each, in_route=is_route(scope))
            if answer is not None and _shows(answer, handler.name):
                yield Trait(
                    span=module.span(answer), name="exception-to-client", detail=handler.name
                )
                break


# Functions that make a sentence for callers of an error: `sanitize_error(e)`.
_CLEANS = re.compile(
    r"sanit[iy]|redact|scrub|(?:^|[_.])mask|(?:safe|public|user|friendly)_\w*(?:error|message|detail)"
)


def _shows(answer: ast.expr, error: str) -> bool:
    """Whether the text of the error is in the answer; its status and detail are meant for callers."""
    written = ast.unparse(answer)
    for each in below(answer):
        if isinstance(each, ast.Call) and _CLEANS.search(ast.unparse(each.func).lower()):
            written = written.replace(ast.unparse(each), "")
    written = re.sub(rf"\b{re.escape(error)}\.(?:detail|status_code|headers|code)\b", "", written)
    return re.search(rf"\b{re.escape(error)}\b", written) is not None


# Errors whose text their own authors wrote for other programs; an error of one's own is worded
# for the caller.
_FOREIGN = ("openai.", "requests.", "httpx.", "botocore.", "sqlalchemy.", "anthropic.", "google.")


def _catches_anything(module: Module, handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    for each in types:
        name = module.resolve(each) if each is not None else "Exception"
        if name in {"Exception", "BaseException", "RuntimeError", "OSError", "IOError"}:
            return True
        if name.startswith(_FOREIGN):
            return True
    return False


def _answer(module: Module, node: ast.AST, *, in_route: bool) -> ast.expr | None:
    if isinstance(node, ast.Call):
        last = module.resolve(node.func).rpartition(".")[2]
        return node if last in _ANSWERS and not _blames_the_caller(node) else None
    if in_route and isinstance(node, ast.Return) and isinstance(node.value, ast.Dict | ast.Tuple):
        return node.value
    return None


def _blames_the_caller(node: ast.Call) -> bool:
    """Whether the status is 400 to 499, as in `HTTPException(404, …)`."""
    given = [*node.args, *(each.value for each in node.keywords if each.arg == "status_code")]
    written = " ".join(ast.unparse(each) for each in given if not isinstance(each, ast.JoinedStr))
    return re.search(r"(?<![\w.])4\d\d\b|HTTP_4\d\d", written) is not None


def is_route(scope: Scope) -> bool:
    """Whether a function is decorated as a route."""
    node = scope.node
    return node is not None and any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in ROUTE_METHODS
        for each in node.decorator_list
    )


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
