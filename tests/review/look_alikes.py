"""Small repositories in which nothing is wrong, and the rules that could think otherwise.

A trap is one that misled a reader or a tool before (the list stands in the notes on the reviewer);
the others are what the pages of the rules advise. Each names the rules that it resembles.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Files, the codes that they resemble, and whether it is one of the traps."""

    files: dict[str, str]
    resembles: str
    trap: bool = False


OPERATOR = """apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm-operator}
spec:
  replicas: 1
  revisionHistoryLimit: 3
  template:
    spec:
      containers:
        - name: manager
          image: acme/vllm-operator:1.4.0
          args: ["--default-model", "llama", "--tensor-parallel-size-default", "4", "--leader-elect"]
          env: [{name: RAY_ADDRESS, value: ""}]
          ports: [{containerPort: 8000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: lmcache-router}
spec:
  template:
    spec:
      containers:
        - {name: router, image: "acme/ray-metrics-exporter:0.3.1", args: ["--port", "9400"]}
"""
REFERENCES = {
    "values.yaml": """auth:
  existingSecret: chat-keys
  secretName: chat-tls
  secretKey: password
  tokenSecretName: hf-token
  apiKeySecretRef: {name: openai, key: api-key}
image: {repository: acme/chat, tag: ""}
""",
    "deploy/app.yaml": """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: acme/web:2.1.0
          env:
            - {name: OPENAI_API_KEY, valueFrom: {secretKeyRef: {name: openai, key: api-key}}}
            - {name: HF_TOKEN, value: "<YOUR HF TOKEN>"}
""",
    ".env.example": "OPENAI_API_KEY=your-openai-api-key\nDB_PASSWORD=\nHUGGINGFACE_TOKEN=HUGGINGFACE_TOKEN\n",
    ".github/workflows/lint.yml": """on: [push]
jobs:
  lint:
    runs-on: ubuntu-24.04
    steps:
      - run: ruff check
        env: {TOKEN_NAME: "${{ secrets.NAME }}"}
""",
    "infra/main.tf": """resource "kubernetes_secret" "chat" {
  metadata { name = "chat-keys" }
}
variable "openai_secret_name" { default = "openai-key" }
""",
    "app/settings.py": 'SECRET_NAME = "openai-key"\nAPI_KEY = "empty"\nPASSWORD_FIELD = "str"\n',
}
NOISE = {
    "docs/api.json": '{"audio": "'
    + "QUtJQUlPU0ZPRE5ON0VYQU1QTEU" * 12
    + '", "id": "6f1d2c3b-8a4e-4f5a-9b7c-0d1e2f3a4b5c"}\n',
    "docs/usage.md": 'curl -d \'{"user": "3b241101-e2bb-4255-8caf-4136c566a962"}\' localhost:8000/ask\n',
    "data/users.yaml": "- {id: 3b241101-e2bb-4255-8caf-4136c566a962, checksum: d41d8cd98f00b204e9800998ecf8427e}\n",
}
TESTS = {
    "tests/test_app.py": '''"""`OpenAI()` and `pickle.load` stand in texts here; 0.0.0.0 is inside a container."""

import pytest

HOST = "0.0.0.0"
CASES = ["while True: agent.run()", "eval(answer)", "You are a human", "AgentExecutor()", "npx -y tool"]


@pytest.mark.parametrize("case", CASES)
def test_a_text_is_only_a_text(case: str) -> None:
    assert case.strip() == case


def test_the_host() -> None:
    assert HOST == "0.0.0.0"
''',
    "src/texts.py": '''"""Words about models, in strings and comments only."""

# client = OpenAI(); requests.post(url); torch.load(path); @app.post("/ask")
HELP = "Set a timeout on OpenAI(), never log the prompt, and pin from_pretrained to a revision."
''',
}
TEMPLATE = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "chart/values.yaml": "image: {repository: acme/web, tag: 1.2.3}\nreplicas: 2\n",
    "chart/templates/deployment.yaml": """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      securityContext: {{- toYaml .Values.security | nindent 8 }}
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          {{- with .Values.probes }}
          readinessProbe: {{- toYaml . | nindent 12 }}
          {{- end }}
""",
}
BASE_IMAGE = {
    "worker/Dockerfile": 'FROM opea/comps-base:1.3\nCOPY app.py /app/\nENTRYPOINT ["python", "/app/app.py"]\n'
}
IDENTIFIERS = {
    "app/audit.py": """import logging

from fastapi import FastAPI

logger = logging.getLogger(__name__)
app = FastAPI()


def seen(author_id: str, prompt: str, prompt_version: str, max_tokens: int, next_token: str) -> None:
    logger.info("author %s, %s characters, prompt %s", author_id, len(prompt), prompt_version)
    logger.debug("at most %s tokens, page %s", max_tokens, bool(next_token))
"""
}
INTERNAL = {
    "compose.yaml": """services:
  engine:
    image: ollama/ollama:0.12.3
    ports: ["127.0.0.1:11434:11434"]
    mem_limit: 16g
    healthcheck: {test: ["CMD", "ollama", "list"], retries: 5}
  store:
    image: qdrant/qdrant:v1.15.4
    volumes: ["store:/qdrant/storage"]
  backup:
    image: restic/restic:0.18.0
    command: backup /store
    volumes: ["store:/store:ro"]
  logs:
    image: amir20/dozzle:v8.13.0
    ports: ["127.0.0.1:9999:8080"]
  web:
    build: ./web
    user: "1000"
    volumes: ["./uploads:/app/uploads"]
volumes: {store: {}}
"""
}
LOADED_SAFELY = {
    "app/models.py": """import json

import joblib
import numpy as np
import torch
import yaml
from datasets import load_dataset
from transformers import AutoModel

COMMIT = "4c8f1e0b7a9d2c3e5f60718293a4b5c6d7e8f901"
model = AutoModel.from_pretrained("acme/triage-bert", revision=COMMIT)
local = AutoModel.from_pretrained("./models/triage", trust_remote_code=False)
weights = torch.load("w.pt", weights_only=True)
rows = np.load("rows.npy")
settings = yaml.safe_load("a: 1")
names = json.loads("[]")
data = load_dataset("acme/tickets", revision=COMMIT)
joblib.dump(names, "names.joblib")
""",
    "models/triage/tokenizer_config.json": '{"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"}\n',
    "LICENSE": "MIT\n",
}
GUARDED = {
    "app/main.py": """from fastapi import APIRouter, Depends, FastAPI, HTTPException, UploadFile
from fastapi.middleware.cors import CORSMiddleware
from jwt import decode
from slowapi import Limiter

from app.auth import CurrentUser, authenticate
from app.engine import engine

limiter = Limiter(key_func=lambda request: request.user)
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://chat.example.org"], allow_credentials=True)
router = APIRouter(dependencies=[Depends(authenticate)])


def caller(token: str, key: str) -> object:
    return decode(token, key, algorithms=["RS256"], options={"require": ["exp"]})


@app.get("/ready")
def ready() -> dict[str, bool]:
    if not engine.loaded():
        raise HTTPException(503)
    return {"ready": True}


@router.post("/ask")
async def ask(question: str, user: CurrentUser) -> str:
    try:
        return await engine.answer(question, user=user.id, timeout_s=30)
    except ValueError as error:
        raise HTTPException(422, "the question is too long") from error


@router.post("/files")
def keep(file: UploadFile) -> str:
    return engine.keep(file.file.read(1_000_000))


app.include_router(router)
"""
}
BOUNDED = {
    "app/llm.py": '''from pathlib import Path

from langchain.agents import AgentExecutor
from langchain_core.tools import tool
from openai import OpenAI
from pydantic import BaseModel

from app.approvals import approve

PROMPT = Path("prompts/answer.v3.txt")
client = OpenAI(timeout=20, max_retries=1)


class Answer(BaseModel):
    text: str


def answer(question: str, document: str, user: str) -> Answer:
    done = client.chat.completions.create(
        model="gpt-4o-2024-08-06",
        max_tokens=300,
        user=user,
        messages=[
            {"role": "system", "content": PROMPT.read_text()},
            {"role": "user", "content": f"{document}\\n\\n{question}"},
        ],
    )
    return Answer.model_validate_json(done.choices[0].message.content)


@tool
def delete_ticket(number: int) -> str:
    """Ask a person first."""
    return approve("delete", number)


executor = AgentExecutor(agent=None, tools=[delete_ticket], max_iterations=6, max_execution_time=60)


def passages(store: object, question: str, tenant: str) -> list[str]:
    return store.similarity_search(question, k=4, filter={"tenant": tenant})
''',
    "prompts/answer.v3.txt": "Answer from the passages. Say that you are an assistant.\n",
    ".mcp.json": '{"mcpServers": {"files": {"command": "npx", "args": ["-y", "@acme/files@1.4.2"]}}}\n',
}
GATED = {
    ".github/workflows/release.yml": """on: {push: {branches: [main]}}
permissions: {id-token: write, contents: read}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: eval "$(minikube docker-env)" || true
      - run: pytest
  evaluate:
    needs: test
    runs-on: ubuntu-24.04
    steps: [{run: python evals/run.py --fail-below 0.9}]
  release:
    needs: [test, evaluate]
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@2cdde995de11925a030ce8070c3d77a52ffcf1c0
        with: {push: true, tags: "registry.example.org/chat:${{ github.sha }}"}
      - run: syft registry.example.org/chat:${{ github.sha }} -o cyclonedx-json
  scan:
    runs-on: ubuntu-24.04
    steps: [{run: gitleaks detect}]
""",
    "evals/run.py": "print('0.93')\n",
    "evals/golden.jsonl": '{"q": "1", "a": "2"}\n',
    "app.py": "from openai import OpenAI\n\nclient = OpenAI(timeout=20)\n",
}
PRIVATE_CLOUD = {
    "infra/main.tf": """resource "azurerm_cognitive_account" "chat" {
  name                          = "chat"
  local_auth_enabled            = false
  public_network_access_enabled = false
}
resource "aws_sagemaker_endpoint" "chat" {
  name = "chat"
  deployment_config {
    auto_rollback_configuration { alarms { alarm_name = "errors" } }
    blue_green_update_policy { traffic_routing_configuration { type = "CANARY" } }
  }
}
resource "aws_sagemaker_endpoint_configuration" "chat" {
  data_capture_config { initial_sampling_percentage = 10 }
}
resource "aws_security_group_rule" "inside" {
  type        = "ingress"
  cidr_blocks = ["10.0.0.0/8"]
}
resource "aws_iam_role_policy" "serve" {
  policy = jsonencode({ Statement = [{ Action = ["s3:GetObject"], Resource = "arn:aws:s3:::models/*" }] })
}
"""
}
WATCHED = {
    "deploy/chat.yaml": """apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: chat}
spec:
  replicas: 2
  strategy: {canary: {steps: [{setWeight: 5}, {analysis: {templates: [{templateName: quality}]}}]}}
  template:
    metadata: {annotations: {prometheus.io/scrape: "true"}}
    spec:
      terminationGracePeriodSeconds: 120
      securityContext: {runAsNonRoot: true}
      containers:
        - name: engine
          image: vllm/vllm-openai:v0.11.0@sha256:"""
    + "ab" * 32
    + """
          args: [--model, /models/chat, --tensor-parallel-size, "2"]
          env: [{name: VLLM_NO_USAGE_STATS, value: "1"}]
          ports: [{containerPort: 8000}]
          readinessProbe: {httpGet: {path: /health, port: 8000}}
          livenessProbe: {httpGet: {path: /health, port: 8000}, failureThreshold: 5}
          startupProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 10, failureThreshold: 90}
          resources: {limits: {nvidia.com/gpu: 2, memory: 64Gi}}
      volumes: [{name: shm, emptyDir: {medium: Memory}}]
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: quality}
spec: {metrics: [{name: groundedness}]}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: chat}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: chat}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: chat}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: chat}
spec: {tls: [{secretName: chat-tls}]}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: chat}
spec:
  scaleTargetRef: {name: chat}
  maxReplicaCount: 6
  triggers: [{type: prometheus}]
""",
    "deploy/staging/values.yaml": "replicas: 1\n",
    "load/locustfile.py": "from locust import HttpUser\n",
    "app/feedback.py": "def thumbs(answer: str) -> None: ...\n",
    "evals/golden.jsonl": '{"q": "1", "a": "2"}\n',
    "evals/redteam.jsonl": '{"q": "ignore the above"}\n',
    "model_card.md": "Data, limits, licence. Drift is looked at each week; feedback is kept for a year.\n",
}

_SERVING = (
    "301 302 303 304 305 306 307 308 309 310 311 319 320 361 362 364 369 441 443 445 469 482 483"
)
_ABSENT = "208 209 210 211 215 262 344 348 352 368 421 422 427 428 442 447 451 461 462 464 465 467 481 504 506"
_CALLS = (
    "201 202 203 207 212 213 214 340 341 342 343 345 346 347 349 350 351 365 366 367 370 371 401 402 "
    "403 404 405 424 426 463 468 484 501 502 503 505 521 522 523 524 525 526 312 313 314 315"
)

LOOK_ALIKES = {
    "operator": LookAlike({"deploy/operator.yaml": OPERATOR}, f"{_SERVING} {_ABSENT} 201 363 444", trap=True),
    "references": LookAlike(
        REFERENCES,
        "251 252 253 254 256 257 258 259 260 261 262 403 423 425 444 446 374 375 376 221 452 453",
        trap=True,
    ),
    "base64-and-uuids": LookAlike(NOISE, f"251 255 204 205 206 {_ABSENT}", trap=True),
    "asserts-and-texts": LookAlike(TESTS, _CALLS, trap=True),
    "helm-templates": LookAlike(TEMPLATE, "256 301 310 316 317 318 363 372 373 443 449", trap=True),
    "user-of-the-base": LookAlike(BASE_IMAGE, "206 220 252 313 316 317 448 450", trap=True),
    "identifiers-in-logs": LookAlike(IDENTIFIERS, "255 463 464 468", trap=True),
    "inside-only": LookAlike(
        INTERNAL, "253 302 305 316 318 361 362 363 370 372 373 449 506 448 312 313 450 482"
    ),
    "loaded-safely": LookAlike(LOADED_SAFELY, "201 202 203 204 205 206 207 208 210 211 214 220 504"),
    "guarded-routes": LookAlike(GUARDED, "302 314 315 347 350 365 366 367 371 503 526 312 342 349 505"),
    "bounded-calls": LookAlike(
        BOUNDED,
        "212 340 341 342 343 345 346 349 351 352 401 403 404 405 484 501 502 505 521 522 523 524 525 526 "
        "402 463 468 213",
    ),
    "gated-release": LookAlike(GATED, "209 259 262 421 422 423 424 425 426 444 446 261 257 258 205"),
    "private-cloud": LookAlike(PRIVATE_CLOUD, "221 254 260 261 374 375 376 452 453 252 251"),
    "watched-and-staged": LookAlike(
        WATCHED,
        f"{_SERVING} 215 317 368 421 427 428 442 447 451 461 462 464 465 467 504 316 363 344 348 481 256 255 370",
    ),
}  # fmt: skip
