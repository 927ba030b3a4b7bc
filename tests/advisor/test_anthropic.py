"""A model behind Anthropic's own interface listens and comments like any other.

The client library is the vendor's; the server is a stand-in on loopback (`messages_double.py`),
because the vendor's cannot be reached from here.
"""

from __future__ import annotations

import datetime
import json
import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.advisor.messages_double import THOUGHT, Script, messages_server

from aegis.advisor.commenting import ModelCommentator
from aegis.advisor.dialogue import turn
from aegis.advisor.port import Port, Record
from aegis.advisor.proposing import ModelListener
from aegis.advisor.reaching import address
from aegis.advisor.showing import markdown
from aegis.advisor.talk import Talk
from aegis.cli.main import cli

pytest.importorskip("anthropic")

DAY = datetime.date(2026, 11, 22)
SAID = "A chatbot with Llama 3.1 8B on AWS for the front desk, where seven poor souls sit"
PROPOSALS = {"proposals": [{"field": "users.count", "value": "7", "words": "seven poor souls"}]}
WITH_FORMS, WITH_TOOLS = "claude-opus-4-5", "claude-of-a-proxy"


def _port(script: Script, model: str = WITH_FORMS, *, timeout_s: float = 10) -> Port:
    return Port(
        base_url=script.url, model=model, api_key=secrets.token_hex(8), speaks="anthropic", timeout_s=timeout_s
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        pytest.param("anthropic:", ("anthropic", "https://api.anthropic.com"), id="the-vendor"),
        pytest.param("anthropic:http://gw:1", ("anthropic", "http://gw:1"), id="another-address"),
        pytest.param("http://gw:1/v1", ("openai", "http://gw:1/v1"), id="like-openai"),
    ],
)
def test_the_address_says_which_interface_is_spoken(said: str, meant: tuple[str, str]) -> None:
    assert address(said) == meant


@pytest.mark.parametrize(
    ("model", "script"),
    [
        pytest.param(WITH_FORMS, Script(text=json.dumps(PROPOSALS)), id="by-form"),
        pytest.param(WITH_TOOLS, Script(tool=dict(PROPOSALS)), id="by-tool"),
    ],
)
def test_what_it_proposes_waits_for_a_yes(model: str, script: Script) -> None:
    """A model that fills forms is asked for one, an older one by a tool; the person decides."""
    with messages_server(script):
        port = _port(script, model)
        asked, answer = turn(Talk(), SAID, today=DAY, listener=ModelListener(port))

    assert port.trouble == ""
    assert "Did you mean" in markdown(answer)
    assert asked.draft.value("users.count") is None
    (request,) = script.asked
    assert SAID in json.dumps(request["messages"])
    assert request["max_tokens"]
    assert request["temperature"] == 0.0
    assert ("output_config" in request or "output_format" in request) == (model == WITH_FORMS)
    assert script.headers[0]["authorization"] == f"Bearer {port.api_key}"
    assert script.headers[0]["anthropic-version"]


def test_what_it_thinks_is_never_shown() -> None:
    """The text of a stream is the text of its text blocks; the record says how much it took."""
    written = "Keep the evaluation gate. The queue is where overload becomes visible."
    records: list[Record] = []
    with messages_server(Script(text=written)) as script:
        port = _port(script)
        port.audit = records.append
        _, answer = turn(Talk(), SAID + ", 20 rps, eu-central-1", today=DAY)
        pieces = list(ModelCommentator(port).comment(markdown(answer), again=False))

    assert "".join(pieces) == written
    assert THOUGHT not in "".join(pieces)
    assert len(pieces) > 1
    (record,) = records
    assert (record["outcome"], record["tokens"]) == ("answered", [31, 17])
    assert record["request-id"] == "req_01"


@pytest.mark.parametrize("status", [429, 529])
def test_a_busy_server_is_asked_again(status: int) -> None:
    """Twice, after the time that it names; then the answer counts."""
    with messages_server(Script(text=json.dumps(PROPOSALS), statuses=[status, status])) as script:
        port = _port(script)
        found = ModelListener(port).propose(SAID).proposals

    assert [each.field for each in found] == ["users.count"]
    assert len(script.asked) == 3


@pytest.mark.parametrize(
    ("statuses", "tried"),
    [
        pytest.param([529] * 9, 3, id="overloaded"),
        pytest.param([429] * 9, 3, id="limited"),
        pytest.param([401] * 9, 1, id="key-refused"),
    ],
)
def test_a_server_that_refuses_proposes_nothing(statuses: list[int], tried: int) -> None:
    """The trouble is told, the record kept, and neither holds the key."""
    records: list[Record] = []
    with messages_server(Script(statuses=statuses)) as script:
        port = _port(script)
        port.audit = records.append
        assert not ModelListener(port).propose(SAID).proposals
        assert len(script.asked) == tried

    assert "could not be asked" in port.trouble
    assert records[0]["outcome"] == port.trouble
    assert port.api_key not in json.dumps(records) + port.trouble + repr(port)


def test_a_slow_server_costs_no_more_than_the_timeout() -> None:
    with messages_server(Script(text="late", slow_s=1.5)) as script:
        port = _port(script, timeout_s=0.4)
        assert not list(port.write(task="t", about="a", tokens=5))
        assert "could not be asked" in port.trouble


def test_the_budget_of_calls_holds() -> None:
    with messages_server(Script(text="Fine.")) as script:
        port = _port(script)
        port.most_calls = 1
        assert list(port.write(task="t", about="a", tokens=50))
        assert not list(port.write(task="t", about="a", tokens=50))
        assert len(script.asked) == 1

    assert "used up" in port.trouble


def test_the_command_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--model-url anthropic:…` with a key in a file; without key or name it says what is missing."""
    key = secrets.token_hex(8)
    (tmp_path / "key").write_text(key + "\n")
    with messages_server(Script(text=json.dumps(PROPOSALS))) as script:
        url = f"anthropic:{script.url}"
        missing = CliRunner().invoke(cli, ["ask", "--model-url", url, SAID])
        monkeypatch.setenv("AEGIS_MODEL_KEY_FILE", str(tmp_path / "key"))
        asked = CliRunner().invoke(cli, ["ask", "--model-url", url, "--model", WITH_FORMS, SAID])

    assert missing.exit_code == 2
    assert "AEGIS_MODEL_KEY_FILE" in missing.output
    assert "seven poor souls" in asked.output
    assert script.headers[0]["authorization"] == f"Bearer {key}"
