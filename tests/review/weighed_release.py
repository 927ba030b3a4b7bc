"""Small repositories about prompts, releases and what a service lacks: see `weighed`."""

from __future__ import annotations

from tests.review.weighed import OPEN, Weighed, service

SPOKEN = """You are the assistant of an insurance company. Answer in two sentences, cite the
paragraph that you used, and say that you do not know when the text does not say."""
ASKS = f'''from openai import OpenAI

CLAIMS_PROMPT = """{SPOKEN}"""
{{more}}
'''
SENTENCE = "You are a helpful assistant. Answer briefly, and never show how you reasoned."
ONE_LINE = f'from openai import OpenAI\n\nSYSTEM_PROMPT = "{SENTENCE}"\n'
TOOLS = f'''from mcp.server.fastmcp import {{kind}}

TOOL_INSTRUCTIONS = """{SPOKEN}"""
server = {{kind}}("claims", instructions=TOOL_INSTRUCTIONS)
'''
COOKIE = """@app.post("/chat")
def chat(request: Request) -> str:
    known = find(request.cookies.get("{name}"))
    return ask(f"{{known}}")
"""
IMAGE = "FROM python:3.12-slim\nUSER 1000\nCMD uvicorn app:app\n"
CHECKS = """on: {on}
jobs:
  verify:
    runs-on: ubuntu-24.04
    steps: [{{run: {run}}}]
"""
PUSHES = """on: {on}
jobs:
  {name}:
    runs-on: ubuntu-24.04
    {needs}
    steps:
      - uses: docker/build-push-action@0123456789012345678901234567890123456789
        with: {{push: true, tags: "acme/app:${{{{ github.sha }}}}"}}
  {other}:
    {uses}
"""
CALLS = """from {vendor} import {maker}


class Provider:
    def __init__(self):
        self.client = {maker}(timeout=20)
{more}"""
ANSWERS = """
    def answer(self, text):
        return self.client.messages.create(model="m", max_tokens=9, messages=[text])


app = Provider().answer
"""
FLASK = """from flask import Flask

app = Flask(__name__)
if __name__ == "__main__":
    app.run(debug=True{more})
"""
DATED = f'''import datetime
{{imports}}

PROMPT = f"""{SPOKEN} Today is {{{{datetime.date.today()}}}}."""

if __name__ == "__main__":
    print(PROMPT)
'''


CHAIN = f'''from fastapi import FastAPI
from claims import chain

PROMPT = """{SPOKEN}"""
app = FastAPI()


@app.get("/{{path}}")
def listed(text: str) -> str:
    return chain.invoke(text)
'''
CLOUD = """resource "azurerm_cognitive_account" "ai" {
  name = "ai"
}
"""
ENGINE = "services:\n  engine:\n    image: ollama/ollama:0.9.0\n    ports: [11434:11434]\n"


def released(on: str, name: str = "publish", needs: str = "", called: str = "") -> dict[str, str]:
    """A service and the workflow that pushes its image, with another job that calls a workflow."""
    uses = f"uses: ./.github/workflows/{called}" if called else "steps: [{run: echo}]"
    pushes = PUSHES.format(on=on, name=name, needs=needs, other="before", uses=uses)
    return {"app.py": service(OPEN), ".github/workflows/push.yml": pushes}


def _with_checks(on: str, run: str, release: str = "[push]") -> dict[str, str]:
    checks = CHECKS.format(on=on, run=run)
    return {**released(release), ".github/workflows/verify.yml": checks}


def _calling(vendor: str, more: str) -> dict[str, str]:
    """A module that makes a vendor's client, and what else its class does."""
    maker = {"anthropic": "Anthropic", "openai": "OpenAI"}[vendor]
    return {"app.py": CALLS.format(vendor=vendor, maker=maker, more=more), "Dockerfile": IMAGE}


RELEASED = {
    "prompt-of-a-module": Weighed("AEG401", {"claims.py": ASKS.format(more="")}, speaks=True),
    "prompt-with-a-file-of-its-own": Weighed(
        "AEG401", {"app/prompts/claims.py": ASKS.format(more="")}, speaks=False
    ),
    "two-prompts-in-one-file": Weighed(
        "AEG401",
        {"app/prompts/claims.py": ASKS.format(more=f'LETTER_PROMPT = """{SPOKEN}"""')},
        speaks=True,
    ),
    "prompts-with-a-version": Weighed(
        "AEG401", {"app/prompts.py": ASKS.format(more='TEXT_VERSION = "v3"')}, speaks=False
    ),
    "prompts-that-speak-of-versions": Weighed(
        "AEG401", {"app/prompts.py": ASKS.format(more="# another version")}, speaks=True
    ),
    "one-sentence": Weighed("AEG401", {"app.py": ONE_LINE}, speaks=False),
    "words-of-a-tool-server": Weighed(
        "AEG401", {"app.py": TOOLS.format(kind="FastMCP")}, speaks=False
    ),
    "words-of-an-agent": Weighed("AEG401", {"app.py": TOOLS.format(kind="Agent")}, speaks=True),
    "frozen-in-a-program": Weighed("AEG405", {"draw.py": DATED.format(imports="")}, speaks=False),
    "frozen-in-a-service": Weighed(
        "AEG405", {"draw.py": DATED.format(imports="import fastapi")}, speaks=True
    ),
    "debugger-of-ones-own-machine": Weighed(
        "AEG313", {"app.py": FLASK.format(more="")}, speaks=False
    ),
    "debugger-for-everyone": Weighed(
        "AEG313", {"app.py": FLASK.format(more=', host="0.0.0.0"')}, speaks=True
    ),
    "known-by-a-cookie": Weighed(
        "AEG365", {"app.py": service(COOKIE.format(name="device_token"))}, speaks=False
    ),
    "cookie-of-taste": Weighed(
        "AEG365", {"app.py": service(COOKIE.format(name="theme"))}, speaks=True
    ),
    "place-that-makes-a-client": Weighed("AEG421", _calling("anthropic", ""), speaks=False),
    "place-that-asks": Weighed("AEG421", _calling("anthropic", ANSWERS), speaks=True),
    "place-that-keeps-messages": Weighed("AEG421", _calling("openai", ANSWERS), speaks=False),
    "route-that-lists": Weighed("AEG421", {"app.py": CHAIN.format(path="tools")}, speaks=False),
    "route-that-asks": Weighed("AEG421", {"app.py": CHAIN.format(path="answer")}, speaks=True),
    "counted-by-the-cloud": Weighed("AEG461", {"main.tf": CLOUD}, speaks=False),
    "counted-by-nobody": Weighed("AEG461", {"compose.yaml": ENGINE}, speaks=True),
    "answers-that-nobody-rates": Weighed(
        "AEG467", {"app.py": service(OPEN), "Dockerfile": IMAGE}, speaks=True
    ),
    "pages-read-for-another-service": Weighed(
        "AEG467",
        {"app.py": service(OPEN.replace("/chat", "/ocr")), "Dockerfile": IMAGE},
        speaks=False,
    ),
    "tested-beside-the-release": Weighed(
        "AEG423", _with_checks("[push, pull_request]", "pytest"), speaks=True
    ),
    "tested-before-the-merge": Weighed(
        "AEG423", _with_checks("[pull_request]", "yarn test"), speaks=False
    ),
    "never-tested": Weighed("AEG423", _with_checks("[pull_request]", "yarn lint"), speaks=True),
    "tested-by-another-workflow": Weighed(
        "AEG423", released("[push]", needs="needs: [before]", called="run-tests.yml"), speaks=False
    ),
    "linted-by-another-workflow": Weighed(
        "AEG423", released("[push]", needs="needs: [before]", called="lint.yml"), speaks=True
    ),
    "cache-of-a-pipeline": Weighed("AEG423", released("[push]", "make_caches"), speaks=False),
    "started-by-hand": Weighed("AEG423", released("[workflow_dispatch]"), speaks=False),
    "started-by-hand-or-a-push": Weighed(
        "AEG423", released("[push, workflow_dispatch]"), speaks=True
    ),
}
