"""Talks with a Kubernetes API server, replayed over real HTTP on loopback.

No API server runs here. A talk is a file of `data/`: an object as the server holds it, and what is
said about it in turn. `origin: recorded` is the answer of a real server, word for word; `composed` is
put together from the documents named as its source. The replay trusts neither side:

- every request has to be the next one of the talk, with its method, path, query, content type and body;
- a patch that is answered 200 is applied as RFC 6902 and RFC 7396 say, through a status subresource
  only to the status, and the object has to be valid by the strict schemas of `aegis.verify`, which
  agree with a kube-apiserver 1.36.2 on its test vectors;
- a patch that is answered 422 without a field must not apply;
- what a patch changed has to lie under `owns`.
"""

from __future__ import annotations

import copy
import fnmatch
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from aegis.verify.schema.library import built_in

DATA = Path(__file__).parent / "data"
TOKEN = "a-token-of-a-test"  # noqa: S105  # of nobody


class Talk:
    """The server's part of one talk; `trouble` holds whatever was not as it should be."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.object: dict[str, Any] = copy.deepcopy(document["object"])
        self.owns: list[str] = document["owns"]
        self.left: list[dict[str, Any]] = list(document["talk"])
        self.trouble: list[str] = []
        self.trouble += _problems(self.object)

    def answer(
        self, request: dict[str, Any], token: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; whatever is unexpected is 500."""
        if not self.left:
            return self._unexpected(f"nothing more was to be asked, but {request}")
        expected = self.left[0]
        if token != f"Bearer {TOKEN}":
            return self._unexpected(f"the token is {token}")
        if request != expected["request"]:
            return self._unexpected(f"{request}\nwas asked instead of\n{expected['request']}")
        self.left.pop(0)
        said = expected["answer"]
        if request["method"] == "PATCH":
            self._patch(request, said)
        body = said.get("body", json.dumps(self.object))
        merge(self.object, expected.get("then", {}))
        headers = {"content-type": "application/json", **said.get("headers", {})}
        return said["status"], headers, body.encode()

    def _unexpected(self, what: str) -> tuple[int, dict[str, str], bytes]:
        self.trouble.append(what)
        return 500, {}, b""

    def _patch(self, request: dict[str, Any], said: dict[str, Any]) -> None:
        changed = patched(self.object, request)
        if said["status"] != 200:
            if said["status"] == 422 and changed is not None:
                self.trouble.append(f"the patch applies, and the talk says 422: {request}")
            return
        if changed is None:
            self.trouble.append(f"the patch does not apply: {request}")
            return
        if request["path"].endswith("/status"):
            changed = {**self.object, "status": changed["status"]}
        else:
            changed = (
                {**changed, "status": self.object["status"]} if "status" in changed else changed
            )
        self.trouble += _problems(changed)
        self.trouble += [
            f"{path} changed, which is somebody else's"
            for path in differences(self.object, changed)
            if not any(fnmatch.fnmatchcase(path, own) for own in self.owns)
        ]
        metadata = changed["metadata"]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)
        metadata["generation"] += changed["spec"] != self.object["spec"]
        self.object = changed


def _problems(thing: dict[str, Any]) -> list[str]:
    library = built_in()
    kind = library.find(thing["apiVersion"], thing["kind"])
    assert kind is not None
    judged = library.judge(kind, thing)
    return [f"{p.path}: {p.message}" for p in judged.problems] + list(judged.unchecked)


def patched(thing: dict[str, Any], request: dict[str, Any]) -> dict[str, Any] | None:
    """The object after a merge patch or a JSON patch; None when it does not apply."""
    changed = copy.deepcopy(thing)
    if request["content-type"] == "application/merge-patch+json":
        merge(changed, request["body"])
        return changed
    assert request["content-type"] == "application/json-patch+json"
    for operation in request["body"]:
        *path, last = operation["path"].strip("/").split("/")
        place: Any = changed
        for part in path:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if operation["op"] == "test":
            if place.get(last) != operation["value"]:
                return None
        else:
            assert operation["op"] == "add"
            place[last] = operation["value"]
    return changed


def merge(thing: dict[str, Any], change: dict[str, Any]) -> None:
    """A merge patch, in place."""
    for key, value in change.items():
        if value is None:
            thing.pop(key, None)
        elif isinstance(value, dict):
            merge(thing.setdefault(key, {}), value)
        else:
            thing[key] = copy.deepcopy(value)


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Paths of the leaves (or whole parts that are on one side only) that differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            if key not in one or key not in other:
                yield f"{path}/{key}"
            else:
                yield from differences(one[key], other[key], f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{path}/{number}")
    elif one != other:
        yield path


@contextmanager
def replayed(talk: str | Talk) -> Iterator[tuple[str, Talk]]:
    """The server's URL and its part; at the end everything was said, and all of it was right."""
    if isinstance(talk, str):
        talk = Talk(yaml.safe_load((DATA / f"{talk}.yaml").read_text("utf-8")))
    with serving(talk) as url:
        yield url, talk
    assert not talk.trouble, "\n".join(talk.trouble)
    assert not talk.left, f"never asked: {[turn['request'] for turn in talk.left]}"


@contextmanager
def serving(talk: Any) -> Iterator[str]:
    """Anything with `answer`, on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_PATCH(self) -> None:
            self._answer()

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            request: dict[str, Any] = {"method": self.command, "path": parts.path}
            if parts.query:
                request["query"] = dict(parse_qsl(parts.query, strict_parsing=True))
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            if raw:
                request["content-type"] = self.headers.get("content-type")
                request["body"] = json.loads(raw)
            status, headers, body = talk.answer(request, self.headers.get("authorization"))
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # of the class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
