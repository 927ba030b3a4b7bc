"""Prompts in Python code: where they stand, what is put into them, what they say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty
from aegis.detect.secrets import find_secrets
from aegis.review.documents.python_module import Call, Module, below, names_in
from aegis.review.facts.types import Fact, Prompt

_FIELDS = re.compile(r"(?<!\{)\{([A-Za-z_][\w.]*)\}(?!\})|\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_HUMAN = re.compile(
    r"\b(?:i am|i'm|you are|you're|act as|pretend to be)\b[^.\n]{0,80}\b(?:human|real person)\b"
    r"|\b(?:never|do not|don't)\b[^.\n]{0,40}\b(?:reveal|mention|say|admit|disclose)\b[^.\n]{0,30}"
    r"\b(?:AI|language model|bot|chatbot|assistant)\b",
    re.IGNORECASE,
)
_NOT_HUMAN = re.compile(r"\bnot (?:a |an )?(?:human|real person)\b", re.IGNORECASE)
_ABOUT_HUMANS = re.compile(
    r"\bhuman(?:'s|s|ity|[- ](?:readable|like|written|rights))", re.IGNORECASE
)
_PROMPT_NAME = re.compile(
    r"(?:^|_)(?:prompt|prompts|instruction|instructions|system_message)(?:_|$)|_template$",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\byou are\b|\byour (?:task|job|role|goal|answer)\b|\b(?:answer|respond|summari[sz]e|translate"
    r"|classify|extract|rewrite)\b[^.]{0,60}\b(?:question|context|text|following|user|document)"
    r"|\bassistant\b|\[INST\]|<\|",
    re.IGNORECASE,
)
_TEMPLATES = re.compile(
    r"(?:^|\.)(?:(?:System|Human|AI)?(?:Chat)?(?:Message)?PromptTemplate(?:\.from_template|\.from_messages)?"
    r"|SystemMessage|PromptTemplate)$"
)
_NOW = re.compile(r"\b(?:now|today|utcnow)\b")
_LONG = 80


def prompt_facts(module: Module) -> Iterator[Fact]:
    """Every prompt that is written out in code, once each."""
    seen = set(_told_to_clients(module))
    for found in _found(module):
        if found.span.line not in seen:
            seen.add(found.span.line)
            yield found


_TOOL_SERVER = re.compile(r"(?:^|\.)(?:Fast)?MCP(?:Server)?$")


def _told_to_clients(module: Module) -> Iterator[int]:
    """Lines of what a tool server says of itself: the clients' models read it, and no model here."""
    for call in module.calls:
        told = call.keyword("instructions") if _TOOL_SERVER.search(call.name) else None
        if isinstance(told, ast.Name):
            told = module.variables.get(told.id)
        if told is not None:
            yield told.lineno


def _found(module: Module) -> Iterator[Prompt]:
    for node, _ in module.dicts:
        role, content = _message(node)
        if role == "system" and content is not None:
            yield from _prompt(module, content, "system")
    for call in module.calls:
        yield from _of_call(module, call)
    for name, value, scope in module.assigns:
        if _PROMPT_NAME.search(name) and _speaks_to_a_model(name, value):
            frozen = scope.node is None
            yield from _prompt(module, value, "template", at_import=frozen)


def _speaks_to_a_model(name: str, value: ast.expr) -> bool:
    """Templates and instructions are also written for people and for pages."""
    if "prompt" in name.lower() or "system" in name.lower():
        return True
    text = _text_and_names(value)[0]
    return _ADDRESSED.search(text) is not None and "<html" not in text.lower()


def _named_as_one(module: Module, node: ast.expr) -> bool:
    """Whether it is a constant that is found by its own name."""
    if not isinstance(node, ast.Name):
        return False
    value = module.variables.get(node.id)
    if value is None or _PROMPT_NAME.search(node.id) is None:
        return False
    return _speaks_to_a_model(node.id, value)


def _message(node: ast.Dict) -> tuple[str, ast.expr | None]:
    role, content = "", None
    for key, value in zip(node.keys, node.values, strict=True):
        if (
            isinstance(key, ast.Constant)
            and key.value == "role"
            and isinstance(value, ast.Constant)
        ):
            role = str(value.value)
        elif isinstance(key, ast.Constant) and key.value == "content":
            content = value
    return role, content


def _of_call(module: Module, call: Call) -> Iterator[Prompt]:
    last = call.name.rpartition(".")[2]
    system = call.keyword("system", "system_prompt", "system_instruction", "instructions")
    if system is not None and not _named_as_one(module, system):
        yield from _prompt(module, system, "system")
    if not _TEMPLATES.search(call.name):
        return
    jinja = module.literal(call.keyword("template_format")) == "jinja2"
    role = "system" if "System" in call.name else "template"
    if last == "from_messages":
        for each in below(call.node):
            if isinstance(each, ast.Tuple) and len(each.elts) == 2:
                kind = module.literal(each.elts[0])
                yield from _prompt(module, each.elts[1], "system" if kind == "system" else "user")
        return
    content = call.argument(0, "template", "content")
    if content is not None:
        yield from _prompt(module, content, role, jinja=jinja)


def _prompt(
    module: Module, node: ast.expr, role: str, *, at_import: bool = False, jinja: bool = False
) -> Iterator[Prompt]:
    place = node
    if isinstance(node, ast.Name):
        node = module.variables.get(node.id, node)
        place = node
    text, names = _text_and_names(node)
    if len(text.strip()) < (20 if names else _LONG):
        return
    names += [match[1] or match[2] for match in _FIELDS.finditer(text)]
    human = bool(_HUMAN.search(text)) and not _NOT_HUMAN.search(text)
    human = human and not _ABOUT_HUMANS.search(text)
    frozen = (
        at_import
        and not _runs_once(module)
        and isinstance(node, ast.JoinedStr)
        and any(
            _NOW.search(ast.unparse(each.value))
            for each in node.values
            if isinstance(each, ast.FormattedValue)
        )
    )
    secrets = find_secrets(text)
    yield Prompt(
        span=module.span(place),
        certainty=Certainty.CERTAIN if role == "system" else Certainty.LIKELY,
        role=role,
        interpolates=tuple(dict.fromkeys(names)),
        claims_human=human,
        templated_by="jinja2" if jinja else "",
        frozen_at_import="the time" if frozen else "",
        holds=secrets[0].kind if secrets else "",
        words=len(text.split()),
    )


def _runs_once(module: Module) -> bool:
    """Whether the module is a program of its own that answers no requests: it ends the same day."""
    return module.source.has(b"__main__") and not module.has_import(
        "fastapi", "flask", "quart", "starlette", "sanic", "litestar", "streamlit", "gradio"
    )


def _text_and_names(node: ast.expr) -> tuple[str, list[str]]:
    """Literal text of a string expression and the names put into it."""
    if isinstance(node, ast.Constant):
        return (node.value, []) if isinstance(node.value, str) else ("", [])
    if isinstance(node, ast.JoinedStr):
        text, names = "", []
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += str(part.value)
            else:
                names += _put_in(part)
        return text, names
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        left, right = _text_and_names(node.left), _text_and_names(node.right)
        names = [*left[1], *right[1]]
        for side in (node.left, node.right):
            if not isinstance(side, ast.Constant | ast.JoinedStr | ast.BinOp):
                names += _put_in(side)
        return left[0] + right[0], names
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _of_method(node, node.func)
    return "", []


def _put_in(node: ast.AST) -> list[str]:
    """Names of what an expression reads; of `request.language` that is the language alone."""
    held = {
        each.value.id
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id in {"request", "req"}
    }
    return [name for name in names_in(node) if name not in held]


def _of_method(node: ast.Call, function: ast.Attribute) -> tuple[str, list[str]]:
    if function.attr == "format":
        text, names = _text_and_names(function.value)
        given = (*node.args, *(each.value for each in node.keywords))
        return text, names + [name for each in given for name in _put_in(each)]
    if function.attr in {"strip", "dedent"}:
        return _text_and_names(node.args[0] if node.args else function.value)
    return "", []
