"""Whether a route, or what it depends on, asks who calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from aegis.review.documents.python_module import Call, FunctionNode, Module, below, names_in
from aegis.review.facts.callers import Dependency

AUTH = re.compile(
    r"auth|login_required|jwt|token_required|require|permission|verify|current_user|api_?key|"
    r"credential|secur|protect|identity|oauth|bearer|signature|(?:validate|check)_(?:token|key)",
    re.IGNORECASE,
)
# A parameter whose type or dependency is the caller: `user: CurrentUser`, `Depends(get_user)`.
_WHO = re.compile(
    r"current_session|(?:current|auth\w*|active|admin|logged\w*)_?user|get_user|UserDep",
    re.IGNORECASE,
)
_GUARD = re.compile(
    r"^_?(?:check|require|verify|ensure)\w*(?:auth|perm|user|key|token)", re.IGNORECASE
)
_CHECKED = re.compile(
    r"^(?:authorization|verify_token|check_api_key|x_api_key|current_(?:user|session)\w*"
    r"|(?:get|require|check|verify)_(?:authenticated|current)_?\w*|authenticate\w*|login_user"
    # Signatures of a caller: of a webhook, of a vendor's events, of a signed request.
    r"|_?(?:verify|check|validate|is_valid)_?\w*(?:signature|webhook|hmac|secret)\w*|compare_digest"
    r"|construct_event|_?(?:verify|decode|validate|check)_\w*token|signatureverifier|requestvalidator|verify_oauth2_token|verify_id_token)$"
)
# What a text must hold before its syntax is searched for the names above and below.
_CHECKS = (
    b"authorization", b"verify_token", b"check_api_key", b"x_api_key", b"current_", b"_current",
    b"authenticate", b"login_user", b"signature", b"hmac", b"compare_digest", b"construct_event",
    b"_webhook", b"requestvalidator", b"verify_oauth2", b"verify_id", b"_secret",
    b"_token",
)  # fmt: skip
# Who is logged in, as a session keeps it: `session["user"]`, `request.session.get("email")`.
_LOGGED_IN = re.compile(r"^(?:user(?:_?id|name)?|email|logged_in|authenticated|account|role|uid)$")
_SESSION = (b"session",)
_COOKIES = (b"cookies",)
_COOKIE = re.compile(r"token|session|auth|user|account|device|identity", re.IGNORECASE)
_HEADERS = (b"authorization", b"api-key")
_UNKNOWN = re.compile(r"\b(?:status_code=|HTTPException\(|HTTP_)40[13]\b|\bHTTP_40[13]_")
_HEADER = re.compile(r"^(?:authorization|x-api-key|api-key)$", re.IGNORECASE)


def authenticated(module: Module, node: FunctionNode, decorator: ast.Call) -> bool:
    """Whether this file says that the route asks who calls."""
    others = [each for each in node.decorator_list if each is not decorator]
    return (
        any(AUTH.search(ast.unparse(other)) for other in others)
        or any(each.arg == "dependencies" for each in decorator.keywords)
        or _router_asks(module, decorator)
        or _function_asks(module, node)
    )


# A function that a route calls first, and that may turn the caller away.
_TURNS_AWAY = re.compile(r"^_?(?:verify|check|require|ensure|authori[sz]e|authenticate|assert)_\w+")


def needs(node: FunctionNode) -> frozenset[str]:
    """Names of what a function depends on: arguments of `Depends`, types that may hold one, checks."""
    types = {each.id for each in _declared(node) if isinstance(each, ast.Name)}
    given = {each.arg for each in node.args.args} & {"websocket", "request", "ws"}
    checks = {
        _last(each.func)
        for statement in node.body
        for each in ast.walk(statement)
        if isinstance(each, ast.Call)
        and (
            _TURNS_AWAY.match(_last(each.func))
            or (given and any(isinstance(it, ast.Name) and it.id in given for it in each.args))
        )
    }
    return frozenset((types | checks).union(*map(depended, _declared(node))))


def dependencies(module: Module) -> Iterator[Dependency]:
    """What other functions, here or in other files, may depend on."""
    depends = module.source.has(b"Depends", b"Security")
    for scope in module.functions:
        if scope.node is not None:
            declared = _declared(scope.node) if depends else ()
            needed = frozenset[str]().union(*map(depended, declared))
            asks = (
                _function_asks(module, scope.node)
                or _reads_header(module, scope.node)
                or _refuses(scope.node)
            )
            if needed or asks:
                yield Dependency(
                    span=module.span(scope.node), name=scope.node.name, needs=needed, asks=asks
                )
    for name, value in module.variables.items():
        if isinstance(value, ast.Subscript) and "Depends" in (text := ast.unparse(value)):
            yield Dependency(
                span=module.span(value),
                name=name,
                needs=depended(value),
                asks=_asks_who(module, value) or _WHO.search(text) is not None,
            )


def _function_asks(module: Module, node: FunctionNode) -> bool:
    if any(_asks_who(module, each) for each in _declared(node)):
        return True
    if module.may_name(node, _SESSION) and _reads_session(node):
        return True
    if module.may_name(node, _COOKIES) and _reads_cookie(node):
        return True
    if not module.may_name(node, _CHECKS):
        return False  # no name of the body can match
    body = {name.lower() for statement in node.body for name in names_in(statement)}
    return any(_CHECKED.search(name) for name in body)


def _reads_session(node: FunctionNode) -> bool:
    """Whether the function looks up in the session who is logged in."""
    for each in below(node):
        held = key = None
        if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Load):
            held, key = each.value, each.slice
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.args:
            held, key = each.func.value, each.args[0] if each.func.attr == "get" else None
        elif isinstance(each, ast.Compare) and isinstance(each.ops[0], ast.In | ast.NotIn):
            held, key = each.comparators[0], each.left
        if (
            held is not None
            and _last(held) == "session"
            and isinstance(key, ast.Constant)
            and isinstance(key.value, str)
            and _LOGGED_IN.match(key.value.lower())
        ):
            return True
    return False


def _reads_cookie(node: FunctionNode) -> bool:
    """Whether the function takes from a cookie who calls: a token, a session, a device."""
    for each in below(node):
        key = None
        if isinstance(each, ast.Subscript) and _last(each.value) == "cookies":
            key = each.slice
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.args:
            of_cookies = each.func.attr == "get" and _last(each.func.value) == "cookies"
            key = each.args[0] if of_cookies else None
        written = key.value if isinstance(key, ast.Constant) else _last(key) if key else ""
        if isinstance(written, str) and _COOKIE.search(written):
            return True
    return False


def _reads_header(module: Module, node: FunctionNode) -> bool:
    """Whether the function looks at the header that carries a credential."""
    return module.may_name(node, _HEADERS) and any(
        isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and _HEADER.match(each.value) is not None
        for each in below(node)
    )


def _refuses(node: FunctionNode) -> bool:
    """Whether the function raises what a caller hears who is unknown: status 401 or 403."""
    return any(
        isinstance(each, ast.Raise)
        and each.exc is not None
        and _UNKNOWN.search(ast.unparse(each.exc)) is not None
        for each in below(node)
    )


def depended(declared: ast.expr | None) -> frozenset[str]:
    """Names inside `Depends(…)`, without the modules they are taken from."""
    if declared is None:
        return frozenset()
    return frozenset(
        _last(each.args[0])
        for each in below(declared)
        if isinstance(each, ast.Call) and _last(each.func) in {"Depends", "Security"} and each.args
    )


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _declared(node: FunctionNode) -> Iterator[ast.expr]:
    """Defaults and annotations of the parameters."""
    yield from node.args.defaults
    yield from (each for each in node.args.kw_defaults if each is not None)
    for argument in (*node.args.args, *node.args.kwonlyargs):
        if argument.annotation is not None:
            yield argument.annotation


def _asks_who(module: Module, declared: ast.expr) -> bool:
    """Whether a default or an annotation is a dependency on who calls."""
    if isinstance(declared, ast.Name):
        return _WHO.search(declared.id) is not None
    if isinstance(declared, ast.Attribute):
        return _WHO.search(ast.unparse(declared)) is not None
    if isinstance(declared, ast.Constant):
        return False
    for inner in below(declared):
        if isinstance(inner, ast.Call):
            name = module.resolve(inner.func).rpartition(".")[2]
            given = ast.unparse(inner.args[0]) if inner.args else ""
            asks = name == "Depends" and (AUTH.search(given) or _WHO.search(given))
            if (
                asks
                or name == "Security"
                or _WHO.search(name)
                or _GUARD.search(name)
                or (name == "Header" and AUTH.search(ast.unparse(inner)))
            ):
                return True
    return False


def _router_asks(module: Module, decorator: ast.Call) -> bool:
    """Whether the router that carries the route was made with a dependency on who calls."""
    given = router_dependencies(module, decorator)
    return given is not None and AUTH.search(ast.unparse(given)) is not None


def router_dependencies(module: Module, decorator: ast.Call) -> ast.expr | None:
    """What every route of the router that carries this one depends on."""
    receiver = decorator.func.value if isinstance(decorator.func, ast.Attribute) else None
    made = module.variables.get(receiver.id) if isinstance(receiver, ast.Name) else None
    if not isinstance(made, ast.Call):
        return None
    return Call("", made, module.scope, 0).keyword("dependencies")
