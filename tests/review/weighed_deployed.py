"""Causes in which a file says that something is no part of what users meet: see `weighed`."""

from __future__ import annotations

import base64
import hashlib

from tests.review.weighed import OPEN, Weighed, service
from tests.review.weighed_release import ASKS, IMAGE, PUSHES

STORE = """services:
  app:
    build: .
  db:
    {more}image: postgres:16.4
    ports: ["5432:5432"]
"""
STORES = "services:\n  db:\n    image: postgres:16.4\n    ports: ['5432:5432']\n"
WHOLE = "services:\n  app:\n    image: acme/app:1.4.2\n  db:\n    image: postgres:16.4\n    volumes: [d:/d]\n"
STAGES = """FROM python:3.12-slim AS runner
USER 1000
CMD uvicorn app:app
FROM python:3.12-slim AS {last}
CMD uvicorn app:app --reload
"""
ROOT = "FROM python:3.12-slim\n{more}CMD uvicorn app:app\n"
CLONES = """FROM python:3.12-slim
RUN git clone https://github.com/acme/speech
RUN cd speech && git {settles}
USER 1000
"""
MAKES = """from openai import OpenAI

client = OpenAI()


def answer(text):
    return client.chat.completions.create(model="m", max_tokens=9, messages=[text])
"""
LOADS = """from transformers import AutoModel

model = AutoModel.from_pretrained("acme/words"{more})
"""
RUNS = """FROM node:22-slim
USER 1000
CMD npx {what}
"""
READS = """import jwt
{about}

def ends(token):
    return jwt.decode(token, options={{"verify_signature": False}})["exp"]
"""
PUSHED = PUSHES.format(
    on="[push]", name="publish", needs="", other="lint", uses="steps: [{run: make lint}]"
)
MADE_UP = "Zq8Lr2Vn5Xw1Kt7Pd3Hs9"
TOOLS = '{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp"]}}}'
TOLD = """{name} = find()


def told(text):
    messages = [{{"role": "system", "content": f"You answer from these pages: {{{name}}}"}}]
    return client.chat.completions.create(model="m", max_tokens=9, messages=messages)
"""
FETCHES = """@app.get("/proxy")
def proxy(url: str):
    {more}
    return httpx.get(url, timeout=9).content
"""
HELPS = """import logging

logging.basicConfig(level=20)
logger = logging.getLogger("app")


def {name}(message: str) -> None:
    logger.info(message)
"""
CHECKED = """FROM python:3.12-slim
USER 1000
HEALTHCHECK CMD curl -f http://localhost:8000/
CMD uvicorn app:app
"""
CHECKS = "services:\n  app:\n    build: .\n{more}"
CAPPED = """import google.generativeai as genai


def answer(text):
    model = genai.GenerativeModel("gemini-2.5-flash", generation_config={more})
    return model.generate_content(text)
"""
KEEPS = (
    "services:\n  app:\n    build: .\n  db:\n    image: postgres:16.4\n    volumes: ['{where}']\n"
)
CORS = """from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
"""
INSIDE = """services:
  engine:
    build: engine
    {port}
  web:
    build: web
    ports: ['80:80']
"""
ROLE = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: serving
rules:
  - apiGroups: ['{group}']
    resources: ['*']
    verbs: ['*']
"""
PULLS = "services:\n  app:\n    image: ghcr.io/acme/answers:latest\n"
MOVES = """on: [push]
jobs:
  release:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ghcr.io/acme/answers:{tag}
"""
TUNNEL = """services:
  tunnel:
    image: cloudflare/cloudflared:2026.1.0
    command: tunnel {how}
{more}"""


def _key() -> str:
    """A key of Google's shape."""
    digits = base64.urlsafe_b64encode(hashlib.sha256(b"maps").digest()).decode()
    return "AI" + "za" + digits[:35].replace("-", "a").replace("_", "b")


def _app(**files: str) -> dict[str, str]:
    return {
        "app.py": service(OPEN),
        "Dockerfile": IMAGE,
        **{name.replace("__", "."): text for name, text in files.items()},
    }


DEPLOYED = {
    "stores-beside-a-platform": Weighed(
        "AEG363",
        _app(compose__yaml=STORE.format(more=""), Procfile="web: uvicorn app:app\n"),
        speaks=False,
    ),
    "stores-of-the-only-compose-file": Weighed(
        "AEG363", _app(compose__yaml=STORE.format(more="")), speaks=True
    ),
    "platform-whose-script-composes": Weighed(
        "AEG363",
        _app(
            compose__yaml=STORE.format(more=""),
            Procfile="web: uvicorn app:app\n",
            deploy__sh="docker compose up -d\n",
        ),
        speaks=True,
    ),
    "beside-a-whole-file-for-production": Weighed(
        "AEG363",
        {**_app(compose__yaml=STORE.format(more="")), "compose.prod.yaml": WHOLE},
        speaks=False,
    ),
    "beside-an-overlay-for-production": Weighed(
        "AEG363",
        {
            **_app(compose__yaml=STORE.format(more="")),
            "compose.prod.yaml": WHOLE,
            "up.sh": "docker compose -f compose.yaml -f compose.prod.yaml up\n",
        },
        speaks=True,
    ),
    "only-stores-beside-a-service": Weighed("AEG363", _app(compose__yaml=STORES), speaks=False),
    "only-stores-and-nothing-else": Weighed("AEG363", {"compose.yaml": STORES}, speaks=True),
    "store-of-the-past": Weighed(
        "AEG363", _app(compose__yaml=STORE.format(more="profiles: [legacy]\n    ")), speaks=False
    ),
    "store-of-a-machine": Weighed(
        "AEG363", _app(compose__yaml=STORE.format(more="profiles: [gpu]\n    ")), speaks=True
    ),
    "stage-for-developers": Weighed(
        "AEG317", {"app.py": service(OPEN), "Dockerfile": STAGES.format(last="dev")}, speaks=False
    ),
    "stage-that-is-served": Weighed(
        "AEG317", {"app.py": service(OPEN), "Dockerfile": STAGES.format(last="server")}, speaks=True
    ),
    "start-that-gives-up-root": Weighed(
        "AEG317",
        {"app.py": service(OPEN), "Dockerfile": ROOT.format(more="RUN apt-get install gosu\n")},
        speaks=False,
    ),
    "start-that-stays-root": Weighed(
        "AEG317",
        {"app.py": service(OPEN), "Dockerfile": ROOT.format(more="RUN apt-get install curl\n")},
        speaks=True,
    ),
    "image-that-no-job-builds": Weighed(
        "AEG317",
        {**_app(), "old/Dockerfile": ROOT.format(more=""), ".github/workflows/push.yml": PUSHED},
        speaks=False,
    ),
    "image-that-a-job-builds": Weighed(
        "AEG317",
        {
            **_app(),
            "worker/Dockerfile": ROOT.format(more=""),
            ".github/workflows/push.yml": PUSHED,
            "Makefile": "image:\n\tdocker build worker\n",
        },
        speaks=True,
    ),
    "image-that-a-variable-names": Weighed(
        "AEG316",
        _app(compose__yaml="services:\n  app:\n    image: ${APP_IMAGE:-app:latest}\n"),
        speaks=False,
    ),
    "image-of-a-registry-by-default": Weighed(
        "AEG316",
        _app(compose__yaml="services:\n  app:\n    image: ghcr.io/acme/app:latest\n"),
        speaks=True,
    ),
    "clone-of-one-commit": Weighed(
        "AEG206", _app(Dockerfile=CLONES.format(settles="reset --hard v1.5.5")), speaks=False
    ),
    "clone-of-a-branch": Weighed(
        "AEG206", _app(Dockerfile=CLONES.format(settles="log")), speaks=True
    ),
    "function-of-a-platform": Weighed(
        "AEG340",
        {"app.py": MAKES, "Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nCMD app.answer\n"},
        speaks=False,
    ),
    "server-of-its-own": Weighed("AEG340", {"app.py": MAKES, "Dockerfile": IMAGE}, speaks=True),
    "answers-that-name-the-commit": Weighed(
        "AEG401",
        {"claims.py": ASKS.format(more='SHA = os.environ["GIT_SHA"]')},
        speaks=False,
    ),
    "answers-that-name-the-region": Weighed(
        "AEG401",
        {"claims.py": ASKS.format(more='REGION = os.environ["REGION"]')},
        speaks=True,
    ),
    "runner-of-tests-about-tools": Weighed(
        "AEG523",
        _app(Dockerfile=RUNS.format(what="playwright test mcp-tools.spec.ts")),
        speaks=False,
    ),
    "server-of-tools": Weighed(
        "AEG523", _app(Dockerfile=RUNS.format(what="-y @acme/mcp-server")), speaks=True
    ),
    "token-of-its-own": Weighed(
        "AEG366",
        {"app.py": service(OPEN), "own.py": READS.format(about='GRANT = "client_credentials"\n')},
        speaks=False,
    ),
    "token-of-a-caller": Weighed(
        "AEG366", {"app.py": service(OPEN), "own.py": READS.format(about="")}, speaks=True
    ),
    "weights-that-are-there": Weighed(
        "AEG201",
        {"app.py": service(OPEN), "model.py": LOADS.format(more=", local_files_only=True")},
        speaks=False,
    ),
    "weights-that-are-fetched": Weighed(
        "AEG201", {"app.py": service(OPEN), "model.py": LOADS.format(more="")}, speaks=True
    ),
    "tunnel-with-a-name": Weighed(
        "AEG370",
        _app(compose__yaml=TUNNEL.format(how="", more="    environment: {TUNNEL_TOKEN: $TOKEN}\n")),
        speaks=False,
    ),
    "tunnel-of-the-moment": Weighed(
        "AEG370",
        _app(compose__yaml=TUNNEL.format(how="--url http://app:8000", more="")),
        speaks=True,
    ),
    "key-of-every-copy-of-an-app": Weighed(
        "AEG251",
        _app() | {"android/google-services.json": f'{{"current_key": "{_key()}"}}\n'},
        speaks=False,
    ),
    "key-in-a-script": Weighed("AEG251", _app() | {"maps.py": f'KEY = "{_key()}"\n'}, speaks=True),
    "digests-of-a-scanner": Weighed(
        "AEG251", _app() | {".secrets.baseline": f'{{"found": "{_key()}"}}\n'}, speaks=False
    ),
    "password-in-a-test-module": Weighed(
        "AEG251",
        _app()
        | {"scripts/preflight.test.mjs": "const env = { DB_PASSWORD: '" + MADE_UP + "' };\n"},
        speaks=False,
    ),
    "password-in-a-module": Weighed(
        "AEG251",
        _app() | {"src/settings.mjs": "const env = { DB_PASSWORD: '" + MADE_UP + "' };\n"},
        speaks=True,
    ),
    "tools-of-an-assistant": Weighed("AEG523", _app() | {"claude.json": TOOLS}, speaks=False),
    "tools-of-an-agent": Weighed("AEG523", _app() | {"agent/tools.json": TOOLS}, speaks=True),
    "image-for-development": Weighed(
        "AEG317",
        _app(
            Dockerfile="# Local development: mirrors the function's runtime\n"
            + ROOT.format(more="")
        ),
        speaks=False,
    ),
    "image-about-development": Weighed(
        "AEG317",
        _app(Dockerfile="# Local models, developed here\n" + ROOT.format(more="")),
        speaks=True,
    ),
    "words-for-people": Weighed(
        "AEG251",
        _app()
        | {"src/words.mjs": "const L = { password: '\\u5bc6\\u7801\\u81f3\\u5c11\\u4f4d' };\n"},
        speaks=False,
    ),
    "what-a-form-demands": Weighed(
        "AEG251",
        _app()
        | {"src/Form.php": "<?php $rules = ['password' => 'required|string|min:8|confirmed'];\n"},
        speaks=False,
    ),
    "constant-in-the-system-message": Weighed(
        "AEG346", {"app.py": service(TOLD.format(name="NO_CONTEXT"))}, speaks=False
    ),
    "context-in-the-system-message": Weighed(
        "AEG346", {"app.py": service(TOLD.format(name="context"))}, speaks=True
    ),
    "address-that-is-checked": Weighed(
        "AEG371",
        {"app.py": service(FETCHES.format(more="check_allowed(url)"), head="import httpx\n")},
        speaks=False,
    ),
    "address-of-the-caller": Weighed(
        "AEG371",
        {"app.py": service(FETCHES.format(more="print(url)"), head="import httpx\n")},
        speaks=True,
    ),
    "helper-that-writes-what-it-is-given": Weighed(
        "AEG463", {"app.py": service(HELPS.format(name="_log_event"))}, speaks=False
    ),
    "function-that-writes-a-message": Weighed(
        "AEG463", {"app.py": service(HELPS.format(name="answer_to"))}, speaks=True
    ),
    "check-that-the-service-replaces": Weighed(
        "AEG302",
        {
            "app.py": service(OPEN),
            "Dockerfile": CHECKED,
            "compose.yaml": CHECKS.format(
                more="    healthcheck:\n      test: curl -f localhost:8000/health\n"
            ),
        },
        speaks=False,
    ),
    "check-of-the-root-page": Weighed(
        "AEG302",
        {"app.py": service(OPEN), "Dockerfile": CHECKED, "compose.yaml": CHECKS.format(more="")},
        speaks=True,
    ),
    "cap-of-the-model": Weighed(
        "AEG341",
        {"app.py": service(OPEN), "gen.py": CAPPED.format(more="{'max_output_tokens': 500}")},
        speaks=False,
    ),
    "model-without-a-cap": Weighed(
        "AEG341",
        {"app.py": service(OPEN), "gen.py": CAPPED.format(more="{'temperature': 0}")},
        speaks=True,
    ),
    "store-that-is-given-a-schema": Weighed(
        "AEG506",
        {"app.py": service(OPEN), "compose.yaml": KEEPS.format(where="./a.sql:/initdb/a.sql:ro")},
        speaks=False,
    ),
    "store-that-keeps": Weighed(
        "AEG506",
        {
            "app.py": service(OPEN),
            "compose.yaml": KEEPS.format(where="data:/var/lib/postgresql/data"),
        },
        speaks=True,
    ),
    "pages-of-nobody": Weighed(
        "AEG367",
        {
            "engine/app.py": service(OPEN, head=CORS),
            "compose.yaml": INSIDE.format(port="expose: ['8000']"),
        },
        speaks=False,
    ),
    "pages-of-anybody": Weighed(
        "AEG367",
        {
            "engine/app.py": service(OPEN, head=CORS),
            "compose.yaml": INSIDE.format(port="ports: ['8000:8000']"),
        },
        speaks=True,
    ),
    "rights-over-its-own-kinds": Weighed(
        "AEG221", {"k8s/role.yaml": ROLE.format(group="models.acme.dev")}, speaks=False
    ),
    "rights-over-every-kind": Weighed(
        "AEG221", {"k8s/role.yaml": ROLE.format(group="*")}, speaks=True
    ),
    "image-that-is-pushed-as-latest": Weighed(
        "AEG316",
        {"compose.yaml": PULLS, ".github/workflows/release.yml": MOVES.format(tag="latest")},
        speaks=False,  # AEG444 says it where it is pushed
    ),
    "image-that-is-pulled-as-latest": Weighed(
        "AEG316",
        {"compose.yaml": PULLS, ".github/workflows/release.yml": MOVES.format(tag="1.4.2")},
        speaks=True,
    ),
}
