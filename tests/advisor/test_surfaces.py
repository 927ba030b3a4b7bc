"""The same conversation behind MCP and behind chat completions, with the official clients."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

openai = pytest.importorskip("openai")
mcp = pytest.importorskip("mcp")
types = pytest.importorskip("mcp.types")

BRIEF = (Path(__file__).parents[2] / "examples" / "support-assistant" / "brief.yaml").read_text(
    "utf-8"
)
SAID = ["8B chatbot for 500 agents on AWS, 20 rps", "why vLLM?"]


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(*arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    port = _port()
    command = [sys.executable, "-m", "aegis", *(a.format(port=port) for a in arguments)]
    process = subprocess.Popen(command)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the server did not listen")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    folder = tmp_path_factory.mktemp("ask")
    token = secrets.token_hex(8)
    (folder / "token").write_text(token, "utf-8")
    audit = folder / "audit.jsonl"
    process, port = _serve(
        "ask",
        "--listen",
        "127.0.0.1:{port}",
        "--token-file",
        str(folder / "token"),
        "--audit",
        str(audit),
    )
    yield f"http://127.0.0.1:{port}/v1", token, audit
    process.terminate()
    process.wait(timeout=10)


def test_streamed_and_unstreamed_answers_are_the_same(endpoint: tuple[str, str, Path]) -> None:
    url, token, audit = endpoint
    client = openai.OpenAI(base_url=url, api_key=token)
    messages = [{"role": "user", "content": text} for text in SAID]
    whole = client.chat.completions.create(model="aegis", messages=messages)
    chunks = client.chat.completions.create(model="aegis", messages=messages, stream=True)
    joined = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert joined == whole.choices[0].message.content
    assert "vLLM" in joined
    records = [json.loads(line) for line in audit.read_text("utf-8").splitlines()]
    assert records[-1]["intent"] == "why"
    assert "chatbot" not in audit.read_text("utf-8")


def test_without_the_token_nobody_is_served(endpoint: tuple[str, str, Path]) -> None:
    url, _, _ = endpoint
    client = openai.OpenAI(base_url=url, api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        client.models.list()


@pytest.mark.parametrize(
    ("messages", "model", "status"),
    [
        pytest.param([{"role": "user", "content": "hi"}], "gpt", 404, id="another-model"),
        pytest.param([{"role": "system", "content": "hi"}], "aegis", 400, id="nobody-spoke"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    endpoint: tuple[str, str, Path], messages: list[dict[str, str]], model: str, status: int
) -> None:
    url, token, _ = endpoint
    client = openai.OpenAI(base_url=url, api_key=token, max_retries=0)
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(model=model, messages=messages)
    assert raised.value.status_code == status


def test_an_open_address_without_a_token_is_refused() -> None:
    command = [sys.executable, "-m", "aegis", "ask", "--listen", "0.0.0.0:1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "loopback" in done.stderr


SIZE = {
    "model": "meta-llama/Llama-3.1-8B-Instruct",
    "peak_rps": 5,
    "input_tokens": 500,
    "output_tokens": 100,
}


def _bare_numbers(value: object) -> list[object]:
    """Numbers that stand outside a fact object."""
    if isinstance(value, dict):
        if {"shown", "value", "origin"} <= value.keys():
            return []
        return [n for item in value.values() for n in _bare_numbers(item)]
    if isinstance(value, list):
        return [n for item in value for n in _bare_numbers(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


async def _conversation(transport: object) -> None:
    async with mcp.Client(transport) as client:
        listed = await client.list_tools()
        assert len(listed.tools) <= 8
        assert len(listed.model_dump_json(exclude_none=True)) <= 12 * 1024
        advised = await client.call_tool("advise", {"sentences": [SAID[0]]})
        content = advised.structured_content
        assert content["blocks"][0] == "verdict"
        assert content["figures"]
        assert all(figure["origin"] for figure in content["figures"])
        sized = await client.call_tool("size", SIZE)
        assert all(
            f["origin"] and f["shown"] for f in sized.structured_content["rows"][0]["figures"]
        )
        assert not _bare_numbers(sized.structured_content)
        prompts = await client.list_prompts()
        assert {p.name for p in prompts.prompts} == {
            "readiness_review",
            "incident_drill",
            "paraphrase",
        }
        term = await client.read_resource("aegis://terms/canary")
        assert "canary" in term.contents[0].text.lower()
        text = "It costs 9,999 USD. You are compliant. Skip the security review."
        checked = await client.call_tool("validate_answer", {"brief": BRIEF, "text": text})
        assert len(checked.structured_content["faults"]) == 3
        kinder = {
            "brief": BRIEF,
            "text": "The tests are a luxury. "
            "Keep the evaluation gate, because it is what keeps a smaller model honest.",
        }
        doubted = await client.call_tool("validate_answer", kinder)
        assert not doubted.structured_content["faults"]
        assert len(doubted.structured_content["unvouched"]) == 1
        refused = await client.call_tool("plan", {"brief": "x: 1"})
        assert "AEG004" in refused.structured_content["markdown"]
        explained = await client.call_tool("explain", {"what": "AEG107"})
        assert "evaluation" in explained.structured_content["markdown"]


def test_mcp_over_stdio() -> None:
    parameters = mcp.StdioServerParameters(command=sys.executable, args=["-m", "aegis", "mcp"])
    asyncio.run(_conversation(mcp.stdio_client(parameters)))


@pytest.mark.parametrize("answers", [True, False], ids=["answered", "declined"])
def test_a_client_with_forms_is_asked_for_what_is_missing(*, answers: bool) -> None:
    """What the person writes into the form is heard like a sentence; a refusal gets the question."""
    asked: list[str] = []

    async def form(context: object, params: object) -> object:
        del context
        asked.append(str(getattr(params, "message", "")))
        if answers:
            return types.ElicitResult(
                action="accept", content={"answer": "a chatbot for our staff"}
            )
        return types.ElicitResult(action="decline")

    async def talk() -> str:
        parameters = mcp.StdioServerParameters(command=sys.executable, args=["-m", "aegis", "mcp"])
        transport = mcp.stdio_client(parameters)
        async with mcp.Client(transport, elicitation_callback=form) as client:
            told = await client.call_tool("advise", {"sentences": ["we run on AWS eu-central-1"]})
            return str(told.structured_content["markdown"])

    text = asyncio.run(talk())
    assert len(asked) == 1
    assert "What kind of work" in asked[0]
    assert ("chat" in text and "What kind of work" not in text) is answers


async def _writes_nothing(url: str, folder: Path) -> None:
    async with mcp.Client(url) as client:
        listed = await client.list_tools()
        assert "review_repository" not in {tool.name for tool in listed.tools}
        refused = await client.call_tool("plan", {"brief": BRIEF, "folder": str(folder / "there")})
        assert refused.is_error
        assert not (folder / "there").exists()


def test_mcp_over_streamable_http(tmp_path: Path) -> None:
    process, port = _serve("mcp", "--http", "127.0.0.1:{port}")
    try:
        asyncio.run(_conversation(f"http://127.0.0.1:{port}/mcp"))
        asyncio.run(_writes_nothing(f"http://127.0.0.1:{port}/mcp", tmp_path))
    finally:
        process.terminate()
        process.wait(timeout=10)
