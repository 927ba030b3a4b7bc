"""A secret in a brief is an error that repeats it nowhere. Secrets here are built at run time."""

import base64
import random
import string

import pytest

from aegis.brief.read import ReadBrief, read_brief

_LETTERS = string.ascii_letters + string.digits


def _random(length: int, letters: str = _LETTERS) -> str:
    return "".join(random.Random(20261122).choices(letters, k=length))  # noqa: S311


def _github() -> str:
    return "gh" + "p_" + _random(36)


def _aws() -> str:
    return "AK" + "IA" + _random(16, string.ascii_uppercase + "234567")


def _pem() -> str:
    body = base64.b64encode(random.Random(7).randbytes(600)).decode()  # noqa: S311
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    edge = "RSA PRIVATE" + " KEY-----"
    return "\n".join([f"-----BEGIN {edge}", *lines, f"-----END {edge}"])


def _whole(read: ReadBrief) -> str:
    return "\n".join([*(f.model_dump_json() for f in read.findings), read.text])


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("name: {}\npurpose: p\nworkload: {{kind: chat}}\n", id="as-a-name"),
        pytest.param("name: ok\npurpose: {}\nworkload: {{kind: chat}}\n", id="in-valid-text"),
        pytest.param("name: ok\npurpose: p\nworkload: {{kind: {}}}\n", id="as-an-unknown-word"),
        pytest.param("name: ok\npurpose: p\n{}: 3\nworkload: {{kind: chat}}\n", id="as-a-field"),
        pytest.param("name: ok\npurpose: p\nworkload: [{}]\n", id="in-the-wrong-type"),
        pytest.param("name: ok\npurpose: p\nteam: {{owners: {{service: '{}'}}}}\n", id="owner"),
        pytest.param("# {}\nname: ok\npurpose: p\nworkload: {{kind: chat}}\n", id="in-a-comment"),
        pytest.param("name: ok\npurpose: [{}\n", id="in-broken-yaml"),
        pytest.param("name: ok\npurpose: p\nworkload: {{kind: chat, tools: [{{name: {}}}]}}", id="slug"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "secret", [pytest.param(_github(), id="github"), pytest.param(_aws(), id="aws")]
)
def test_a_secret_closes_the_brief_and_is_not_repeated(place: str, secret: str) -> None:
    """Wherever it stands: no brief, a hard finding on its line, and no copy of it anywhere."""
    text = place.format(secret)
    line = next(i for i, row in enumerate(text.splitlines(), 1) if secret in row)
    read = read_brief(text)

    assert read.brief is None
    assert [f.span.line for f in read.findings if f.code == "AEG005" and f.span] == [line]
    assert all(f.hard for f in read.findings if f.code == "AEG005")
    assert secret not in _whole(read)


def test_a_value_that_its_name_calls_secret_is_not_repeated() -> None:
    """`password: …` has no shape of its own; the name gives it away, also as an unknown field."""
    value = "Tr0ub" + "4dor-" + _random(8)
    read = read_brief(f"name: ok\npurpose: p\nworkload: {{kind: chat}}\npassword: {value}\n")

    assert {f.code for f in read.findings} == {"AEG005", "AEG002"}
    assert value not in _whole(read)


def test_a_secret_behind_escapes_is_found() -> None:
    """YAML resolves escapes in quotes, so the value is looked at as well as the text."""
    secret = _github()
    hidden = f"\\u{ord(secret[0]):04x}{secret[1:]}"
    read = read_brief(f'name: ok\npurpose: "{hidden}"\nworkload: {{kind: chat}}\n')

    assert read.brief is None
    assert [(f.code, f.span.line) for f in read.findings if f.span] == [("AEG005", 2)]


def test_a_private_key_over_many_lines_keeps_the_lines_below_in_place() -> None:
    """Masking may not move the text: the error after the key still shows its own line."""
    key = "\n".join(f"    {line}" for line in _pem().splitlines())
    text = f"name: ok\npurpose: |\n{key}\nworkload: {{kind: chatt}}\n"
    read = read_brief(text)
    word = next(f for f in read.findings if f.code == "AEG002")

    assert any(f.code == "AEG005" for f in read.findings)
    assert word.span is not None
    assert word.span.line == text.count("\n")
    assert word.span.excerpt == "workload: {kind: chatt}"
    assert all(line.strip() not in _whole(read) for line in key.splitlines()[1:-1])


def test_words_that_only_sound_secret_are_fine() -> None:
    """A reference to a secret store is what a brief should say."""
    text = "name: ok\npurpose: p\nworkload: {kind: chat}\nteam: {secrets: vault}\n"

    assert read_brief(text).findings == ()
