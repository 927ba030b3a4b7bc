"""A small HTTP server on loopback that behaves, or misbehaves, as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server sends: JSON, or server-sent events; `torn` leaves before the end."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    events: tuple[object, ...] = ()
    torn: bool = False
    close: bool = False


@dataclass(slots=True)
class Served:
    """The address of a server, and what it was asked."""

    url: str
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)


def chat(text: str) -> Reply:
    """A chat completion."""
    return Reply(
        {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": len(text.split())},
        }
    )


def streamed(*parts: str, torn: bool = False) -> Reply:
    """A chat completion, part by part."""
    events = [{"choices": [{"index": 0, "delta": {"content": part}}]} for part in parts]
    usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": len(parts)}}
    return Reply(events=(*events, usage), torn=torn)


@contextmanager
def serving(answer: Callable[[str, dict[str, object]], Reply]) -> Iterator[Served]:
    """Serves what `answer` makes of the path and the body of each POST."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:  # the name http.server calls
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                served.asked.append((self.path, body))
                reply = answer(self.path, body)
            data = json.dumps(reply.body).encode()
            if reply.events:
                data = b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in reply.events)
                data += b"" if reply.torn else b"data: [DONE]\n\n"
            self.send_response(reply.status)
            for key, value in reply.headers.items():
                self.send_header(key, value)
            self.send_header("content-length", str(len(data) + 50 * reply.torn))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = reply.torn or reply.close

        def log_message(self, *_: object) -> None:
            """Silence."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # a connection that finds the queue full waits a second

        def handle_error(self, *_: object) -> None:
            """A client that was killed is part of a test."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Served(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
