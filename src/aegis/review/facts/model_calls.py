"""Which calls in Python code reach a model, directly or through functions of the same file."""

from __future__ import annotations

import functools
import re

from aegis.review.documents.python_module import Call, Module

_SDKS = (
    "openai.",
    "anthropic.",
    "litellm.",
    "ollama.",
    "groq.",
    "mistralai.",
    "cohere.",
    "together.",
    "replicate.",
    "google.generativeai.",
    "google.genai.",
    "vertexai.",
    "huggingface_hub.InferenceClient.",
    "transformers.pipeline",
)
_METHODS = re.compile(
    r"\.(?:chat\.completions\.create|completions\.create|responses\.create|messages\.create|"
    r"generate_content|transcribe|predict|predict_proba|generate|ainvoke|agenerate|acompletion|"
    r"invoke_model|infer|apredict|run_inference|encode_image|ChatCompletion\.create)$"
)
_RUN = re.compile(r"\.(?:invoke|run|stream|astream|batch|call|acall|arun|__call__|query|chat)$")
_RUNNERS = re.compile(
    r"(?:^|[._])(?:chain|llm|agent|graph|crew|rag|qa|chat_engine|query_engine|model|bot|pipe"
    r"|pipeline|executor|assistant|engine|summarizer|conversation)\w*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?:^|\.)_?(?:llm|model|pipe|pipeline|chain|classifier|net|loaded_pipe|qa|qa_chain|"
    r"embedder|generator|ocr|chat_model)$",
    re.IGNORECASE,
)
_SETUP = re.compile(
    r"\.(?:from_pretrained|OpenAI|Client|Anthropic|AsyncOpenAI|AzureOpenAI|configure|eval|to|"
    r"load_model|compile|from_template|from_messages|fit|save|register|get_num_tokens)$"
)


_LEARNING = (
    "langchain", "torch", "tensorflow", "keras", "transformers", "sklearn",
    "langchain_core", "langchain_openai", "langchain_community", "joblib",
)  # fmt: skip


def reaches_model(call: Call, module: Module) -> bool:
    """Whether the call itself asks a model for something; remembered for each call."""
    known = module.asks.get(id(call.node))
    if known is None:
        known = module.asks[id(call.node)] = _reaches(call, module)
    return known


def _reaches(call: Call, module: Module) -> bool:
    return _named_so(call.name, _written(call), module.has_import(*_LEARNING))


@functools.lru_cache(maxsize=1 << 16)
def _named_so(name: str, written: str, learns: bool) -> bool:  # noqa: FBT001 - a key of the cache
    """Whether a resolved name and the text of the call say that a model is asked.

    `learns` says that the file imports a library of models, so that a bare `model(…)` is one.
    """
    if _SETUP.search(f".{written}"):
        return False
    if name.startswith(_SDKS) and name.count(".") >= 2:
        return True
    if _METHODS.search(name):
        return not name.startswith(("random.", "secrets.", "uuid.", "typing."))
    if _RUN.search(written):
        return _RUNNERS.search(written.rpartition(".")[0]) is not None
    made = written.rpartition(".")[2][:1].isupper()
    return not made and _BARE.search(written) is not None and (learns or name != written)


def _written(call: Call) -> str:
    """The call's name as it stands in the text, without resolving variables."""
    parts: list[str] = []
    node = call.node.func
    while hasattr(node, "attr"):
        parts.append(node.attr)
        node = node.value  # type: ignore[attr-defined]
    parts.append(getattr(node, "id", "?"))
    return ".".join(reversed(parts))


def spending_functions(module: Module) -> dict[str, set[str]]:
    """Functions of the file by name, with the simple names they call; `*` marks a model call."""
    if module.called is not None:
        return module.called
    called: dict[str, set[str]] = {}
    for call in module.calls:
        scope = call.scope
        while scope.node is not None:
            names = called.setdefault(scope.name, set())
            names.add(call.name.rpartition(".")[2])
            if reaches_model(call, module):
                names.add("*")
            if scope.parent is None:
                break
            scope = scope.parent
    module.called = called
    return called


def closure(called: dict[str, set[str]]) -> frozenset[str]:
    """Names of functions that reach a model, through any number of calls."""
    spending = {name for name, names in called.items() if "*" in names}
    grown = True
    while grown:
        more = {name for name, names in called.items() if names & spending} - spending
        spending |= more
        grown = bool(more)
    return frozenset(spending)
