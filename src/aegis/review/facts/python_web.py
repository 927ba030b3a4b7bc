"""Web services in Python code: routes, who may call them, and what they do with a request."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Span
from aegis.review.documents.python_module import (
    Call,
    FunctionNode,
    Module,
    Scope,
    below,
    is_true,
    names_in,
)
from aegis.review.facts.model_calls import closure, reaches_model, spending_functions
from aegis.review.facts.python_callers import (
    AUTH,
    authenticated,
    depended,
    dependencies,
    needs,
    router_dependencies,
)
from aegis.review.facts.python_state import ROUTE_METHODS, is_route, state_facts
from aegis.review.facts.types import Fact, FunctionCalls, Route, Trait

_APPS = re.compile(
    r"(?:fastapi\.(?:FastAPI|APIRouter)|flask\.(?:Flask|Blueprint)|quart\.Quart|starlette\.\w+|"
    r"sanic\.Sanic|litestar\.\w+)$|(?:^|\.)(?:app|router|api|bp|blueprint|server)$"
)
_FACTORY = re.compile(r"(?:get|create|make|build|init|setup|load)_|on$|add_\w+|append$|register")
_LIMIT = re.compile(r"limit|throttle|quota|budget", re.IGNORECASE)
_HEALTH = re.compile(
    r"^/?(?:api/)?(?:v\d/)?(?:health[\w-]*|healthz|ok|ready\w*|readyz|live\w*|livez|ping|heartbeat|status|startup)/?$|/(?:health|ready|live|heartbeat)(?:z|check)?(?:/[\w-]+)?/?$"
)
_QUIET = re.compile(
    r"^/?$|/(?:[\w-]*login|logout|register|signup|sign-up|callback|oauth\w*|[\w-]*auth|token)/?$|^/(?:docs|openapi|redoc|metrics|favicon|static|robots|version|info)"
)
_BLOCKING = re.compile(
    r"^(?:requests\.(?:get|post|put|delete|request)|time\.sleep|subprocess\.(?:run|check_output)|"
    r"urllib\.request\.urlopen|openai\.(?:OpenAI|ChatCompletion)\..*create)$"
)
_THREADED = re.compile(r"(?:run_in_threadpool|to_thread|run_in_executor|run_sync)$")
_FETCHERS = re.compile(
    r"^(?:requests|httpx)\.(?:get|post|head|request|stream)$|^urllib\.request\.(?:urlopen|urlretrieve)$"
    r"|(?:ClientSession|AsyncClient|Client|session)\.(?:get|post|stream)$"
    r"|(?:WebBaseLoader|UnstructuredURLLoader|SeleniumURLLoader|PlaywrightURLLoader)$"
)
_ASGI = ["scope", "receive", "send"]
_SESSIONS = re.compile(r"^(?:\w*session|\w*client)\.(?:get|post|stream)$")


def web_facts(module: Module) -> Iterator[Fact]:
    """Routes and the ways in which a service is left open."""
    called = spending_functions(module)
    spending = closure(called)
    routes = [
        found for scope in module.functions if (found := _route(module, scope, called, spending))
    ]
    yield from routes
    yield from dependencies(module)
    for name, names in called.items():
        if name:
            yield FunctionCalls(span=module.source.at(1), name=name, calls=frozenset(names))
    for call in module.calls:
        yield from _global_guard(module, call)
        yield from _server(module, call)
        yield from _cors(module, call)
        yield from _user_given(module, call)
        yield from _fails_open(module, call)
    yield from state_facts(module, has_routes=bool(routes))
    for scope in module.functions:
        yield from _middleware(module, scope)


def _route(
    module: Module, scope: Scope, called: dict[str, set[str]], spending: frozenset[str]
) -> Route | None:
    node = scope.node
    if node is None:
        return None
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        method = decorator.func.attr
        receiver = module.resolve(decorator.func.value)
        if method not in ROUTE_METHODS or not _APPS.search(receiver):
            continue
        path = module.literal(decorator.args[0]) if decorator.args else None
        path = path or module.literal(Call("", decorator, scope, 0).keyword("path", "rule")) or ""
        names = called.get(scope.name, set())
        return Route(
            span=module.span(decorator),
            method=method,
            path=path,
            name=node.name,
            authenticated=authenticated(module, node, decorator),
            limited=any(_LIMIT.search(ast.unparse(each)) for each in node.decorator_list),
            made_by=scope.parent.name if scope.parent is not None else "",
            spends=scope.name in spending or "*" in names,
            is_async=scope.is_async,
            returns_constant=_returns_constant(node),
            blocking=_blocking(module, scope, spending),
            needs=needs(node) | depended(router_dependencies(module, decorator)),
            upload=any(
                _annotation(each).startswith(("UploadFile", "File"))
                or "UploadFile" in _annotation(each)
                for each in scope.parameters
            ),
        )
    return None


def _annotation(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation) if argument.annotation is not None else ""


def _returns_constant(node: FunctionNode) -> bool:
    """Whether the function answers without asking anything."""
    for each in below(node):
        if isinstance(each, ast.Call):
            name = ast.unparse(each.func).rpartition(".")[2]
            if name not in {
                "jsonify",
                "Response",
                "JSONResponse",
                "dict",
                "PlainTextResponse",
                "str",
            } and (
                each not in node.decorator_list
                and name not in ROUTE_METHODS
                and not name[:1].isupper()
            ):
                return False
    return True


def _blocking(module: Module, scope: Scope, spending: frozenset[str]) -> Span | None:
    if not scope.is_async:
        return None
    threaded = _elsewhere(module, scope)
    streams = scope.node is not None and "StreamingResponse" in ast.unparse(scope.node)
    waits = _kinds_of_functions(module)
    for call in module.calls_in(scope):
        if call.awaited or id(call.node) in threaded:
            continue
        simple = call.name.rpartition(".")[2]
        if _BLOCKING.match(call.name):
            return module.span(call.node)
        if "async" in waits.get(simple, ()) or simple in {"ainvoke", "astream", "agenerate"}:
            continue
        made = _FACTORY.match(simple) is not None
        later = {"generate", "stream", "chat", "query", "run"}
        late = streams and (simple in later or simple in spending)
        late = late or "generator" in waits.get(simple, ())
        asks = not (made or late) and (
            reaches_model(call, module) or (simple in spending and "." not in call.name)
        )
        if asks and not re.search(r"Async|\.astream|\.stream$", call.name):
            return module.span(call.node)
    return None


def _kinds_of_functions(module: Module) -> dict[str, set[str]]:
    """Functions of the file by name: whether one is async, and whether calling it waits for nothing."""
    if module.kinds is None:
        module.kinds = {}
        for each in module.functions:
            kinds = module.kinds.setdefault(each.name, set())
            if each.is_async:
                kinds.add("async")
            if each.node is not None and any(
                isinstance(part, ast.Yield | ast.YieldFrom) for part in below(each.node)
            ):
                kinds.add("generator")
    return module.kinds


def _elsewhere(module: Module, scope: Scope) -> set[int]:
    """Nodes of a function that run in a thread, or later: a callback holds nobody up."""
    roots: list[ast.AST] = [
        call.node for call in module.calls_in(scope) if _THREADED.search(call.name)
    ]
    if scope.node is not None:
        roots += [each for each in below(scope.node) if isinstance(each, ast.Lambda)]
    return {id(part) for root in roots for part in below(root)}


def _global_guard(module: Module, call: Call) -> Iterator[Trait]:
    last = call.name.rpartition(".")[2]
    text = ""
    if last in {"FastAPI", "include_router"}:
        dependencies = call.keyword("dependencies") or router_dependencies(module, call.node)
        text = ast.unparse(dependencies) if dependencies is not None else ""
        for name in sorted(depended(dependencies)) if dependencies is not None else ():
            yield Trait(span=module.span(call.node), name="global-dependency", detail=name)
        if isinstance(dependencies, ast.Name):
            text += " ".join(_appended(module, dependencies.id))
    elif last == "add_middleware" and call.node.args:
        text = ast.unparse(call.node.args[0])
    if text and AUTH.search(text):
        yield Trait(span=module.span(call.node), name="global-authentication")
    if (text and _LIMIT.search(text)) or last in {"Limiter", "FastAPILimiter", "SlowAPIMiddleware"}:
        yield Trait(span=module.span(call.node), name="rate-limited")


def _appended(module: Module, name: str) -> Iterator[str]:
    """What is appended to a list of that name anywhere in the file."""
    for call in module.calls:
        if ast.unparse(call.node.func) == f"{name}.append":
            yield from map(ast.unparse, call.node.args)


def _middleware(module: Module, scope: Scope) -> Iterator[Trait]:
    node = scope.node
    if node is None:
        return
    decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
    names = [each.arg for each in scope.parameters]
    hooked = "middleware" in decorators or "before_request" in decorators
    if hooked or names[-2:] == ["request", "call_next"] or names[-3:] == _ASGI:
        body = ast.unparse(node)
        if re.search(
            r"authorization|api[-_]?key|verify|bearer|(?:access|auth|jwt|session)_token|x-token",
            body,
            re.IGNORECASE,
        ):
            yield Trait(span=module.span(node), name="global-authentication")
        if _LIMIT.search(body):
            yield Trait(span=module.span(node), name="rate-limited")
        if re.search(r"origin", body, re.IGNORECASE) and re.search(r"40[013]|forbid", body):
            yield Trait(span=module.span(node), name="origin-checked")


def _server(module: Module, call: Call) -> Iterator[Trait]:
    last = call.name.rpartition(".")[2]
    if last == "run" and is_true(call.keyword("debug")):
        place = call.keyword("debug") or call.node
        # Without an address Flask listens on the machine itself only.
        alone = call.keyword("host") is None and not call.node.args and module.under_main(call.node)
        name = "development-start" if alone and not call.spreads else "debug-server"
        yield Trait(span=module.span(place), name=name, detail="debug=True")
    elif call.name == "uvicorn.run" and is_true(call.keyword("reload")):
        place = call.keyword("reload") or call.node
        starts = call.scope.name in {"run", "start", "main", "dev", "serve", "run_dev"}
        by_hand = starts or module.under_main(call.node)
        name = "development-start" if by_hand else "development-server"
        yield Trait(span=module.span(place), name=name, detail="`reload=True`")
    elif last == "launch" and is_true(call.keyword("share")):
        place = call.keyword("share") or call.node
        yield Trait(span=module.span(place), name="public-tunnel")
    elif call.name.startswith(("pyngrok.", "ngrok.")) and last in {"connect", "forward"}:
        yield Trait(span=module.span(call.node), name="public-tunnel")


def _cors(module: Module, call: Call) -> Iterator[Trait]:
    last = call.name.rpartition(".")[2]
    if last in {"add_middleware", "CORSMiddleware"} and "CORSMiddleware" in ast.unparse(call.node):
        origins = call.keyword("allow_origins", "allow_origin_regex")
        listed = _values(module, origins)
        if ("*" in listed or ".*" in listed) and not _is_opted_in(module, call):
            with_credentials = is_true(call.keyword("allow_credentials"))
            detail = "with credentials" if with_credentials else "any origin"
            yield Trait(span=module.span(origins or call.node), name="open-cors", detail=detail)
    elif call.name == "flask_cors.CORS":
        origins = call.keyword("origins", "resources")
        if origins is None or '"*"' in ast.unparse(origins).replace("'", '"'):
            detail = (
                "with credentials"
                if is_true(call.keyword("supports_credentials"))
                else "any origin"
            )
            yield Trait(span=module.span(call.node), name="open-cors", detail=detail)


def _is_opted_in(module: Module, call: Call) -> bool:
    """Whether a setting must be switched on before the line runs."""
    return any(
        isinstance(each, ast.If)
        and each.body[0].lineno <= call.node.lineno <= (each.body[-1].end_lineno or 0)
        and not re.search(r"__main__|dev|debug|local", ast.unparse(each.test), re.IGNORECASE)
        for each in below(module.tree)
    )


def _values(module: Module, node: ast.expr | None) -> set[str]:
    if isinstance(node, ast.Name):
        node = module.variables.get(node.id)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return {
            each.value
            for each in node.elts
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        }
    text = module.literal(node)
    return {text} if text else set()


def _user_given(module: Module, call: Call) -> Iterator[Trait]:
    """A URL fetched, or a path built, from what the caller sent."""
    given = {each.arg for each in call.scope.parameters}
    if not is_route(call.scope):
        return
    written = ast.unparse(call.node.func)
    by_session = _SESSIONS.search(written) is not None and module.has_import("aiohttp", "httpx")
    if (by_session or _FETCHERS.search(call.name)) and call.node.args:
        names = set(names_in(call.node.args[0]))
        if names & given & {
            "url",
            "uri",
            "link",
            "source_url",
            "image_url",
            "file_url",
            "webhook_url",
        } or (names & {"url", "image_url"} and names & given):
            if _is_checked(call, names & given):
                return
            yield Trait(
                span=module.span(call.node), name="fetches-given-url", certainty=Certainty.LIKELY
            )
    if call.name in {"open", "os.path.join", "pathlib.Path"} and _given_filename(
        module, call, given
    ):
        yield Trait(
            span=module.span(call.node), name="path-from-upload", certainty=Certainty.LIKELY
        )


_CHECKS_PLACE = re.compile(
    r"(?:^|[._])(?:is_)?(?:allow|valid|check|safe|permit|verify|trusted|ensure|assert|ssrf|guard|screen)",
    re.IGNORECASE,
)


def _is_checked(call: Call, names: set[str]) -> bool:
    """Whether the function first hands one of the names to another whose name says that it checks."""
    node = call.scope.node
    return node is not None and any(
        isinstance(each, ast.Call)
        and each.lineno < call.node.lineno
        and _CHECKS_PLACE.search(ast.unparse(each.func)) is not None
        and any(names & set(names_in(given)) for given in each.args)
        for each in below(node)
    )


def _only_suffix(call: Call) -> bool:
    """Whether of `Path(file.filename)` nothing but the suffix or the last part is used."""
    node = call.scope.node
    return node is not None and any(
        isinstance(each, ast.Attribute)
        and each.value is call.node
        and each.attr in {"suffix", "suffixes", "stem", "name"}
        for each in below(node)
    )


_CHECKS_PATH = re.compile(
    r"startswith\(|is_relative_to|commonpath|secure_filename|basename\(|sanitize"
)


def _given_filename(module: Module, call: Call, given: set[str]) -> bool:
    if call.scope.node is not None and _CHECKS_PATH.search(ast.unparse(call.scope.node)):
        return False
    for argument in call.node.args:
        for each in below(argument):
            if isinstance(each, ast.Attribute) and each.attr == "filename":
                return not _only_suffix(call)
            if isinstance(each, ast.Name) and each.id in {"file_name", "filename"}:
                if _only_suffix(call):
                    return False
                value = module.variables.get(each.id)
                if value is not None and (
                    "filename" in ast.unparse(value) or set(names_in(value)) & given
                ):
                    return "secure_filename" not in ast.unparse(
                        value
                    ) and ".name" not in ast.unparse(value)
    return False


def _fails_open(module: Module, call: Call) -> Iterator[Trait]:
    if (
        call.name.endswith("jwt.decode")
        and not module.source.has(b"client_credentials", b"grant_type")
        and not _thrown_away(call)
        and not _only_shown(module, call)
        and not _verified_next(module, call)
    ):
        text = ast.unparse(call.node).replace("'", '"')
        if '"verify_signature": False' in text or "verify=False" in text:
            yield Trait(
                span=module.span(call.node),
                name="fails-open",
                detail="the signature is not checked",
            )
        elif (
            '"verify_exp": False' in text
            and not _reads_expiry(call)
            and _ENDS_ITSELF.search(module.source.text) is None
        ):
            yield Trait(
                span=module.span(call.node), name="fails-open", detail="the token never expires"
            )


# The time a token ends, compared with another: the module refuses in its own words.
_ENDS_ITSELF = re.compile(
    r"(?:\.|\[[\"'])exp\b[\"'\])]*\s*[<>]|[<>]=?\s*[\w.]*(?:\.|\[[\"'])exp\b"
    r"|\.get\([\"']exp[\"'][^)\n]*\)\s*[<>]|[<>]=?\s*[\w.]*\.get\([\"']exp[\"']"
)
# Functions that only want to know what a token says: for the name of an entry, or for an operator.
_ONLY_LOOKS = re.compile(r"refresh|cache|debug|diagnos")
_SHOWN = re.compile(
    r"(?:display|show)[- ]only|safe here|never (?:used|make)\w* .*(?:authori[sz]|decision)|not used for auth",
    re.IGNORECASE,
)


def _only_shown(module: Module, call: Call) -> bool:
    """Whether a comment says that nobody trusts it, or the function renews or only looks."""
    line = call.node.lineno
    above = " ".join(module.source.lines[max(line - 6, 0) : line])
    return (
        _SHOWN.search(above) is not None or _ONLY_LOOKS.search(call.scope.name.lower()) is not None
    )


_NOT_YET = re.compile(
    r"without verif|unverified|not (?:yet )?verified|nothing is trusted|before the signature"
    r"|verified (?:later|after|below|next|with)",
    re.IGNORECASE,
)


def _verified_next(module: Module, call: Call) -> bool:
    """Whether the function says that it looks before the check, and the module has that check.

    Where the key belongs to the user, the token must be read to find the key that verifies it.
    """
    said = ast.get_docstring(call.scope.node) if call.scope.node is not None else None
    return _NOT_YET.search(said or "") is not None and any(
        each.name == call.name
        and each.node is not call.node
        and each.argument(1, "key") is not None
        and "verify_signature" not in ast.unparse(each.node)
        for each in module.calls
    )


def _reads_expiry(call: Call) -> bool:
    """Whether the function looks at the expiry itself, outside the call."""
    inside = {id(each) for each in ast.walk(call.node)}
    node = call.scope.node
    return node is not None and any(
        isinstance(each, ast.Constant) and each.value == "exp" and id(each) not in inside
        for each in ast.walk(node)
    )


def _thrown_away(call: Call) -> bool:
    """Whether nobody uses the result: the token is only looked at for its form."""
    node = call.scope.node
    return node is not None and any(
        isinstance(each, ast.Expr) and each.value is call.node for each in below(node)
    )


def is_health(path: str) -> bool:
    """Whether a route's path is that of a health check."""
    return _HEALTH.search(path) is not None


def is_quiet(path: str) -> bool:
    """Whether a route may stay open: the root page, documentation, metrics, static files."""
    return _QUIET.match(path) is not None or is_health(path)
