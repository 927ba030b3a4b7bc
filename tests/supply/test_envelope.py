from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.supply.making import keys, model, public_of

from aegis.supply.envelope import (
    PAYLOAD_TYPE,
    NotSignedError,
    Resource,
    Statement,
    open_envelope,
    read_object,
    seal,
)
from aegis.supply.errors import SupplyError
from aegis.supply.folder import hash_folder
from aegis.supply.keys import read_signer
from aegis.supply.links import Link, Role
from aegis.supply.provenance import state

TOOLS = Path(__file__).parents[1] / "tools/modelsigning/.venv/bin/python"
_STATEMENT = Statement(
    subject=(Resource(name="a", digest={"sha256": "00"}),),
    predicate_type="https://example.org/claim/v1", predicate={"holds": True},
)  # fmt: skip


def _sealed(statement: Statement, private: Path) -> dict[str, JsonValue]:
    return read_object(
        json.dumps(seal(statement, *read_signer(str(private))).to_dict()), "envelope"
    )


def test_an_envelope_gives_back_the_statement(tmp_path: Path) -> None:
    """Whatever name the signature calls its key by: a name in an envelope is a hint."""
    private, _ = keys(tmp_path)
    written = _sealed(_STATEMENT, private)
    signatures = written["signatures"]
    assert isinstance(signatures, list)
    assert isinstance(signatures[0], dict)
    for name in ("", "another", None):
        signatures[0]["keyid"] = name
        assert open_envelope(written, public_of(private)) == _STATEMENT
    del signatures[0]["keyid"]
    assert open_envelope(written, public_of(private)) == _STATEMENT


def test_a_signature_that_does_not_verify_is_not_handed_out(tmp_path: Path) -> None:
    """A key service with another key than the public file says: said now, not in production."""
    signer, _ = read_signer(str(keys(tmp_path)[0]))
    stranger, _ = keys(tmp_path, "stranger")

    with pytest.raises(SupplyError, match="does not verify"):
        seal(_STATEMENT, signer, public_of(stranger))


def test_one_signature_of_several_is_enough_if_it_is_ours(tmp_path: Path) -> None:
    """A stranger's signature beside it, under the same name, neither helps nor harms."""
    private, _ = keys(tmp_path)
    stranger, _ = keys(tmp_path, "stranger")
    written, other = _sealed(_STATEMENT, private), _sealed(_STATEMENT, stranger)
    both = {**written, "signatures": [*_list(other), *_list(written)]}

    assert open_envelope(both, public_of(private)) == _STATEMENT
    with pytest.raises(NotSignedError):
        open_envelope(other, public_of(private))


def _list(written: dict[str, JsonValue]) -> list[JsonValue]:
    signatures = written["signatures"]
    assert isinstance(signatures, list)
    return signatures


def test_the_signed_bytes_are_those_of_dsse(tmp_path: Path) -> None:
    """Another reading of the protocol: «DSSEv1», lengths in decimal, parted by single blanks."""
    private, _ = keys(tmp_path)
    written = _sealed(_STATEMENT, private)
    payload = base64.b64decode(str(written["payload"]))
    signature = _list(written)[0]
    assert isinstance(signature, dict)
    message = b" ".join(
        [b"DSSEv1", b"%d" % len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), b"%d" % len(payload), payload]
    )
    (tmp_path / "message").write_bytes(message)
    (tmp_path / "signature").write_bytes(base64.b64decode(str(signature["sig"])))
    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", private.with_suffix(".pub"),
         "-signature", tmp_path / "signature", tmp_path / "message"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert said.stdout.strip() == "Verified OK", said.stderr


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        pytest.param(b"{}", "`_type`|`subject`", id="no-statement"),
        pytest.param(b"not json", "no in-toto Statement v1", id="no-json"),
        pytest.param(
            b'{"_type":"https://in-toto.io/Statement/v0.1","subject":[],"predicateType":"","predicate":{}}',
            "`_type` is wrong", id="another-version",
        ),
    ],
)  # fmt: skip
def test_a_signed_text_that_is_no_statement_is_named(
    tmp_path: Path, payload: bytes, says: str
) -> None:
    """A good signature over something else is still something else."""
    private, _ = keys(tmp_path)
    signer, public = read_signer(str(private))
    pae = b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)
    signature = bytes.fromhex(signer.sign(pae).signature)
    written: dict[str, JsonValue] = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }

    with pytest.raises(SupplyError, match=says):
        open_envelope(written, public)


_OFFICIAL = """
import sys
from google.protobuf import json_format
from in_toto_attestation.v1 import statement, statement_pb2
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
read = json_format.Parse(sys.stdin.read(), statement_pb2.Statement())
statement.Statement.copy_from_pb(read).validate()
json_format.ParseDict(json_format.MessageToDict(read)["predicate"], provenance_pb2.Provenance())
print(read.predicate_type)
"""


@pytest.mark.skipif(
    not TOOLS.exists(),
    reason="tests/tools/modelsigning is absent (scripts/tools.sh): in-toto's own reader was NOT asked",
)
@pytest.mark.obligation(53)
def test_the_official_reader_takes_our_statements(tmp_path: Path) -> None:
    """in-toto's protobuf messages for Statement v1 and SLSA provenance v1, without a field to spare."""
    links = [
        Link(role=Role.DATA, name="train.jsonl", digest={"sha256": "ab" * 32}),
        Link(role=Role.CODE, name="code", digest={"gitCommit": "cd" * 20}, uri="git+https://example.org/r"),
        Link(role=Role.INVENTORY, name="bom", digest={"sha256": "ef" * 32}),
    ]  # fmt: skip
    written = state(hash_folder(model(tmp_path / "model")), links).written()
    said = subprocess.run(
        [TOOLS, "-c", _OFFICIAL], input=written.decode(), capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip

    assert said.stdout.strip() == "https://slsa.dev/provenance/v1", said.stderr
