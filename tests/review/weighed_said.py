"""Causes in which a rule's own sentence was not true: see `weighed`."""

from __future__ import annotations

import hashlib

from tests.review.weighed import OPEN, Weighed, service
from tests.review.weighed_release import ASKS, CHAIN, IMAGE, PUSHES, SPOKEN

KEYED = """from fastapi import Depends, Header, HTTPException


def key_check(given: str = Header(None)) -> None:
    if given != "{{}}":
        raise HTTPException({status}, "no")


@app.post("/chat")
def chat(text: str, _=Depends(key_check)) -> str:
    return ask(text)
"""
CROSS = """from fastapi.middleware.cors import CORSMiddleware

app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
"""
COOKIES = """

@app.post("/login")
def login(response: Response) -> None:
    response.set_cookie("session", "x")
"""
GROUP = '{{"imageRegistryCredentials": [{{"server": "s", "password": "{value}"}}]}}\n'
RANDOM = "Zq8Lr2Vn5Xw1" + "Kt7Pd3Hs9Jf4Mg6B"
TAGGED = """on: [push]
jobs:
  publish:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@0123456789012345678901234567890123456789
        with:
          push: true
          tags: |
            acme/app:{tag}
            acme/app:latest
"""
FETCHED = "services:\n  search:\n    image: ${SEARCH_IMAGE:-searxng/searxng:latest}\n"
ACTOR = """import logging

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)


def record(user_email: str) -> None:
    logger.info("signed in: %s", user_email)
"""


RESET = """import jwt


def subject(token: str) -> str:
    \"\"\"{said}\"\"\"
    return jwt.decode(token, options={{"verify_signature": False}})["sub"]


def reset(token: str, key: str) -> dict:
    return jwt.decode(token, key, algorithms=["HS256"])
"""
FAILS = """@app.post("/chat")
def chat(text: str) -> str:
    try:
        return ask(text)
    except Exception as error:
        raise HTTPException(status_code=503, detail={cleans}(error)) from error
"""
ASKED = """from openai import OpenAI

client = OpenAI()


def answer(text):
    return client{bound}.chat.completions.create(model="m", max_tokens=9, messages=[text])
"""
MENU = """import anthropic


def models(key):
    return anthropic.Anthropic(api_key=key).{asks}


app = models("")
"""
MAKES = """from langchain_openai import ChatOpenAI


def _chosen_model():
    return ChatOpenAI(model="m", max_tokens=9)


def summary_of(text):
    return _chosen_model().invoke(text)
"""
WAITS = """import asyncio
from fastapi import FastAPI
from summaries import summary_of

app = FastAPI()


@app.post("/chat")
async def chat(text: str) -> str:
    return await {waits}
"""
KERAS = """from tensorflow.keras.models import load_model

SUFFIX = "{suffix}"


def load(path):
    return load_model(path + SUFFIX)
"""
CLOUD_RUN = """resource "google_cloud_run_v2_service" "api" {{
  template {{
    containers {{
      image = "{image}"
    }}
  }}
}}
"""
METRICS = """services:
  prometheus:
    image: prom/prometheus:v3.1.0
    command: [{switch}]
    ports: ["9090:9090"]
"""
MADE = """

def create_routes(app):
    @app.post("/slow")
    async def slow(text: str) -> str:
        return ask(text)
"""
LOADED = """from app.logic import service


@app.post("/predict")
def predict(text: str) -> str:
    service.load_model(text)
    return ask(text)
"""
LOGIC = """class Service:
    def load_model(self, config):
        {guard}
        self.model = open(config)


service = Service()
"""
REQUESTS = """get {{
  url: {url}/api
}}

headers {{
  auth: Bearer {token}
}}
"""
TOKEN = hashlib.sha256(b"of nobody").hexdigest()
STORED = """

def keep(store, answer):
    store.add(Answer(text=answer, {field}=VERSION))
"""


KEEPS = """FROM python:3.12-slim AS builder
COPY . /app
FROM python:3.12-slim
COPY --from=builder /app/.env /app/.env
USER 1000
CMD python app.py
"""


def _keyed(status: int, more: str = "") -> dict[str, str]:
    return {"app.py": service(KEYED.format(status=status) + more)}


def _released(on: str, count: int) -> dict[str, str]:
    """Workflows that push images on some events, one job each."""
    more = "".join(
        f"  publish{number}:\n    steps: [{{run: docker push acme/{number}}}]\n"
        for number in range(1, count)
    )
    pushes = PUSHES.format(on=on, name="publish", needs="", other="before", uses="steps: []")
    return {"app.py": service(OPEN), ".github/workflows/push.yml": pushes + more}


def _engine(folder: str) -> dict[str, str]:
    """A package whose routes ask the agents that its users configure, with prompts in a folder."""
    return {
        "Makefile": "publish:\n\ttwine upload dist/*\n",
        "src/engine/app.py": CHAIN.format(path="answer").replace(SPOKEN, ""),
        f"src/engine/{folder}/claims.py": ASKS.format(more=""),
        "Dockerfile": IMAGE,
    }


_BY_TAG = "{push: {tags: ['v*']}}"
SAID = {
    "key-asked-by-a-nameless-parameter": Weighed("AEG365", _keyed(401), speaks=False),
    "nameless-parameter-that-only-limits": Weighed("AEG365", _keyed(429), speaks=True),
    "any-page-without-the-key": Weighed("AEG367", _keyed(401, CROSS), speaks=False),
    "any-page-with-a-cookie": Weighed("AEG367", _keyed(401, CROSS + COOKIES), speaks=True),
    "any-page-and-nobody-is-asked": Weighed("AEG367", _keyed(429, CROSS), speaks=True),
    "password-that-a-template-fills-in": Weighed(
        "AEG251",
        {"deploy/group.json": GROUP.format(value="[parameters('imageRegistryPassword')]")},
        speaks=False,
    ),
    "password-in-a-template": Weighed(
        "AEG251", {"deploy/group.json": GROUP.format(value=RANDOM)}, speaks=True
    ),
    "version-beside-the-latest": Weighed(
        "AEG444",
        {".github/workflows/push.yml": TAGGED.format(tag="${{ steps.version.outputs.VERSION }}")},
        speaks=False,
    ),
    "main-beside-the-latest": Weighed(
        "AEG444", {".github/workflows/push.yml": TAGGED.format(tag="main")}, speaks=True
    ),
    "tag-that-pushes-one-image": Weighed("AEG423", _released(_BY_TAG, 1), speaks=False),
    "tag-that-pushes-two-images": Weighed("AEG423", _released(_BY_TAG, 2), speaks=True),
    "push-that-pushes-one-image": Weighed("AEG423", _released("[push]", 1), speaks=True),
    "fallback-that-the-example-pins": Weighed(
        "AEG316",
        {"compose.yaml": FETCHED, ".env.template": "SEARCH_IMAGE=searxng/searxng:2026.1\n"},
        speaks=False,
    ),
    "fallback-that-the-example-keeps": Weighed(
        "AEG316",
        {"compose.yaml": FETCHED, ".env.template": "SEARCH_IMAGE=searxng/searxng:latest\n"},
        speaks=True,
    ),
    "actor-in-an-audit-trail": Weighed(
        "AEG463",
        {"app.py": '"""Audit trail."""\n' + service(OPEN + ACTOR)},
        speaks=False,
    ),
    "actor-in-a-log": Weighed(
        "AEG463",
        {"app.py": '"""Sign in."""\n' + service(OPEN + ACTOR)},
        speaks=True,
    ),
    "reset-read-to-find-its-key": Weighed(
        "AEG366",
        {"app.py": service(OPEN) + RESET.format(said="Read WITHOUT verifying, to find the key.")},
        speaks=False,
    ),
    "reset-read-and-believed": Weighed(
        "AEG366", {"app.py": service(OPEN) + RESET.format(said="Who asks.")}, speaks=True
    ),
    "error-in-fixed-words": Weighed(
        "AEG350", {"app.py": service(FAILS.format(cleans="sanitize_error"))}, speaks=False
    ),
    "error-in-its-own-words": Weighed(
        "AEG350", {"app.py": service(FAILS.format(cleans="str"))}, speaks=True
    ),
    "limit-where-it-asks": Weighed(
        "AEG340",
        {"app.py": ASKED.format(bound=".with_options(timeout=15)"), "Dockerfile": IMAGE},
        speaks=False,
    ),
    "retries-where-it-asks": Weighed(
        "AEG340",
        {"app.py": ASKED.format(bound=".with_options(max_retries=1)"), "Dockerfile": IMAGE},
        speaks=True,
    ),
    "menu-of-models": Weighed(
        "AEG340", {"app.py": MENU.format(asks="models.list()"), "Dockerfile": IMAGE}, speaks=False
    ),
    "answer-of-a-model": Weighed(
        "AEG340", {"app.py": MENU.format(asks="messages"), "Dockerfile": IMAGE}, speaks=True
    ),
    "caller-that-waits-a-while": Weighed(
        "AEG340",
        {
            "summaries.py": MAKES,
            "app.py": WAITS.format(waits="asyncio.wait_for(summary_of(text), 8)"),
            "Dockerfile": IMAGE,
        },
        speaks=False,
    ),
    "caller-that-waits-for-ever": Weighed(
        "AEG340",
        {
            "summaries.py": MAKES,
            "app.py": WAITS.format(waits="summary_of(text)"),
            "Dockerfile": IMAGE,
        },
        speaks=True,
    ),
    "function-that-nobody-calls": Weighed(
        "AEG340",
        {
            "summaries.py": MAKES,
            "app.py": WAITS.format(waits="None").replace("summary_of\n", "text_of\n"),
            "Dockerfile": IMAGE,
        },
        speaks=False,
    ),
    "service-for-its-owner": Weighed(
        "AEG365",
        {"app.py": service(OPEN), "README.md": "# Notes\n\nRuns fully local, for me.\n"},
        speaks=False,
    ),
    "service-for-a-team": Weighed(
        "AEG365",
        {"app.py": service(OPEN), "README.md": "# Notes\n\nAnswers the local team.\n"},
        speaks=True,
    ),
    "keras-of-today": Weighed("AEG203", {"app.py": KERAS.format(suffix=".keras")}, speaks=False),
    "keras-of-before": Weighed("AEG203", {"app.py": KERAS.format(suffix=".h5")}, speaks=True),
    "image-until-the-first-release": Weighed(
        "AEG316",
        {"main.tf": CLOUD_RUN.format(image="us-docker.pkg.dev/cloudrun/container/hello")},
        speaks=False,
    ),
    "image-of-the-service": Weighed(
        "AEG316", {"main.tf": CLOUD_RUN.format(image="gcr.io/acme/api")}, speaks=True
    ),
    "routes-that-nobody-mounts": Weighed(
        "AEG314",
        {
            "app.py": service(OPEN + MADE),
            "run_demo.py": "from app import *\n\ncreate_routes(app)\n",
        },
        speaks=False,
    ),
    "routes-that-are-mounted": Weighed(
        "AEG314", {"app.py": service(OPEN + MADE) + "\n\ncreate_routes(app)\n"}, speaks=True
    ),
    "model-loaded-once": Weighed(
        "AEG315",
        {
            "app/main.py": service(LOADED),
            "app/logic.py": LOGIC.format(guard="if self.is_initialized:\n            return"),
        },
        speaks=False,
    ),
    "model-loaded-each-time": Weighed(
        "AEG315",
        {"app/main.py": service(LOADED), "app/logic.py": LOGIC.format(guard="print(config)")},
        speaks=True,
    ),
    "request-to-ones-own-machine": Weighed(
        "AEG251",
        {"bruno/get.bru": REQUESTS.format(url="http://0.0.0.0:8500", token=TOKEN)},
        speaks=False,
    ),
    "request-to-a-server": Weighed(
        "AEG251",
        {"bruno/get.bru": REQUESTS.format(url="https://api.acme.com", token=TOKEN)},
        speaks=True,
    ),
    "process-named-beside-the-answer": Weighed(
        "AEG401",
        {"v0_process.py": ASKS.format(more=STORED.format(field="process_name"))},
        speaks=False,
    ),
    "author-named-beside-the-answer": Weighed(
        "AEG401", {"v0_process.py": ASKS.format(more=STORED.format(field="author"))}, speaks=True
    ),
    "settings-in-an-image": Weighed(
        "AEG252", {"Dockerfile": KEEPS, ".env.example": "ROOT_PATH=/api\n"}, speaks=False
    ),
    "keys-in-an-image": Weighed(
        "AEG252", {"Dockerfile": KEEPS, ".env.example": "OPENAI_API_KEY=\n"}, speaks=True
    ),
    "starts-that-users-copy": Weighed("AEG421", _engine("templates"), speaks=False),
    "agents-of-its-own": Weighed("AEG421", _engine("agents"), speaks=True),
}
