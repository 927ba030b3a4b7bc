"""Every check of the catalogue ends in rules that exist, and so do the five anti-patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegis.review.engine import Options, review_repository
from aegis.review.facts.world import checks
from aegis.review.plans import ALL
from aegis.review.rule import Profile
from aegis.review.rules import REPOSITORY_RULES

KNOWN = {rule.code for rule in (*REPOSITORY_RULES, *ALL)}


def test_the_catalogue_has_its_127_checks() -> None:
    """127 checks in 15 families, each under an id of its own."""
    assert len(checks()) == 127
    assert len({name.partition("-")[0] for name in checks()}) == 15


@pytest.mark.parametrize(("check", "codes"), checks().items(), ids=checks())
def test_a_check_has_a_rule(check: str, codes: tuple[str, ...]) -> None:
    """Each names at least one rule, and only rules that exist."""
    assert codes, check
    assert set(codes) <= KNOWN


def test_every_repository_rule_belongs_to_a_check() -> None:
    """No rule stands outside the catalogue."""
    named = {code for codes in checks().values() for code in codes}

    assert {rule.code for rule in REPOSITORY_RULES} <= named


SERVED_NOTEBOOK = {
    "Dockerfile": 'FROM python:3.12-slim\nCOPY train.ipynb .\nCMD ["jupyter", "notebook"]\n'
}
ALL_TRAFFIC = {
    "deploy.yaml": """apiVersion: apps/v1
kind: Deployment
metadata: {name: chat}
spec:
  template:
    spec:
      containers:
        - {name: engine, image: vllm/vllm-openai:latest, args: [--model, acme/chat]}
"""
}
STATIC_PROMPT = {
    "app.py": '''from openai import OpenAI

SYSTEM_PROMPT = """You are the assistant of a bank. You answer questions about accounts and cards
in two sentences and refuse everything else."""
client = OpenAI()
'''
}
NO_FEEDBACK = {
    "app.py": """import joblib
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/predict")
def predict(row: list[float]) -> float:
    return model.predict([row])[0]
"""
}
OVERSIZED = {
    "compose.yaml": """services:
  engine:
    image: vllm/vllm-openai:v0.11.0
    command: --model acme/small-1b
    deploy:
      resources:
        reservations:
          devices: [{driver: nvidia, count: all, capabilities: [gpu]}]
"""
}


@pytest.mark.parametrize(
    ("files", "names"),
    [
        pytest.param(SERVED_NOTEBOOK, {"notebook-in-production"}, id="notebook-as-endpoint"),
        pytest.param(ALL_TRAFFIC, {"change-reaches-everyone-at-once"}, id="untested-to-everyone"),
        pytest.param(STATIC_PROMPT, {"unversioned-prompt"}, id="prompts-as-static-configuration"),
        pytest.param(NO_FEEDBACK, {"nothing-comes-back"}, id="drift-and-feedback-ignored"),
        pytest.param(OVERSIZED, {"more-accelerator-than-needed"}, id="oversized-instances"),
    ],
)
def test_an_anti_pattern_ends_in_a_rule_that_names_it(
    files: dict[str, str], names: set[str], tmp_path: Path
) -> None:
    """The five anti-patterns that Aegis always calls out, in the default profile."""
    for path, text in files.items():
        (tmp_path / path).write_text(text, "utf-8")

    review = review_repository(tmp_path, Options(profile=Profile.GATE, ask_all=True))

    assert names <= {finding.name for finding in (*review.findings, *review.questions)}
