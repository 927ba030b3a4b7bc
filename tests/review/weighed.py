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
}
