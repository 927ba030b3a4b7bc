"""Small repositories in which a rule must speak, or be silent, in the default profile."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weighed:
    """Files, the rule that they are about, and whether it speaks in the default profile."""

    code: str
    files: dict[str, str]
    speaks: bool


def service(body: str, head: str = "") -> str:
    """A module with one route that asks a model."""
    return f"""from fastapi import FastAPI, Request
from openai import OpenAI
{head}
app = FastAPI()
client = OpenAI(timeout=20)


def ask(text: str) -> str:
    return client.chat.completions.create(model="m", max_tokens=9, messages=[text]).id


{body}"""


OPEN = """@app.post("/chat")
def chat(text: str) -> str:
    return ask(text)
"""
SIGNED = """@app.post("/webhook")
async def webhook(request: Request) -> str:
    _verify_request(await request.body(), request.headers["X-Line-Signature"])
    return ask("hello")


def _verify_request(body: bytes, given: str) -> None:
    if not verify_signature(body, given):
        raise PermissionError
"""
CALLED_UNSIGNED = """@app.post("/webhook")
async def webhook(request: Request) -> str:
    _parse_request(await request.body(), request.headers["X-Line-Signature"])
    return ask("hello")


def _parse_request(body: bytes, given: str) -> None:
    print(body, given)
"""
SESSION = """@app.post("/chat")
def chat(request: Request) -> str:
    if "{key}" not in request.session:
        raise PermissionError
    return ask("hello")
"""
CONTRACT = """@app.get("/ping")
def ping() -> str:
    return "ok"


@app.post("/{path}")
def invoke(text: str) -> str:
    return ask(text)
"""
COMPOSE = """services:
  web:
    build: web
    ports: ["80:3000"]
  brain:
    build: brain
    {more}
"""
PROXY = "location / {{ {guard} proxy_pass http://brain:8000; }}\n"
LIVE = 'URL = "postgresql://app:{}@db.acme.com/x"\n'.format("Zq8Lr2Vn5Xw1Kt7Pd3Hs9")
KEYS = 'key = "' + "sk-ant-" + "api03-" + "Zq8Lr2Vn5Xw1Kt7Pd3Hs9Jf4Mg6Bc0Ya" * 2 + '"\n'
DATA = '{"text": "export DB_URL=postgresql://app:' + "Zq8Lr2Vn5Xw1Kt7Pd3Hs9" + '@db.acme.com/x"}\n'
LOADS = "import joblib\n\nmodel = joblib.load('model.joblib')\n"
FETCHES = LOADS.replace("\nmodel", "client.download_file('b', 'k', 'model.joblib')\nmodel")
WRITES = "import joblib\n\njoblib.dump(model, 'model.joblib')\n"
DEBUG = """from flask import Flask

app = Flask(__name__)
if __name__ == '__main__':
    app.run(debug=True, host='0.0.0.0')
"""
IMAGE = "FROM python:3.12\nCOPY . .\nUSER 1000\nCMD {command}\n"
FUNCTION = """from langchain_aws import ChatBedrock


def answer({parameters}):
    return ChatBedrock(model_id="m").invoke("hello")
"""
CLIENT = "from langchain_openai import {kind}\n\nmodel = {kind}(max_tokens=9)\n"
SAMPLE = "POSTGRES_PASSWORD={value}\n{more}"
PULL = "#!/bin/sh\nollama pull llama3.2\n"
COMPOSED = """services:
  one:
    image: acme-worker:latest
    {build}
  two:
    image: acme-worker:latest
"""

LOGS = """import logging

logger = logging.getLogger(__name__)


@app.post("/chat")
def chat(query: str) -> str:
    logger.{level}("asked %s", query)
    return ask(query)
"""
EXPIRY = """import jwt


def who(token: str) -> str:
    claims = jwt.decode(token, "k", options={{"verify_exp": False}})
    {more}
    return claims["sub"]
"""
RELEASE = """on: [push]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps: [{run: pytest}]
  push:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@0123456789012345678901234567890123456789
        with: {push: true, tags: "acme/app:${{ github.sha }}"}
"""
DEPLOYED = """apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers: [{name: api, image: "acme/api:latest"}]
"""
OVERLAY = "images:\n- name: acme/api\n  newTag: {tag}\n"
STAGES = "FROM {first} AS one\nRUN true\nFROM python:3.12\nUSER 1000\nCMD python app.py\n"
PROMPT = """from openai import OpenAI

client = OpenAI(timeout=20)


def answer(text: str) -> str:
    return client.chat.completions.create(model="{model}", max_tokens=9, messages=[text]).id


def named(name: str{default}) -> str:
    return name
"""
LICENCE = "MIT License\n\nCopyright (c) 2025 {holder}\n"
GPU = """services:
  engine:
    image: vllm/vllm-openai:v0.11.0
    ipc: host
    {more}
"""
AZURE = "services:\n  api:\n    host: containerapp\n    image: api\n"

SOCKET = """connection = {{}}


@app.websocket("/ws")
async def talk(websocket: Request) -> None:
    await take_over(websocket)
    ask("hello")


async def take_over(websocket: Request) -> None:
    {check}
"""
FROZEN = """import datetime

DAY = datetime.date.today()
MOST = 5
PROMPT = f\"\"\"You are an assistant who answers questions about orders in at most {{{name}}} lines,
and you know that words like today and now mean the day of the question.\"\"\"
"""
AGENT = """services:
  {name}:
    image: acme/{name}:2.9.8
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
"""
NETWORK = """resource "azurerm_network_security_group" "in" {{
  security_rule {{
    direction = "Inbound"
    source_address_prefix = "*"
    destination_port_range = "{port}"
  }}
}}
"""
READY = """@app.get("/{path}")
def ready() -> str:
    return ask("hello")
"""
LIMITLESS = """from fastapi import Depends
from acme import current_user


@app.get("/{path}")
def ready(user: str = Depends(current_user)) -> str:
    return ask("hello")
"""
YAML = "import yaml\n\nmodel = yaml.load(open('model.yaml'), Loader=yaml.{loader})\n"
TORCH = "import torch\n\nmodel = torch.load('model.pt', weights_only=False)\n"
TUNNEL = """services:
  tunnel:
    image: cloudflare/cloudflared:2025.8.0
    command: {command}
"""

WEIGHED = {
    "open-route": Weighed("AEG365", {"app.py": service(OPEN)}, speaks=True),
    "signed-webhook": Weighed("AEG365", {"app.py": service(SIGNED)}, speaks=False),
    "unsigned-webhook": Weighed("AEG365", {"app.py": service(CALLED_UNSIGNED)}, speaks=True),
    "logged-in-session": Weighed(
        "AEG365", {"app.py": service(SESSION.format(key="user_id"))}, speaks=False
    ),
    "session-of-anyone": Weighed(
        "AEG365", {"app.py": service(SESSION.format(key="theme"))}, speaks=True
    ),
    "sagemaker-contract": Weighed(
        "AEG365", {"app.py": service(CONTRACT.format(path="invocations"))}, speaks=False
    ),
    "own-path": Weighed(
        "AEG365", {"app.py": service(CONTRACT.format(path="predict"))}, speaks=True
    ),
    "inside-a-compose-file": Weighed(
        "AEG365",
        {
            "brain/app.py": service(OPEN),
            "docker-compose.yml": COMPOSE.format(more="expose: [8000]"),
        },
        speaks=False,
    ),
    "published-by-a-compose-file": Weighed(
        "AEG365",
        {
            "brain/app.py": service(OPEN),
            "docker-compose.yml": COMPOSE.format(more='ports: ["8000:8000"]'),
        },
        speaks=True,
    ),
    "behind-a-proxy": Weighed(
        "AEG365",
        {
            "brain/app.py": service(OPEN),
            "docker-compose.yml": COMPOSE.format(more="expose: [8000]"),
            "nginx.conf": PROXY.format(guard=""),
        },
        speaks=True,
    ),
    "behind-a-proxy-that-asks": Weighed(
        "AEG365",
        {
            "brain/app.py": service(OPEN),
            "docker-compose.yml": COMPOSE.format(more="expose: [8000]"),
            "nginx.conf": PROXY.format(guard="auth_request /who;"),
        },
        speaks=False,
    ),
    "secret-in-code": Weighed("AEG251", {"app/settings.py": KEYS}, speaks=True),
    "address-in-what-is-indexed": Weighed("AEG251", {"data/silver/pages.json": DATA}, speaks=False),
    "address-in-settings": Weighed("AEG251", {"config/pages.json": DATA}, speaks=True),
    "sample-that-says-change-me": Weighed(
        "AEG253", {".env.example": SAMPLE.format(value="change-me", more="")}, speaks=False
    ),
    "sample-of-ones-own-store": Weighed(
        "AEG253",
        {".env.example": SAMPLE.format(value="postgres", more="DB=postgresql://a:b@localhost/c\n")},
        speaks=False,
    ),
    "sample-that-works": Weighed(
        "AEG253", {".env.example": SAMPLE.format(value="postgres", more="")}, speaks=True
    ),
    "own-pickle": Weighed("AEG203", {"serve.py": LOADS, "fit.py": WRITES}, speaks=False),
    "fetched-pickle": Weighed("AEG203", {"serve.py": FETCHES, "fit.py": WRITES}, speaks=True),
    "somebody's-pickle": Weighed("AEG203", {"serve.py": LOADS}, speaks=True),
    "debugger-by-hand": Weighed(
        "AEG313",
        {"app.py": DEBUG, "Dockerfile": IMAGE.format(command="gunicorn app:app")},
        speaks=False,
    ),
    "debugger-in-an-image": Weighed(
        "AEG313",
        {"app.py": DEBUG, "Dockerfile": IMAGE.format(command="python app.py")},
        speaks=True,
    ),
    "ended-by-the-platform": Weighed(
        "AEG340", {"main.py": FUNCTION.format(parameters="event, context")}, speaks=False
    ),
    "ended-by-nobody": Weighed(
        "AEG340", {"main.py": FUNCTION.format(parameters="text")}, speaks=True
    ),
    "embeddings": Weighed(
        "AEG340", {"main.py": CLIENT.format(kind="OpenAIEmbeddings")}, speaks=False
    ),
    "answers": Weighed("AEG340", {"main.py": CLIENT.format(kind="ChatOpenAI")}, speaks=True),
    "set-up-by-hand": Weighed(
        "AEG201", {"setup.sh": PULL, "compose.yaml": "services: {}\n"}, speaks=False
    ),
    "start-of-a-service": Weighed("AEG201", {"entrypoint.sh": PULL}, speaks=True),
    "built-under-that-name": Weighed(
        "AEG316", {"docker-compose.yml": COMPOSED.format(build="build: .")}, speaks=False
    ),
    "pulled-under-that-name": Weighed(
        "AEG316", {"docker-compose.yml": COMPOSED.format(build="restart: always")}, speaks=True
    ),
    "backup": Weighed("AEG365", {"backups/app.py": service(OPEN)}, speaks=False),
    "asked-in-the-log": Weighed(
        "AEG463",
        {
            "app.py": service(
                LOGS.format(level="info"), head="import logging\n\nlogging.basicConfig(level=20)\n"
            )
        },
        speaks=True,
    ),
    "asked-where-no-log-is-set-up": Weighed(
        "AEG463", {"app.py": service(LOGS.format(level="info"))}, speaks=False
    ),
    "asked-when-it-failed": Weighed(
        "AEG463", {"app.py": service(LOGS.format(level="error"))}, speaks=False
    ),
    "expiry-never": Weighed("AEG366", {"who.py": EXPIRY.format(more="")}, speaks=True),
    "expiry-by-hand": Weighed(
        "AEG366", {"who.py": EXPIRY.format(more='assert claims["exp"]')}, speaks=False
    ),
    "own-machine": Weighed(
        "AEG251",
        {"app/config.py": 'URL = "postgresql://app:' + "Zq8Lr2Vn5Xw1Kt7Pd3Hs9" + '@localhost/x"\n'},
        speaks=False,
    ),
    "a-host": Weighed("AEG251", {"app/config.py": LIVE}, speaks=True),
    "key-of-a-pattern": Weighed(
        "AEG251", {"app/detect.go": KEYS.replace("Zq8L", "AAAABBBB")}, speaks=False
    ),
    "image-of-a-service": Weighed(
        "AEG423", {"app.py": service(OPEN), ".github/workflows/push.yml": RELEASE}, speaks=True
    ),
    "image-of-a-pipeline": Weighed(
        "AEG423",
        {"app.py": service(OPEN), ".github/workflows/base-images.yml": RELEASE},
        speaks=False,
    ),
    "named-by-an-overlay": Weighed(
        "AEG316",
        {"base/api.yaml": DEPLOYED, "prod/kustomization.yaml": OVERLAY.format(tag="1.4.2")},
        speaks=False,
    ),
    "moved-by-an-overlay": Weighed(
        "AEG316",
        {"base/api.yaml": DEPLOYED, "prod/kustomization.yaml": OVERLAY.format(tag="latest")},
        speaks=True,
    ),
    "stage-thrown-away": Weighed(
        "AEG316", {"Dockerfile": STAGES.format(first="alpine")}, speaks=False
    ),
    "stage-that-moves": Weighed(
        "AEG316", {"Dockerfile": STAGES.format(first="alpine:latest")}, speaks=True
    ),
    "build-of-a-platform": Weighed("AEG316", {"azure.yaml": AZURE}, speaks=False),
    "retired-model": Weighed(
        "AEG212", {"app.py": PROMPT.format(model="claude-3-opus-20240229", default="")}, speaks=True
    ),
    "retired-default": Weighed(
        "AEG212",
        {"app.py": PROMPT.format(model="m", default=' = "claude-3-opus-20240229"')},
        speaks=False,
    ),
    "somebody's-project": Weighed(
        "AEG365",
        {
            "LICENSE": LICENCE.format(holder="Acme"),
            "app.py": "",
            "lib/LICENSE": LICENCE.format(holder="Others"),
            "lib/setup.py": "",
            "lib/app.py": service(OPEN),
        },
        speaks=False,
    ),
    "own-package": Weighed(
        "AEG365",
        {
            "LICENSE": LICENCE.format(holder="Acme"),
            "lib/LICENSE": LICENCE.format(holder="Acme"),
            "lib/setup.py": "",
            "lib/app.py": service(OPEN),
        },
        speaks=True,
    ),
    "memory-of-an-engine": Weighed(
        "AEG318", {"docker-compose.yml": GPU.format(more="restart: always")}, speaks=False
    ),
    "processes-of-the-host": Weighed(
        "AEG318", {"docker-compose.yml": GPU.format(more="pid: host")}, speaks=True
    ),
    "socket-that-is-taken-over": Weighed(
        "AEG365",
        {"app.py": service(SOCKET.format(check="verify_websocket_token(websocket)"))},
        speaks=False,
    ),
    "socket-of-anyone": Weighed(
        "AEG365", {"app.py": service(SOCKET.format(check="connection[0] = websocket"))}, speaks=True
    ),
    "frozen-day": Weighed("AEG405", {"prompts.py": FROZEN.format(name="DAY.today()")}, speaks=True),
    "frozen-number": Weighed("AEG405", {"prompts.py": FROZEN.format(name="MOST")}, speaks=False),
    "collector-of-logs": Weighed(
        "AEG318", {"docker-compose.yml": AGENT.format(name="promtail")}, speaks=False
    ),
    "socket-for-a-service": Weighed(
        "AEG318", {"docker-compose.yml": AGENT.format(name="api")}, speaks=True
    ),
    "port-of-the-web": Weighed("AEG376", {"main.tf": NETWORK.format(port="80")}, speaks=False),
    "port-of-a-shell": Weighed("AEG376", {"main.tf": NETWORK.format(port="22")}, speaks=True),
    "limit-for-a-check": Weighed(
        "AEG347", {"app.py": service(LIMITLESS.format(path="ready"))}, speaks=False
    ),
    "limit-for-a-route": Weighed(
        "AEG347", {"app.py": service(LIMITLESS.format(path="ask"))}, speaks=True
    ),
    "limit-for-nobody-in-particular": Weighed(
        "AEG347", {"app.py": service(READY.format(path="ask"))}, speaks=False
    ),
    "settings-that-build-nothing": Weighed(
        "AEG203", {"app.py": YAML.format(loader="FullLoader")}, speaks=False
    ),
    "settings-that-build-anything": Weighed(
        "AEG203", {"app.py": YAML.format(loader="UnsafeLoader")}, speaks=True
    ),
    "checkpoint-of-training": Weighed("AEG203", {"training/resume.py": TORCH}, speaks=False),
    "checkpoint-that-serves": Weighed("AEG203", {"serving/app.py": TORCH}, speaks=True),
    "named-tunnel": Weighed(
        "AEG370", {"docker-compose.yml": TUNNEL.format(command="tunnel run")}, speaks=False
    ),
    "tunnel-of-the-hour": Weighed(
        "AEG370",
        {"docker-compose.yml": TUNNEL.format(command="tunnel --url http://api:8000")},
        speaks=True,
    ),
    "compose-for-tests": Weighed(
        "AEG318", {"docker-compose.search-testing.yml": AGENT.format(name="api")}, speaks=False
    ),
    "hint-of-a-field": Weighed(
        "AEG251", {"web/page.jsx": KEYS.replace("key = ", "<input placeholder=")}, speaks=False
    ),
    "model-of-a-migration": Weighed(
        "AEG212", {"alembic/versions/1.py": 'MODELS = ["claude-3-opus-20240229"]\n'}, speaks=False
    ),
}
