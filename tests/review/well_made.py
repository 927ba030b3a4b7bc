"""Four small services as a careful team would write them; nothing in them deserves a finding."""

from __future__ import annotations

_DIGEST = "sha256:" + "3f" * 32
_COMMIT = "4c8f1e0b7a9d2c3e5f60718293a4b5c6d7e8f901"
_CI = f"""name: ci
on: [push]
permissions: {{contents: read}}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@{_COMMIT}
      - run: uv run pytest
      - run: gitleaks detect
  evaluate:
    needs: [test]
    runs-on: ubuntu-24.04
    steps: [{{run: uv run python evals/run.py --fail-below 0.9}}]
  release:
    needs: [test, evaluate]
    environment: production
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@{_COMMIT}
        with: {{push: true, tags: "registry.example.com/answers:${{{{ github.sha }}}}", sbom: true}}
      - run: helm upgrade --install --atomic answers ./chart
"""

ANSWERS = {
    "app/main.py": '''"""Answers from documents, for callers who are known."""

import logging
import os
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException
from openai import AsyncOpenAI
from prometheus_client import make_asgi_app
from slowapi import Limiter
from slowapi.util import get_remote_address

from app.callers import Caller, current_caller
from app.prompts import load_prompt

log = logging.getLogger(__name__)
limiter = Limiter(key_func=get_remote_address, default_limits=["30/minute"])


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.model = AsyncOpenAI(timeout=20, max_retries=1)
    app.state.fallback = AsyncOpenAI(base_url=os.environ["FALLBACK_URL"], timeout=10, max_retries=0)
    yield
    await app.state.model.close()


app = FastAPI(lifespan=lifespan, dependencies=[Depends(current_caller)])
app.mount("/metrics", make_asgi_app())


@app.get("/ready")
async def ready() -> dict[str, str]:
    await app.state.model.models.list(timeout=2)
    return {"status": "ready"}


@app.post("/ask")
@limiter.limit("30/minute")
async def ask(question: str, caller: Caller = Depends(current_caller)) -> dict[str, str]:
    prompt = load_prompt("answer", version="2026-11-01")
    try:
        answer = await app.state.model.chat.completions.create(
            model=os.environ["MODEL"],
            max_tokens=400,
            user=caller.pseudonym,
            messages=[
                {"role": "system", "content": prompt.text},
                {"role": "user", "content": question},
            ],
        )
    except TimeoutError:
        log.warning("model timed out", extra={"prompt_version": prompt.version})
        raise HTTPException(503, "try again in a moment") from None
    return {"answer": answer.choices[0].message.content or "", "prompt_version": prompt.version}


@app.post("/feedback")
async def feedback(answer_id: str, *, helpful: bool) -> None:
    log.info("feedback", extra={"answer": answer_id, "helpful": helpful})
''',
    "app/callers.py": '''"""Who calls."""

import hmac
import os
from dataclasses import dataclass

from fastapi import Header, HTTPException


@dataclass(frozen=True)
class Caller:
    pseudonym: str


def current_caller(authorization: str = Header()) -> Caller:
    if not hmac.compare_digest(authorization, f"Bearer {os.environ['API_TOKEN']}"):
        raise HTTPException(401)
    return Caller("caller")
''',
    "evals/run.py": '"""Compares answers with the expected ones: groundedness and exact_match."""\n',
    "tests/test_app.py": "def test_ready() -> None:\n    assert 1 + 1 == 2\n",
    "Dockerfile": f"""FROM python:3.13-slim@{_DIGEST}
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY app app
USER 10001
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8000/ready')"]
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]
""",
    "requirements.lock": "fastapi==0.121.3 --hash=sha256:00\n",
    "alerts.yaml": "groups:\n- name: answers\n  rules:\n  - alert: ErrorBudgetBurns\n    expr: burn > 14.4\n",
    ".github/workflows/ci.yml": _CI,
}

ENGINE = {
    "engine.yaml": f"""apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: engine}}
spec:
  replicas: 2
  strategy: {{canary: {{steps: [{{setWeight: 10}}, {{analysis: {{templates: [{{templateName: quality}}]}}}}]}}}}
  template:
    metadata: {{annotations: {{prometheus.io/scrape: "true"}}}}
    spec:
      terminationGracePeriodSeconds: 180
      securityContext: {{runAsNonRoot: true, runAsUser: 10001}}
      containers:
        - name: engine
          image: registry.example.com/vllm-openai@{_DIGEST}
          args: [--model=/models/chat, --tensor-parallel-size=2, --max-model-len=8192]
          env:
            - {{name: VLLM_API_KEY, valueFrom: {{secretKeyRef: {{name: engine, key: api-key}}}}}}
            - {{name: DO_NOT_TRACK, value: "1"}}
          ports: [{{containerPort: 8000}}]
          resources:
            requests: {{cpu: "8", memory: 64Gi}}
            limits: {{memory: 64Gi, nvidia.com/gpu: 2}}
          startupProbe: {{httpGet: {{path: /health, port: 8000}}, periodSeconds: 10, failureThreshold: 90}}
          readinessProbe: {{httpGet: {{path: /health, port: 8000}}}}
          livenessProbe: {{httpGet: {{path: /health, port: 8000}}, failureThreshold: 6, timeoutSeconds: 10}}
          volumeMounts: [{{name: models, mountPath: /models}}, {{name: shared, mountPath: /dev/shm}}]
      volumes:
        - {{name: models, persistentVolumeClaim: {{claimName: models}}}}
        - {{name: shared, emptyDir: {{medium: Memory, sizeLimit: 8Gi}}}}
""",
    "around.yaml": """apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: quality}
spec: {metrics: [{name: groundedness, provider: {prometheus: {query: judged_groundedness}}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: engine}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: engine}
spec: {minAvailable: 1}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: engine}
spec: {groups: [{name: engine, rules: [{alert: QueueGrows, expr: queue > 10}]}]}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: engine}
spec:
  scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: engine}
  minReplicaCount: 2
  maxReplicaCount: 6
  triggers: [{type: prometheus, metadata: {query: vllm_num_requests_waiting}}]
""",
    "load_test/k6.js": "export default function () {}\n",
    "evals/golden.yaml": "cases: [{question: a, expected_answer: b}]\n",
    "tests/test_manifests.py": "def test_a() -> None:\n    assert True is not False\n",
    ".github/workflows/ci.yml": _CI,
}

MACHINE = {
    "compose.yaml": f"""services:
  gateway:
    image: envoyproxy/envoy@{_DIGEST}
    ports: ["443:8443"]
    depends_on: {{engine: {{condition: service_healthy}}}}
  engine:
    image: ollama/ollama@{_DIGEST}
    volumes: [models:/var/lib/ollama]
    mem_limit: 24g
    healthcheck: {{test: [CMD, ollama, show, "acme/chat@{_DIGEST}"], retries: 30}}
    deploy: {{resources: {{reservations: {{devices: [{{driver: nvidia, count: 1, capabilities: [gpu]}}]}}}}}}
  store:
    image: qdrant/qdrant@{_DIGEST}
    environment: {{QDRANT__SERVICE__API_KEY: "${{QDRANT_KEY:?set me}}"}}
    volumes: [vectors:/qdrant/storage]
  prometheus:
    image: prom/prometheus@{_DIGEST}
    volumes: ["./alerts.yaml:/etc/prometheus/alerts.yaml:ro"]
volumes: {{models: {{}}, vectors: {{}}}}
""",
    "alerts.yaml": "groups:\n- name: engine\n  rules:\n  - alert: NoAnswers\n    expr: up == 0\n",
    "backup.sh": "#!/bin/sh\nset -eu\nrestic backup /var/lib/docker/volumes/vectors\n",
    "rollback.sh": "#!/bin/sh\nset -eu\ndocker compose up -d --wait --pull never\n",
    ".env.example": "QDRANT_KEY=\n",
}

ENDPOINT = {
    "main.tf": """resource "aws_sagemaker_model" "triage" {
  execution_role_arn = aws_iam_role.triage.arn
  primary_container {
    image          = "763104351884.dkr.ecr.eu-central-1.amazonaws.com/triage@sha256:3f"
    model_data_url = "s3://acme-models/triage/4c8f1e0b/model.tar.gz"
  }
  enable_network_isolation = true
}
resource "aws_sagemaker_endpoint_configuration" "triage" {
  kms_key_arn = aws_kms_key.triage.arn
  production_variants {
    instance_type          = "ml.g6.xlarge"
    initial_instance_count = 2
  }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 5
  }
}
resource "aws_sagemaker_endpoint" "triage" {
  deployment_config {
    blue_green_update_policy {
      traffic_routing_configuration {
        type = "CANARY"
      }
    }
    auto_rollback_configuration {
      alarms {
        alarm_name = aws_cloudwatch_metric_alarm.errors.alarm_name
      }
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "errors" {
  metric_name = "Invocation5XXErrors"
}
resource "aws_iam_role_policy" "triage" {
  policy = jsonencode({ Statement = [{ Action = ["s3:GetObject"], Resource = "arn:aws:s3:::acme-models/*" }] })
}
""",
    "evals/holdout.py": '"""f1_score on the hold-out, and the threshold that opens the gate."""\n',
    "tests/test_plan.py": "def test_a() -> None:\n    assert len('a') == 1\n",
    ".gitlab-ci.yml": """stages: [test, evaluate, deploy]
unit: {stage: test, script: [pytest, gitleaks detect]}
holdout: {stage: evaluate, script: [python evals/holdout.py --fail-below 0.92]}
apply: {stage: deploy, when: manual, script: [terraform apply plan.bin]}
""",
}

WELL_MADE = {"answers": ANSWERS, "engine": ENGINE, "machine": MACHINE, "endpoint": ENDPOINT}
