"""Causes about where something stands, whom it reaches and what it opens: see `weighed`."""

from __future__ import annotations

import base64
import json

from tests.review.weighed import OPEN, READY, Weighed, service
from tests.review.weighed_release import ASKS, CHECKS, released

RANDOM = "Zq8Lr2Vn5Xw1" + "Kt7Pd3Hs9Jf4Mg6B"
PUSHES = """on: [push]
jobs:
  publish:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with: {push: true, tags: "acme/app:${{ github.sha }}"}
"""
STORE = """services:
  store:
    image: {image}
    ports: ['{port}:{port}']
    environment: [DISABLE_SECURITY_PLUGIN=true]
"""
SMALL = """import joblib
from fastapi import Depends, FastAPI
from acme import current_user

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/predict")
def predict(row: list[float], user: str = Depends(current_user)) -> list[float]:
    return model.predict([row]).tolist()
"""
CLIENT = """from fastapi import FastAPI
from {vendor} import {maker}

app = FastAPI()
client = {maker}()


@app.post("/chat")
def chat(text: str) -> str:
    return client.chat.completions.create(model="m", max_tokens=9, messages=[text]).id
"""
LATE = """from fastapi import FastAPI

app = FastAPI()


def make():
    {guard}
        import anthropic
    except {error}:
        return None
    return anthropic.Anthropic()
"""
FALLBACK = 'import os\n\npassword = os.getenv("GRAPH_PASSWORD", "password")\n'
GIVEN = "services:\n  api:\n    build: .\n    environment:\n      - GRAPH_PASSWORD=${{GRAPH_PASSWORD{}}}\n"
DECODED = """import time
import jwt


def user(token: str, key: str) -> str:
    claims = jwt.decode(token, key, algorithms=["HS256"], options={{"verify_exp": False}})
    {check}
    return claims["sub"]
"""
UNSIGNED = """import jwt


def {name}(token: str) -> str:
    return jwt.decode(token, options={{"verify_signature": False}})["sub"]
"""
TOLD = """@app.post("/chat")
def chat(request: Asked) -> str:
    return ask([{{"role": "system", "content": f"You are an assistant. Speak of {{request.{part}}}."}}])
"""
LISTED = '{name} = [CHOSEN, "gpt-4", "claude-3-opus-20240229"]\n'


def _token(organisation: str) -> str:
    """A token of Grafana's cloud, as it is issued to an organisation."""
    told = json.dumps({"o": organisation, "n": "stack-push", "k": RANDOM})
    return "glc_" + base64.b64encode(told.encode()).decode().rstrip("=")


def _called(run: str) -> dict[str, str]:
    """A release that waits for a job which runs another workflow."""
    called = CHECKS.format(on="[workflow_call]", run=run)
    files = released("[push]", needs="needs: [before]", called="ci.yml")
    return {**files, ".github/workflows/ci.yml": called}


PLACED = {
    "workflow-in-a-subfolder": Weighed(
        "AEG446",
        {"app.py": service(OPEN), ".github/workflows/disabled/a.yml": PUSHES},
        speaks=False,
    ),
    "workflow-that-runs": Weighed(
        "AEG446", {"app.py": service(OPEN), ".github/workflows/a.yml": PUSHES}, speaks=True
    ),
    "waits-for-a-called-workflow-that-tests": Weighed("AEG423", _called("pytest"), speaks=False),
    "waits-for-a-called-workflow-that-lints": Weighed("AEG423", _called("ruff check"), speaks=True),
    "token-issued-to-nobody": Weighed(
        "AEG251", {"set.sh": f'export KEY="{_token("123456")}"\n'}, speaks=False
    ),
    "token-issued-to-somebody": Weighed(
        "AEG251", {"set.sh": f'export KEY="{_token("1570093")}"\n'}, speaks=True
    ),
    "page-over-a-store": Weighed(
        "AEG363",
        {
            "compose.yaml": STORE.format(
                image="opensearchproject/opensearch-dashboards:3.6.0", port=5601
            )
        },
        speaks=False,
    ),
    "store-under-a-page": Weighed(
        "AEG363",
        {"compose.yaml": STORE.format(image="opensearchproject/opensearch:3.6.0", port=9200)},
        speaks=True,
    ),
    "limit-for-a-small-model": Weighed("AEG347", {"app.py": SMALL}, speaks=False),
    "limit-for-a-large-model": Weighed(
        "AEG347",
        {"app.py": SMALL, "compose.yaml": "services: {llm: {image: 'vllm/vllm-openai:v0.9.0'}}\n"},
        speaks=True,
    ),
    "durations-that-are-sent": Weighed(
        "AEG461",
        {"app.py": service(READY.format(path="ask"), "from posthog import Posthog\n")},
        speaks=False,
    ),
    "durations-of-nobody": Weighed(
        "AEG461", {"app.py": service(READY.format(path="ask"))}, speaks=True
    ),
    "routes-that-monitor": Weighed(
        "AEG461",
        {"app.py": SMALL + SMALL[SMALL.index("@app") :].replace("/predict", "/monitor-target")},
        speaks=False,
    ),
    "prompts-that-traces-record": Weighed(
        "AEG401",
        {
            "ask.py": ASKS.format(
                more="from openinference.instrumentation.openai import OpenAIInstrumentor"
            )
        },
        speaks=False,
    ),
    "prompts-of-two-modules": Weighed(
        "AEG401",
        {
            "ask.py": ASKS.format(
                more="from openinference.instrumentation.openai import OpenAIInstrumentor"
            ),
            "tell.py": ASKS.format(more=""),
        },
        speaks=True,
    ),
    "fallback-that-no-deployment-uses": Weighed(
        "AEG253", {"store.py": FALLBACK, "compose.yaml": GIVEN.format("")}, speaks=False
    ),
    "fallback-behind-a-fallback": Weighed(
        "AEG253", {"store.py": FALLBACK, "compose.yaml": GIVEN.format(":-password")}, speaks=True
    ),
    "end-that-the-module-checks": Weighed(
        "AEG366",
        {"app.py": DECODED.format(check='assert claims["exp"] > time.time()')},
        speaks=False,
    ),
    "end-that-nobody-checks": Weighed(
        "AEG366", {"app.py": DECODED.format(check="time.sleep(0)")}, speaks=True
    ),
    "claims-for-a-cache": Weighed(
        "AEG366", {"app.py": UNSIGNED.format(name="cache_key")}, speaks=False
    ),
    "claims-for-a-user": Weighed(
        "AEG366", {"app.py": UNSIGNED.format(name="current_user")}, speaks=True
    ),
    "only-mends-move": Weighed(
        "AEG220",
        {"app.py": service(OPEN), "requirements.txt": "fastapi==0.115.*\nopenai==1.4.*\n"},
        speaks=False,
    ),
    "anything-moves": Weighed(
        "AEG220",
        {"app.py": service(OPEN), "requirements.txt": "fastapi==0.115.*\nopenai==1.*\n"},
        speaks=True,
    ),
    "loaded-before-the-port-opens": Weighed(
        "AEG315",
        {"app.py": SMALL, "Dockerfile": "FROM python:3.12\nCMD uvicorn app:app --workers 1\n"},
        speaks=False,
    ),
    "loaded-by-every-worker": Weighed(
        "AEG315",
        {"app.py": SMALL, "Dockerfile": "FROM python:3.12\nCMD uvicorn app:app --workers 4\n"},
        speaks=True,
    ),
    "client-that-waits-a-minute": Weighed(
        "AEG340", {"app.py": CLIENT.format(vendor="groq", maker="Groq")}, speaks=False
    ),
    "client-that-waits-ten": Weighed(
        "AEG340", {"app.py": CLIENT.format(vendor="openai", maker="OpenAI")}, speaks=True
    ),
    "ended-by-its-platform": Weighed(
        "AEG340",
        {
            "fn/app.py": CLIENT.format(vendor="openai", maker="OpenAI"),
            "fn/serverless.yml": "service: a\n",
        },
        speaks=False,
    ),
    "beside-a-platform": Weighed(
        "AEG340",
        {
            "api/app.py": CLIENT.format(vendor="openai", maker="OpenAI"),
            "fn/serverless.yml": "service: a\n",
        },
        speaks=True,
    ),
    "package-that-no-image-has": Weighed(
        "AEG340",
        {
            "app.py": LATE.format(guard="try:", error="ImportError"),
            "requirements.txt": "fastapi==1.0.0\n# anthropic==0.9.0\n",
        },
        speaks=False,
    ),
    "package-that-an-image-has": Weighed(
        "AEG340",
        {
            "app.py": LATE.format(guard="try:", error="ImportError"),
            "requirements.txt": "anthropic==0.9.0\n",
        },
        speaks=True,
    ),
    "language-in-the-system-message": Weighed(
        "AEG346", {"app.py": service(TOLD.format(part="language"))}, speaks=False
    ),
    "question-in-the-system-message": Weighed(
        "AEG346", {"app.py": service(TOLD.format(part="question"))}, speaks=True
    ),
    "retired-among-fallbacks": Weighed(
        "AEG212", {"app.py": service(OPEN, LISTED.format(name="fallback_chain"))}, speaks=False
    ),
    "retired-among-choices": Weighed(
        "AEG212", {"app.py": service(OPEN, LISTED.format(name="choices"))}, speaks=True
    ),
}
