"""A value that is given for a secret is in no excerpt, whatever its shape and wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegis.review.engine import Options, review_repository
from aegis.review.rule import Profile

VALUE = "acme" + "_live_9f8a7s6d"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: chat}}
spec:
  template:
    spec:
      containers:
        - name: chat
          image: registry.example/chat:1.2
          env:
            - name: API_KEY
              value: {value}
"""
IMAGE = 'FROM python:3.12\nENV OPENAI_API_KEY={value}\nCOPY app.py .\nCMD ["python", "app.py"]\n'


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        pytest.param("k8s/chat.yaml", DEPLOYMENT, "AEG254", id="bare"),
        pytest.param("k8s/chat.yaml", DEPLOYMENT.replace("{value}", '"{value}"'), "AEG254", id="quoted"),
        pytest.param("Dockerfile", IMAGE, "AEG252", id="image"),
        pytest.param("Dockerfile", IMAGE.replace("={value}", ' "{value}"'), "", id="image-old-form"),
    ],
)  # fmt: skip
def test_no_excerpt_shows_the_value(tmp_path: Path, path: str, text: str, code: str) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text.format(value=VALUE), encoding="utf-8")
    (tmp_path / "app.py").write_text("from openai import OpenAI\n\nOpenAI()\n", encoding="utf-8")
    review = review_repository(tmp_path, Options(profile=Profile.AUDIT))
    assert not code or code in {finding.code for finding in review.findings}
    assert VALUE not in repr(review)
