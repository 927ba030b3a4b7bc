"""Language-model clients, agents, and what happens to a model's output, in Python code."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty
from aegis.detect.placeholders import words
from aegis.review.documents.python_module import Call, Module, below, names_in
from aegis.review.facts.model_calls import closure, reaches_model, spending_functions
from aegis.review.facts.types import (
    AgentLoop,
    Fact,
    HostedModel,
    JudgeModel,
    LlmClient,
    ModelOutputUse,
    Trait,
)

_NATIVE = re.compile(
    r"^(?:openai\.(?:Async)?(?:Azure)?OpenAI|anthropic\.(?:Async)?Anthropic(?:Bedrock|Vertex)?|"
    r"groq\.(?:Async)?Groq|together\.(?:Async)?Together|mistralai\.Mistral|"
    r"mistralai\.client\.MistralClient|cohere\.(?:Async)?Client(?:V2)?|ollama\.(?:Async)?Client)$"
)
_LANGCHAIN = re.compile(
    r"^langchain[\w.]*\.(?:Chat)?(?:Azure)?(?:OpenAI|ChatOpenAI|Anthropic|Ollama|Bedrock|BedrockChat"
    r"|BedrockConverse|GoogleGenerativeAI|VertexAI|Groq|MistralAI|Cohere|Together|Fireworks"
    r"|HuggingFaceHub|HuggingFaceEndpoint|LiteLLM|Perplexity|NVIDIA|DeepSeek)$"
)
_EMBEDDINGS = re.compile(r"^langchain[\w.]*\.(?:Azure)?(?:OpenAI|Ollama|Cohere|Bedrock)Embeddings$")
_TIMEOUTS = (
    "timeout", "request_timeout", "default_request_timeout", "timeout_ms", "http_client", "config",
    "client_kwargs", "client", "request_options", "sync_client_kwargs", "http_options",
)  # fmt: skip
_CAPS = (
    "max_tokens", "max_output_tokens", "max_completion_tokens", "max_tokens_to_sample",
    "num_predict", "max_new_tokens", "max_length", "model_kwargs", "generation_config", "options",
    "config", "max_gen_len",
)  # fmt: skip
# The same where it is written for a whole model; a variable may hold one.
_CAPPED = re.compile(
    r"\bmax_?(?:output_?|completion_?|new_?|gen_?)?(?:tokens|len\w*)|num_predict|generation_config=[A-Za-z_]",
    re.IGNORECASE,
)
_DIRECT = re.compile(
    r"^(?:openai\.(?:ChatCompletion|Completion)\.a?create|litellm\.a?completion|ollama\.(?:chat|generate))$"
)
_CREATE = re.compile(
    r"\.(?:chat\.completions\.(?:create|parse)|completions\.create|responses\.create|generate_content)$"
)
_HOSTED_NAME = re.compile(r"(?:gpt-|claude-|gemini-|o\d|mistral-|command-)")
_MODEL_KEYWORDS = ("model", "model_name", "model_id", "engine", "deployment_name")
_HTTP = re.compile(r"^(?:requests|httpx)\.(?:post|get|request)$")
_MODEL_URL = re.compile(
    r"/v1/(?:chat|responses|messages|infer|models/[^/]+:)|/api/(?:generate|chat|embeddings?)(?![\w.])|/completions|/embeddings|:11434|/invocations|/predict"
    r"|/generate|/infer"
)


def llm_facts(module: Module) -> Iterator[Fact]:
    """Clients and calls with their bounds, uses of output, and agents."""
    spending = closure(spending_functions(module))
    for call in module.calls:
        yield from _client(module, call)
        yield from _output(module, call, spending)
        yield from _agent(module, call)
        yield from _hosted(module, call)
        yield from _judge(module, call)
    yield from _loops(module, spending)
    yield from _handlers(module, spending)


@functools.lru_cache(maxsize=1 << 16)
def _kind_of(name: str) -> str:
    """What a call of that name makes or does; empty when it has nothing to do with models."""
    if _NATIVE.match(name):
        return "client"
    if _EMBEDDINGS.match(name):
        return "embeddings"
    if _LANGCHAIN.match(name):
        return "chat"
    if _DIRECT.match(name):
        return "direct"
    if _CREATE.search(name):
        return "call"
    return "http" if _HTTP.match(name) else "sql" if _SQL.search(name) else ""


def _client(module: Module, call: Call) -> Iterator[Fact]:
    name, kind = call.name, _kind_of(call.name)
    if name.endswith(".messages.create") and module.has_import("anthropic"):
        kind = "call"
    if kind == "client" and _only_lists(call):
        return  # a menu of models, no call of one
    if kind in {"client", "embeddings", "chat"}:
        counts = _only_counts(module, call)
        yield LlmClient(
            span=module.span(call.node),
            sdk=name.partition(".")[0],
            is_call=False,
            has_timeout=call.spreads
            or call.keyword(*_TIMEOUTS) is not None
            or name.startswith(_SHORT)
            or _bounded_when_used(module)
            or _ended_by_platform(module),
            has_output_cap=kind != "chat" or call.spreads or call.keyword(*_CAPS) is not None,
            per_request=call.scope.node is not None and (counts or call.loops > 0),
            only_counts_tokens=counts,
            by_hand=by_hand(module),
            embeds=kind == "embeddings" or _only_embeds(call),
            within=call.scope.name,
        )
    elif kind in {"direct", "call"}:
        direct = kind == "direct"
        yield LlmClient(
            span=module.span(call.node),
            sdk=name.partition(".")[0],
            is_call=True,
            has_timeout=not direct or call.spreads or call.keyword(*_TIMEOUTS) is not None,
            has_output_cap=call.spreads
            or call.keyword(*_CAPS) is not None
            or _capped_beside(module, call),
            in_loop=call.loops > 0,
            by_hand=by_hand(module),
        )
    elif kind == "http" and call.keyword("timeout") is None and not call.spreads:
        url = _written_text(call.argument(0, "url"))
        if _MODEL_URL.search(url) and name.startswith("requests."):
            yield LlmClient(
                span=module.span(call.node),
                sdk="requests",
                is_call=True,
                has_timeout=False,
                has_output_cap=True,
                by_hand=by_hand(module),
            )


def _capped_beside(module: Module, call: Call) -> bool:
    """Whether the function that asks, or the model it asks, was given an output cap elsewhere."""
    node, asked = call.scope.node, call.node.func
    while isinstance(asked, ast.Attribute):
        asked = asked.value
    made = module.variables.get(asked.id) if isinstance(asked, ast.Name) else None
    return any(_CAPPED.search(ast.unparse(each)) for each in (node, made) if each is not None)


# Clients that wait a minute unless told otherwise: README of groq-python, timeouts.
_SHORT = ("groq.", "langchain_groq.")


def _bounded_when_used(module: Module) -> bool:
    """Whether the module gives its client a time limit where it asks: `client.with_options(…)`."""
    return any(
        each.name.endswith("with_options") and each.keyword("timeout") is not None
        for each in module.calls
    )


def _only_lists(call: Call) -> bool:
    """Whether the function that makes the client asks for the list of models and nothing else."""
    written = ast.unparse(call.scope.node) if call.scope.node is not None else ""
    return ".models.list(" in written and not re.search(
        r"\.(?:chat|completions|responses|messages|embeddings)\b|generate", written
    )


def _only_embeds(call: Call) -> bool:
    """Whether the function that makes the client asks it for embeddings and for nothing else."""
    written = ast.unparse(call.scope.node) if call.scope.node is not None else ""
    return ".embeddings." in written and not re.search(
        r"\.(?:chat|completions|responses|messages)\b|generate", written
    )


def _ended_by_platform(module: Module) -> bool:
    """Whether the file is a function of AWS Lambda, which the platform ends at its own limit."""
    return any(
        [each.arg for each in scope.parameters[:2]] == ["event", "context"]
        for scope in module.functions
    )


_SCRIPTS = re.compile(
    r"(?:^|/)(?:scripts?|tools|bin|evals?|evaluations?|llm_judge)/|(?:^|/)eval\w*\.py$|\.ipynb$"
)


def by_hand(module: Module) -> bool:
    """Whether a person starts the code and watches it: a command line, an evaluation, a notebook."""
    if _SCRIPTS.search(module.source.path):
        return True
    serves = module.has_import("fastapi", "flask", "quart", "starlette", "streamlit", "gradio")
    return not serves and module.has_import("argparse", "click", "typer", "fire", "readline")


def _only_counts(module: Module, call: Call) -> bool:
    """Whether the client is built only to count tokens."""
    line = module.source.lines[call.node.lineno - 1 : (call.node.end_lineno or 0)]
    return ".get_num_tokens" in "".join(line)


def _written_text(node: ast.expr | None) -> str:
    if node is None:
        return ""
    return "".join(
        each.value
        for each in below(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


_JUDGE = re.compile(r"judge|grader|evaluator|(?:^|_)eval_(?:model|llm)|critic", re.IGNORECASE)


def _judge(module: Module, call: Call) -> Iterator[Fact]:
    """A model named where something is judged: `judge_model=…`, `judge = ChatOpenAI(model=…)`."""
    for each in call.node.keywords:
        if each.arg and _JUDGE.search(each.arg) and "model" in each.arg:
            name = module.literal(each.value)
            if name and _HOSTED_NAME.match(name):
                yield JudgeModel(span=module.span(each.value), name=name)
    node = call.keyword(*_MODEL_KEYWORDS)
    name = module.literal(node)
    if node is None or not name or not _HOSTED_NAME.match(name):
        return
    judges = call.name.rpartition(".")[2] in {"GEval", "LLMJudge", "AnswerRelevancyMetric"}
    assigned = module.assigned_to.get(id(call.node), "")
    if judges or _JUDGE.search(assigned):
        yield JudgeModel(span=module.span(node), name=name)


def _hosted(module: Module, call: Call) -> Iterator[Fact]:
    node = call.keyword(*_MODEL_KEYWORDS)
    name = module.literal(node)
    if node is not None and name and _HOSTED_NAME.match(name):
        yield HostedModel(span=module.span(node), name=name)


# --- output ------------------------------------------------------------------------------------

_PARSERS = {"json.loads": "json.loads", "ast.literal_eval": "ast.literal_eval"}
_RUNNERS = {
    "eval": "eval",
    "exec": "exec",
    "os.system": "a shell",
    "subprocess.run": "a process",
    "subprocess.Popen": "a process",
    "subprocess.check_output": "a process",
}
_SQL = re.compile(
    r"(?:^|[._])(?:cursor|cur|conn|connection|session|db|database|engine|duckdb|sqlite3)\w*\.(?:execute|exec)$",
    re.IGNORECASE,
)
_MARKUP = ("markupsafe.Markup", "flask.Markup", "django.utils.safestring.mark_safe")
_OUTPUT_NAMES = re.compile(
    r"(?:^|_)(?:completion|llm_(?:response|output|result)|model_output|generated(?:_\w+)?|"
    r"ai_response|ai_message|answer|chat_response|llm_answer)$"
)


def _output(module: Module, call: Call, spending: frozenset[str]) -> Iterator[Fact]:
    name = call.name
    argument = call.node.args[0] if call.node.args else None
    if argument is None:
        return
    sink = _PARSERS.get(name) or _RUNNERS.get(name) or ""
    if not sink and _kind_of(name) == "sql" and not isinstance(argument, ast.Constant):
        sink = "SQL"
    if not sink and name in _MARKUP:
        sink = "HTML"
    if not sink or not _from_model(module, argument, spending):
        return
    if name in _PARSERS and (call.guarded or _is_envelope(module, argument)):
        return
    yield ModelOutputUse(span=module.span(call.node), certainty=Certainty.LIKELY, sink=sink)


def _is_envelope(module: Module, node: ast.expr) -> bool:
    """Whether it is what a client library sends, which is JSON, and not what the model wrote."""
    value = module.variables.get(node.id) if isinstance(node, ast.Name) else None
    written = ast.unparse(value if value is not None else node)
    envelope = ".read(" in written or "['body']" in written.lower() or "api_name=" in written
    return envelope and "content" not in written


def _from_model(module: Module, node: ast.expr, spending: frozenset[str]) -> bool:
    """Whether an expression holds what a model answered."""
    for each in below(node):
        if isinstance(each, ast.Call) and _asks(module, each, spending):
            return True
        if isinstance(each, ast.Name):
            if _OUTPUT_NAMES.search(each.id.lower()):
                return True
            value = module.variables.get(each.id)
            inner = _innermost(value) if value is not None else None
            if inner is not None and _asks(module, inner, spending):
                return True
    return False


def _asks(module: Module, node: ast.Call, spending: frozenset[str]) -> bool:
    name = module.resolve(node.func)
    if name.rpartition(".")[2] in spending:
        return True
    return reaches_model(Call(name, node, module.scope, 0), module)


def _innermost(node: ast.expr) -> ast.Call | None:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Await):
        node = node.value
    return node if isinstance(node, ast.Call) else None


# --- agents and loops --------------------------------------------------------------------------

_BOUNDS: dict[str, tuple[str, ...]] = {
    "AssistantAgent": ("max_consecutive_auto_reply",),
    "UserProxyAgent": ("max_consecutive_auto_reply",),
    "GroupChat": ("max_round",),
    "RoundRobinGroupChat": ("max_turns", "termination_condition"),
    "SelectorGroupChat": ("max_turns", "termination_condition"),
    "Swarm": ("max_turns", "termination_condition"),
}
_CODE_RUNNERS = words(
    "PythonREPLTool PythonREPL PythonAstREPLTool ShellTool BashProcess PALChain "
    "LocalCommandLineCodeExecutor create_python_agent"
)


def _agent(module: Module, call: Call) -> Iterator[Fact]:
    last = call.name.rpartition(".")[2]
    if last in {"AgentExecutor", "initialize_agent"} and "langchain" in call.name:
        limit = call.keyword("max_iterations")
        unbounded = isinstance(limit, ast.Constant) and limit.value is None
        timed = call.keyword("max_execution_time") is not None
        if unbounded and not timed:
            yield AgentLoop(span=module.span(call.node), framework="LangChain", bounded=False)
    elif last in _BOUNDS and call.name.startswith(("autogen", "ag2")) and not call.spreads:
        asks_a_person = call.keyword("human_input_mode") is not None
        in_rounds = any(each.keyword("max_round", "max_turns") for each in module.calls)
        bound = call.keyword(*_BOUNDS[last]) is not None or last == "AssistantAgent"
        bound = bound or (last == "UserProxyAgent" and (asks_a_person or in_rounds))
        if not bound:
            yield AgentLoop(span=module.span(call.node), framework="AutoGen", bounded=False)
    if last in _CODE_RUNNERS:
        yield Trait(span=module.span(call.node), name="generated-code-in-process", detail=last)
    docker = call.keyword("code_execution_config")
    if isinstance(docker, ast.Dict) and '"use_docker": False' in ast.unparse(docker).replace(
        "'", '"'
    ):
        yield Trait(span=module.span(docker), name="generated-code-in-process", detail="use_docker")
    for each in call.node.keywords:
        name = each.arg or ""
        allows = name.startswith("allow_dangerous_") and name != "allow_dangerous_deserialization"
        if allows and isinstance(each.value, ast.Constant) and each.value.value is True:
            yield Trait(span=module.span(each.value), name="dangerous-switch", detail=name)


_ACTS = re.compile(r"tool|function_call|action|observation|agent|^messages$", re.IGNORECASE)


def _loops(module: Module, spending: frozenset[str]) -> Iterator[Fact]:
    """`while True` around a model call that nothing but the model's answer ends."""
    for loop, _ in module.loops:
        if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Constant):
            continue
        names = set(names_in(loop))
        waits = {"input", "receive_text", "receive_json", "receive", "get", "poll", "recv", "sleep"}
        counts = any(
            isinstance(each, ast.AugAssign | ast.Compare) and _counts(each) for each in below(loop)
        )
        calls = [each for each in below(loop) if isinstance(each, ast.Call)]
        asks = any(
            reaches_model(Call(module.resolve(each.func), each, module.scope, 0), module)
            or module.resolve(each.func).rpartition(".")[2] in spending
            for each in calls
        )
        acts = any(_ACTS.search(name) for name in names)
        if asks and acts and not counts and not names & waits:
            yield AgentLoop(
                span=module.span(loop),
                certainty=Certainty.LIKELY,
                framework="a loop",
                bounded=False,
            )


def _counts(node: ast.AST) -> bool:
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add) and isinstance(node.value, ast.Constant)
    return any("max" in name.lower() or "limit" in name.lower() for name in names_in(node))


def _handlers(module: Module, spending: frozenset[str]) -> Iterator[Fact]:
    """An error of the provider that becomes silence or an ordinary answer."""
    for handler, scope in module.handlers:
        started = re.match(r"_?(?:init|create|load|setup|start|main|run|worker)", scope.name)
        if scope.name not in spending or not _catches_all(handler) or started or by_hand(module):
            continue
        tried = module.tried.get(id(handler), [])
        calls = [
            each for statement in tried for each in below(statement) if isinstance(each, ast.Call)
        ]
        if not any(_asks(module, each, spending) for each in calls):
            continue
        last = handler.body[-1]
        returns_text = isinstance(last, ast.Return) and (
            last.value is None or isinstance(last.value, ast.Constant | ast.JoinedStr)
        )
        silent = isinstance(last, ast.Pass) or (
            isinstance(last, ast.Continue) and len(handler.body) == 1
        )
        if returns_text or silent:
            yield Trait(span=module.span(handler), name="swallowed-model-error", detail=scope.name)


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )
