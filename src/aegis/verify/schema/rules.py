"""The rules in CEL that a schema carries (`x-kubernetes-validations`).

Source: Kubernetes `apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go`: rules are
evaluated only on a sound structure; those that read `oldSelf` need an update, unless they take it
as optional.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.verify.cel.program import UnsupportedRuleError, program, uses
from aegis.verify.cel.values import NOTHING, CelError
from aegis.verify.schema.compact import Node
from aegis.verify.schema.problem import Rule, Sink


def rules_of(node: Node) -> tuple[Rule, ...]:
    """The rules of a node, compiled."""
    found = node.get("cel")
    return tuple(
        _rule(rule) for rule in (found if isinstance(found, list) else []) if isinstance(rule, dict)
    )


def _rule(rule: dict[str, JsonValue]) -> Rule:
    text, message = str(rule.get("r", "")), str(rule.get("m", ""))
    old = uses(text, "oldSelf")
    if old and rule.get("o") is not True:
        return Rule(text, message, None, "", old_self=True)
    try:
        return Rule(text, message, program(text), "", old_self=old)
    except UnsupportedRuleError as error:
        return Rule(text, message, None, str(error), old_self=old)


def run_rules(sink: Sink) -> None:
    """Evaluates the rules that the structure pass put aside."""
    for rules, value, path in sink.rules:
        scope: dict[str, object] = {"self": value, "oldSelf": NOTHING}
        for rule in rules:
            if rule.code is None:
                if rule.lacking:
                    sink.unchecked.append(f"rule `{rule.text[:120]}`: {rule.lacking}")
                continue
            try:
                passed = rule.code(scope)
            except CelError as error:
                sink.add("rule-violated", path, f"rule `{_one_line(rule.text)}` fails: {error}")
                continue
            if passed is not True:
                words = rule.message or f"rule `{_one_line(rule.text)}` is not met"
                sink.add("rule-violated", path, words)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
