"""A stand-in for a server of the Messages API on loopback; the vendor's own cannot be reached from tests.

It answers as the documentation of that interface says: blocks of text, tool use and thinking, whole or
as server-sent events, and errors by status. What it was asked is kept for the test to read.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Json = dict[str, object]
THOUGHT = "The bill is tiny, so I would hide the queue."


@dataclass(slots=True)
class Script:
    """What the stand-in says: statuses before the answer, then a text or the input of the asked tool."""

    text: str = ""
    tool: Json | None = None
    statuses: list[int] = field(default_factory=list)
    slow_s: float = 0.0
    url: str = ""
    asked: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def blocks(self) -> list[Json]:
        """The content of the answer, thinking first."""
        thinking: Json = {"type": "thinking", "thinking": THOUGHT, "signature": "c2ln"}
        if self.tool is None:
            return [thinking, {"type": "text", "text": self.text}]
        tools = self.asked[-1]["tools"]
        assert isinstance(tools, list)
        use = {"type": "tool_use", "id": "toolu_01", "name": tools[0]["name"], "input": self.tool}
        return [thinking, use]


@contextlib.contextmanager
def messages_server(script: Script) -> Iterator[Script]:
    """A server that follows the script, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            script.asked.append(json.loads(self.rfile.read(length)))
            script.headers.append({name.lower(): value for name, value in self.headers.items()})
            time.sleep(script.slow_s)
            if self.path.split("?")[0] != "/v1/messages":
                self._json(
                    404, {"type": "error", "error": {"type": "not_found_error", "message": "no"}}
                )
            elif script.statuses:
                kind = {429: "rate_limit_error", 529: "overloaded_error"}
                status = script.statuses.pop(0)
                error = {"type": kind.get(status, "api_error"), "message": "later"}
                self._json(status, {"type": "error", "error": error, "request_id": "req_01"})
            elif script.asked[-1].get("stream"):
                self._events(list(_events(script.blocks())))
            else:
                self._json(200, _message(script.blocks()))

        def _json(self, status: int, document: Json) -> None:
            self._send(status, "application/json", json.dumps(document).encode())

        def _events(self, events: list[Json]) -> None:
            lines = (f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
            self._send(200, "text/event-stream", "".join(lines).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            for name, value in (
                ("content-type", kind), ("content-length", str(len(body))), ("request-id", "req_01"),
                *((("retry-after", "0"),) if status in {429, 529} else ()),
            ):  # fmt: skip
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # a client that stopped waiting
                self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing: what was asked is in the script."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()


def _message(blocks: list[Json]) -> Json:
    reason = "tool_use" if blocks[-1]["type"] == "tool_use" else "end_turn"
    return {
        "id": "msg_01", "type": "message", "role": "assistant", "model": "m", "content": blocks,
        "stop_reason": reason, "stop_sequence": None, "usage": {"input_tokens": 31, "output_tokens": 17},
    }  # fmt: skip


def _events(blocks: list[Json]) -> Iterator[Json]:
    yield {"type": "message_start", "message": {**_message([{"type": "text"}]), "content": []}}
    yield {"type": "ping"}
    for index, block in enumerate(blocks):
        at = {"index": index}
        if block["type"] == "thinking":
            begun: Json = {"type": "thinking", "thinking": "", "signature": ""}
            deltas: list[Json] = [
                {"type": "thinking_delta", "thinking": block["thinking"]},
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        else:
            begun = {"type": "text", "text": ""}
            text = str(block["text"])
            deltas = [
                {"type": "text_delta", "text": text[i : i + 7]} for i in range(0, len(text), 7)
            ]
        yield {"type": "content_block_start", **at, "content_block": begun}
        for delta in deltas:
            yield {"type": "content_block_delta", **at, "delta": delta}
        yield {"type": "content_block_stop", **at}
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 17}}
    yield {"type": "message_stop"}
