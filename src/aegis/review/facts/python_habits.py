"""Habits in Python code that one rule each judges: threads, templates, tools, stored talk, tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty
from aegis.detect.names import secret_role
from aegis.review.documents.python_module import Call, Module, Scope, below, names_in
from aegis.review.documents.source import Tier
from aegis.review.facts.model_calls import reaches_model
from aegis.review.facts.python_state import is_route
from aegis.review.facts.text import FIELDS, KNOWN_PASSWORDS
from aegis.review.facts.types import DefaultCredential, Fact, Trait

_AI = (
    "openai", "anthropic", "langchain", "langchain_core", "langchain_openai", "langchain_community",
    "litellm", "ollama", "llama_index", "transformers", "crewai", "autogen", "google.generativeai",
)  # fmt: skip
_ASKED = re.compile(r"^(?:user_)?(?:message|prompt|question|query|input|user_input)$")
_ANSWERED = re.compile(r"^(?:response|answer|completion|reply|bot_message|ai_message|output)$")
_PASSING = re.compile(r"(?:State|Event|Result|Input|Output|Response|Request|Step|Error)$")
_ENDS = re.compile(r"expir|ttl|retention|delete_after|valid_until", re.IGNORECASE)
_STORES = re.compile(
    r"\.(?:save|insert|insert_one|insert_many|commit|add_all)$"
    r"|(?:session|db|database|repo|repository|store|collection|conn|connection)\w*\.add$",
    re.IGNORECASE,
)
_TOOL = re.compile(r"(?:^|\.)(?:tool|function_tool|register_tool|kernel_function|ai_function)\b")
_DESTRUCTIVE = re.compile(
    r"^(?:delete|drop|remove|destroy|wipe|send|pay|transfer|refund|purchase|buy|execute|deploy|"
    r"terminate|shutdown|cancel|publish|post|grant|revoke)_"
)
_APPROVES = re.compile(r"interrupt|approv|confirm|human|dry_run|consent", re.IGNORECASE)
_JINJA = ("jinja2.Template", "jinja2.Environment.from_string", "jinja2.environment.Template")
_NETWORK = re.compile(r"^(?:requests|httpx)\.(?:get|post|put)$")


def habit_facts(module: Module) -> Iterator[Fact]:
    """Every such habit of one module."""
    about_ai = module.has_import(*_AI)
    for call in module.calls:
        if about_ai:
            yield from _unbounded(module, call)
            yield from _template(module, call)
            yield from _search(module, call)
        yield from _stored(module, call)
        yield from _made(module, call)
    yield from _known_defaults(module)
    for scope in module.functions:
        yield from _tool(module, scope)
        yield from _retries(module, scope)
    if module.source.tier is Tier.TEST:
        yield from _tests(module)


def _unbounded(module: Module, call: Call) -> Iterator[Trait]:
    if call.scope.node is None:
        return
    if call.name == "threading.Thread" and (is_route(call.scope) or _asks_near(module, call.scope)):
        yield Trait(span=module.span(call.node), name="unbounded-work", detail="a thread each")


def _asks_near(module: Module, scope: Scope) -> bool:
    """Whether a function, or one nested in it, asks a model or streams an answer."""
    inner = {id(scope)} | {id(each) for each in module.functions if each.parent is scope}
    return any(id(call.scope) in inner and reaches_model(call, module) for call in module.calls)


def _template(module: Module, call: Call) -> Iterator[Trait]:
    if module.literal(call.keyword("template_format")) == "jinja2":
        text = call.argument(0, "template")
        if text is not None and _composed(module, text):
            yield Trait(span=module.span(call.node), name="untrusted-template", detail="jinja2")
        return
    if call.name in _JINJA and call.node.args and _composed(module, call.node.args[0]):
        yield Trait(span=module.span(call.node), name="untrusted-template", detail=call.name)


def _composed(module: Module, node: ast.expr) -> bool:
    """Whether the text of a template is put together from pieces, and not one that was written."""
    value = module.variables.get(node.id, node) if isinstance(node, ast.Name) else node
    if isinstance(value, ast.JoinedStr | ast.BinOp):
        return True
    return isinstance(value, ast.Call) and module.resolve(value.func).endswith((".join", ".format"))


_SEARCHES = frozenset(
    (
        "similarity_search",
        "similarity_search_with_score",
        "query_points",
        "max_marginal_relevance_search",
    )
)


def _known_defaults(module: Module) -> Iterator[DefaultCredential]:
    """A key of the settings that everybody knows: `jwt_secret: str = "changeme"`."""
    for name, value, scope in module.assigns:
        if scope.node is not None or not secret_role(name):
            continue
        keywords = value.keywords if isinstance(value, ast.Call) else []
        given = next((each.value for each in keywords if each.arg == "default"), value)
        text = str(given.value).lower() if isinstance(given, ast.Constant) else ""
        if text in KNOWN_PASSWORDS and text not in FIELDS:
            yield DefaultCredential(span=module.span(given), name=name, fallback=True)


def _search(module: Module, call: Call) -> Iterator[Trait]:
    last = call.name.rpartition(".")[2]
    if last in _SEARCHES and not call.spreads:
        names = ("filter", "where", "namespace", "query_filter", "filters", "partition_names")
        if call.keyword(*names) is None:
            yield Trait(span=module.span(call.node), name="unfiltered-search", detail=f"`{last}`")


def _retries(module: Module, scope: Scope) -> Iterator[Trait]:
    """Tenacity without a wait, around a call of a model."""
    node = scope.node
    for decorator in node.decorator_list if node is not None else ():
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if module.resolve(function) not in {"tenacity.retry", "retry.retry", "retrying.retry"}:
            continue
        given = (
            {each.arg for each in decorator.keywords} if isinstance(decorator, ast.Call) else set()
        )
        paused = given & {"wait", "backoff", "delay", "wait_exponential_multiplier", "wait_fixed"}
        if not paused and _asks_near(module, scope):
            yield Trait(
                span=module.span(decorator), name="retry-without-backoff", detail="no wait between"
            )


def _stored(module: Module, call: Call) -> Iterator[Trait]:
    function = call.node.func
    written = function.id if isinstance(function, ast.Name) else call.name.rpartition(".")[2]
    if len(call.node.keywords) < 2 or not written[:1].isupper():
        return
    names = [each.arg or "" for each in call.node.keywords]
    if any(_ENDS.search(name) for name in names):
        return
    if _PASSING.search(written):
        return
    asked = [name for name in names if _ASKED.match(name)]
    answered = [name for name in names if _ANSWERED.match(name)]
    if not asked or not answered:
        return
    if any(_STORES.search(other.name) for other in module.calls):
        detail = f"`{written}({asked[0]}=…, {answered[0]}=…)`"
        yield Trait(
            span=module.span(call.node),
            certainty=Certainty.LIKELY,
            name="stored-conversation",
            detail=detail,
        )


_MAKES_KEYS = re.compile(
    r"(?<!_db)(?<!\bdb)(?<!store)(?<!repo)\.(?:create_access_key|create_service_account_key|add_password)$"
    r"|\.keys\.create$"
)


def _made(module: Module, call: Call) -> Iterator[Trait]:
    """A long-lived key asked of a cloud, and whether the same function writes a file."""
    if not _MAKES_KEYS.search(call.name):
        return
    node = call.scope.node
    beside = [each for each in module.calls if each.scope is call.scope]
    files = any(
        each.name in {"open", "json.dump", "yaml.dump"} or each.name.endswith(".write_text")
        for each in beside
    )
    yield Trait(
        span=module.span(call.node),
        certainty=Certainty.LIKELY,
        name="credential-made",
        detail=f"`{call.name.rpartition('.')[2]}`"
        + (", written to a file" if files and node else ""),
    )


def _tool(module: Module, scope: Scope) -> Iterator[Trait]:
    node = scope.node
    if node is None or not _DESTRUCTIVE.match(node.name):
        return
    if any(_TOOL.search(ast.unparse(each)) for each in node.decorator_list):
        body = " ".join(name for statement in node.body for name in names_in(statement))
        if not _APPROVES.search(body):
            yield Trait(span=module.span(node), name="destructive-tool", detail=node.name)


def _proves_nothing(scope: Scope) -> bool:
    """Whether a test's body is `pass`, `...` or `assert True`, beside its docstring."""
    if scope.node is None or not scope.node.name.startswith("test"):
        return False
    return all(
        isinstance(each, ast.Pass)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        or (isinstance(each, ast.Assert) and isinstance(each.test, ast.Constant))
        for each in scope.node.body
    )


def _tests(module: Module) -> Iterator[Trait]:
    """Tests that cannot fail on the answer, and scripts that call a service somewhere."""
    asserts = any(isinstance(each, ast.Assert) for each in below(module.tree))
    empty = [each for each in module.functions if _proves_nothing(each)]
    tests = [each for each in module.functions if each.name.startswith("test")]
    if tests and len(empty) == len(tests) and tests[0].node is not None:
        yield Trait(
            span=module.span(tests[0].node), name="hollow-test", detail="nothing but placeholders"
        )
        return
    checks = asserts or any(
        "assert" in call.name.lower() or "raises" in call.name for call in module.calls
    )
    if checks:
        return
    for call in module.calls:
        url = call.argument(0, "url") if _NETWORK.match(call.name) else None
        text = module.literal(url) or ""
        if text.startswith("https://") and "localhost" not in text:
            yield Trait(
                span=module.span(call.node),
                name="hollow-test",
                detail="a live service is called and nothing asserted",
            )
            return
