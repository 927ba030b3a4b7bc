"""A Terraform provider that only knows its schema: real Terraform validates and tests against it.

Terraform attaches to it (`TF_REATTACH_PROVIDERS`) instead of starting a provider that is not on
this machine. It answers what the schema is, accepts every configuration that fits the schema, and
can make nothing: a test works with `mock_provider`, which asks for no more. What the real provider
checks beyond its schema (names, conflicts, what the cloud allows) is not checked here.

Run with a Python that has grpcio: `provider_server.py schemas.json google /tmp/google.sock`.
Protocol 6: hashicorp/terraform, docs/plugin-protocol/tfplugin6.proto.
"""

from __future__ import annotations

import importlib
import json
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Block = Mapping[str, Any]
_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
_OPEN = ("ValidateProviderConfig", "ValidateResourceConfig", "ValidateDataResourceConfig",
         "ConfigureProvider", "StopProvider")  # fmt: skip


def schema_answer(provider: Mapping[str, Any]) -> bytes:
    """GetProviderSchema.Response, in protobuf's wire format."""
    configuration = next(iter(provider["provider"].values()))
    parts = [_field(1, _schema(configuration))]
    for number, place in ((2, "resource"), (3, "data")):
        for kind, block in provider[place].items():
            parts.append(_field(number, _field(1, kind.encode()) + _field(2, _schema(block))))
    return b"".join(parts)


def _schema(block: Block) -> bytes:
    return _field(2, _block(block))


def _block(block: Block) -> bytes:
    parts = [_field(2, _attribute(n, *a)) for n, a in sorted(block["attributes"].items())]
    parts += [_field(3, _nested(n, b)) for n, b in sorted(block["blocks"].items())]
    return b"".join(parts)


def _attribute(name: str, kind: object, state: str) -> bytes:
    flags = ((4, "required"), (5, "optional"), (6, "computed"))
    return (
        _field(1, name.encode())
        + _field(2, json.dumps(kind).encode())
        + b"".join(_number(number, 1) for number, word in flags if word in state.split())
    )


def _nested(name: str, block: Block) -> bytes:
    many = block["nesting"] in {"list", "set"}
    return (
        _field(1, name.encode())
        + _field(2, _block(block))
        + _number(3, _NESTING[block["nesting"]])
        + (_number(4, 1) if many and block["required"] else b"")
        + (_number(5, block["max"]) if many and block["max"] else b"")
    )


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def main(schemas: str, name: str, socket: str) -> None:
    """Serves until it is told to end."""
    grpc = importlib.import_module("grpc")  # not among the tests' own packages

    provider = json.loads(Path(schemas).read_text("utf-8"))[name]
    answers = dict.fromkeys(_OPEN, b"") | {"GetProviderSchema": schema_answer(provider)}

    def handler(answer: bytes) -> Callable[[bytes, object], bytes]:
        return lambda _request, _context: answer

    methods: Iterable[tuple[str, bytes]] = answers.items()
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers(
        [
            grpc.method_handlers_generic_handler(
                "tfplugin6.Provider",
                {n: grpc.unary_unary_rpc_method_handler(handler(a)) for n, a in methods},
            )
        ]
    )
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    signal.signal(signal.SIGTERM, lambda *_: server.stop(0))
    server.wait_for_termination()


if __name__ == "__main__":
    main(*sys.argv[1:])
