"""Causes in which a rule's own sentence was not true: see `weighed`."""

from __future__ import annotations

from tests.review.weighed import OPEN, Weighed, service
from tests.review.weighed_release import PUSHES

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

logger = logging.getLogger(__name__)


def record(user_email: str) -> None:
    logger.info("signed in: %s", user_email)
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
}
