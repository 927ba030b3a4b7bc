from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.supply.making import keys, model, public_of

from aegis.supply.differences import Difference, differences
from aegis.supply.envelope import NotSignedError
from aegis.supply.errors import SupplyError
from aegis.supply.folder import hash_folder
from aegis.supply.keys import read_signer
from aegis.supply.signature import open_signature, sign_folder

TOOL = Path(__file__).parents[1] / "tools/modelsigning/.venv/bin/model_signing"
_FILES = (
    "LICENSE", "README.md", "config.json", "extra/notes.txt", "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors", "tokenizer.json",
)  # fmt: skip


def _signed(folder: Path, private: Path) -> str:
    signer, public = read_signer(str(private))
    return sign_folder(hash_folder(folder), signer, public)


def _found(folder: Path, text: str, private: Path) -> tuple[Difference, ...]:
    signed = open_signature(text, public_of(private))
    return differences(signed.digests, hash_folder(folder, ignored=signed.ignored).digests)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A model, the key that signed it, and the signature."""
    place = tmp_path_factory.mktemp("signed")
    private, _ = keys(place)
    root = model(place / "model")
    return root, private, _signed(root, private)


def _flip(root: Path, name: str, at: int, mask: int) -> None:
    path = root / name
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= mask
    path.write_bytes(bytes(data))


def _rename(root: Path, name: str, at: int, mask: int) -> None:
    del at
    (root / name).rename((root / name).with_name(f"{name.rpartition('/')[2]}{mask}"))


def _remove(root: Path, name: str, at: int, mask: int) -> None:
    del at, mask
    (root / name).unlink()


def _add(root: Path, name: str, at: int, mask: int) -> None:
    (root / f"{name}.{at}").write_bytes(bytes(mask))


def _cut(root: Path, name: str, at: int, mask: int) -> None:
    del mask
    data = (root / name).read_bytes()
    (root / name).write_bytes(data[: at % len(data)])


@pytest.mark.obligation(52)
@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        pytest.param(_flip, "changed", id="a-bit-flipped"),
        pytest.param(_cut, "changed", id="cut-short"),
        pytest.param(_rename, "renamed", id="renamed"),
        pytest.param(_remove, "removed", id="removed"),
        pytest.param(_add, "added", id="added"),
    ],
)
@given(name=st.sampled_from(_FILES), at=st.integers(0, 10_000), mask=st.integers(1, 255))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_tampered_folder_fails_and_the_file_is_named(
    signed: tuple[Path, Path, str], tmp_path: Path, name: str, at: int, mask: int,
    tamper: Callable[[Path, str, int, int], None], kind: str,
) -> None:  # fmt: skip
    """Any byte of any file, any name, one file more or less."""
    root, private, text = signed
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy)
    tamper(copy, name, at, mask)
    (found,) = _found(copy, text, private)

    assert found.kind == kind
    assert name in {found.name, found.before} or found.name.startswith(f"{name}.")


@pytest.mark.obligation(52)
def test_an_untouched_copy_holds(signed: tuple[Path, Path, str], tmp_path: Path) -> None:
    """Wherever it lies and whatever the folder is called."""
    root, private, text = signed
    shutil.copytree(root, tmp_path / "moved")

    assert _found(tmp_path / "moved", text, private) == ()


@given(at=st.integers(0, 100_000), mask=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
@pytest.mark.obligation(52)
def test_no_byte_of_what_was_signed_can_change(
    signed: tuple[Path, Path, str], at: int, mask: int
) -> None:
    """The list itself is signed: whoever edits a digest in it needs the key."""
    _, private, text = signed
    bundle = json.loads(text)
    payload = bytearray(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    payload[at % len(payload)] ^= mask
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(bytes(payload)).decode()

    with pytest.raises(NotSignedError, match="changed after it was signed"):
        open_signature(json.dumps(bundle), public_of(private))


def test_another_key_does_not_do(signed: tuple[Path, Path, str], tmp_path: Path) -> None:
    """A signature of anybody is no signature of those whom you trust."""
    stranger, _ = keys(tmp_path, "stranger")

    with pytest.raises(NotSignedError, match="somebody else"):
        open_signature(signed[2], public_of(stranger))


def test_the_kind_of_text_is_signed_too(signed: tuple[Path, Path, str]) -> None:
    """A signature over one kind of text cannot be shown as one over another (DSSE)."""
    _, private, text = signed
    bundle = json.loads(text)
    bundle["dsseEnvelope"]["payloadType"] = "text/plain"

    with pytest.raises(SupplyError, match="holds text/plain"):
        open_signature(json.dumps(bundle), public_of(private))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda b: b.clear(), "mediaType", id="empty"),
        pytest.param(lambda b: b.pop("dsseEnvelope"), "dsseEnvelope", id="no-envelope"),
        pytest.param(lambda b: b["dsseEnvelope"].pop("payload"), "no DSSE envelope", id="no-payload"),
        pytest.param(lambda b: b["dsseEnvelope"]["signatures"].clear(), "signatures", id="unsigned"),
        pytest.param(
            lambda b: b.update(verificationMaterial={"certificate": {"rawBytes": ""}}),
            "model_signing verify sigstore", id="keyless",
        ),
    ],
)  # fmt: skip
def test_what_is_no_signature_says_what_is_missing(
    signed: tuple[Path, Path, str], change: Callable[[dict[str, object]], None], says: str
) -> None:
    """A person knows where to look, or which tool reads it."""
    bundle = json.loads(signed[2])
    change(bundle)

    with pytest.raises(SupplyError, match=says):
        open_signature(json.dumps(bundle), public_of(signed[1]))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=2) | st.dictionaries(st.text(max_size=5), each, max_size=2)
    ),
    max_leaves=4,
)


def _places(value: object) -> Iterator[tuple[object, object]]:
    """Every container in a JSON value with each of its keys."""
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inside in steps:
        yield value, key
        yield from _places(inside)


@given(where=st.integers(0, 100), value=_JSON)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_signature_a_person_gets_an_answer(
    signed: tuple[Path, Path, str], where: int, value: object
) -> None:
    """Any part replaced by anything: it holds as before, or is refused with a sentence."""
    _, private, text = signed
    honest = open_signature(text, public_of(private))
    bundle = json.loads(text)
    places = list(_places(bundle))
    container, key = places[where % len(places)]
    container[key] = value  # type: ignore[index]
    with contextlib.suppress(SupplyError, NotSignedError):
        assert open_signature(json.dumps(bundle), public_of(private)) == honest


def test_nothing_of_the_private_key_is_in_a_signature(signed: tuple[Path, Path, str]) -> None:
    """Neither the text of the key nor its number."""
    _, private, text = signed
    body = "".join(private.read_text().splitlines()[1:-1])

    assert body not in text.replace("\n", "")
    assert base64.b64decode(body)[-64:].hex() not in text


with_tool = pytest.mark.skipif(
    not TOOL.exists(), reason="tests/tools/modelsigning is absent (scripts/tools.sh): the OpenSSF's tool was NOT asked"
)  # fmt: skip


def _tool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOL, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


@with_tool
@pytest.mark.obligation(52)
def test_the_tool_of_the_openssf_reads_our_signatures(tmp_path: Path) -> None:
    """`model_signing verify key` passes an honest folder and fails a changed one."""
    private, public = keys(tmp_path)
    root = model(tmp_path / "model")
    (tmp_path / "m.sig").write_text(_signed(root, private))
    ask = ("verify", "key", root, "--signature", tmp_path / "m.sig", "--public_key", public)
    honest = _tool(*ask)
    (root / "config.json").write_text("{}")
    tampered = _tool(*ask)

    assert honest.returncode == 0, honest.stdout + honest.stderr
    assert tampered.returncode != 0
    assert "config.json" in tampered.stdout + tampered.stderr


@with_tool
@pytest.mark.obligation(52)
def test_we_read_the_signatures_of_the_tool_of_the_openssf(tmp_path: Path) -> None:
    """What it leaves out stands in its signature, and is left out by us."""
    private, _ = keys(tmp_path)
    root = model(tmp_path / "model")
    made = _tool(
        "sign", "key", root, "--private_key", private, "--signature", tmp_path / "theirs.sig"
    )
    text = (tmp_path / "theirs.sig").read_text()

    assert made.returncode == 0, made.stdout + made.stderr
    assert _found(root, text, private) == ()
    (root / "config.json").write_text("{}")
    assert [d.name for d in _found(root, text, private)] == ["config.json"]
