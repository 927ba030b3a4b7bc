"""What commands that listen have in common."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from aegis.cli import serving


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        pytest.param("127.0.0.1:8080", "127.0.0.1", 8080, id="loopback"),
        pytest.param(":8080", "127.0.0.1", 8080, id="no-host-is-loopback"),
        pytest.param("[::1]:80", "::1", 80, id="ipv6"),
        pytest.param("0.0.0.0:1", "0.0.0.0", 1, id="everywhere"),  # noqa: S104  # parsed, not bound
    ],
)
def test_an_address_has_a_host_and_a_port(listen: str, host: str, port: int) -> None:
    assert serving.address(listen) == (host, port)


@pytest.mark.parametrize("listen", ["8080x", "host:", "host:http", "host:70000", ""])
def test_an_address_without_a_port_is_refused(listen: str) -> None:
    with pytest.raises(click.UsageError, match="HOST:PORT"):
        serving.address(listen)


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("10.0.0.1", False),
     ("example.org", False), ("", False)],
)  # fmt: skip
def test_only_this_machine_reaches_loopback(host: str, *, local: bool) -> None:
    assert serving.is_loopback(host) is local


def test_an_empty_token_file_protects_nothing(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n", "utf-8")

    async def app(*_: object) -> None:
        """Never called."""

    with pytest.raises(click.UsageError, match="holds no token"):
        serving.behind_a_token(app, "127.0.0.1:1", str(tmp_path / "token"), how="name one")
    with pytest.raises(click.UsageError, match="not loopback: name one first"):
        serving.behind_a_token(app, "10.0.0.1:1", None, how="name one")


def test_records_have_one_format(tmp_path: Path) -> None:
    """A time in UTC before what the record holds, one line each."""
    record = serving.audit(str(tmp_path / "audit.jsonl"))
    assert record is not None
    record({"request-id": "a"})
    record({"request-id": "b"})
    lines = [json.loads(x) for x in (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()]
    assert [line["request-id"] for line in lines] == ["a", "b"]
    assert all(next(iter(line)) == "time" and line["time"].endswith("+00:00") for line in lines)
    assert serving.audit(None) is None
