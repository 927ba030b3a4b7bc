"""All facts of one Python module."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.review.documents.python_module import Module
from aegis.review.facts.python_habits import habit_facts
from aegis.review.facts.python_llm import llm_facts
from aegis.review.facts.python_logs import log_facts
from aegis.review.facts.python_models import model_facts
from aegis.review.facts.python_prompts import prompt_facts
from aegis.review.facts.python_web import web_facts
from aegis.review.facts.types import Fact


def python_facts(module: Module) -> Iterator[Fact]:
    """Models, language-model calls, prompts, web routes, logs and habits, in that order."""
    yield from model_facts(module)
    yield from llm_facts(module)
    yield from prompt_facts(module)
    yield from web_facts(module)
    yield from log_facts(module)
    yield from habit_facts(module)
