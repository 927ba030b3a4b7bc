"""Signed statements: in-toto's Statement v1 in a DSSE envelope.

Sources: in-toto/attestation, spec/v1/statement.md; secure-systems-lab/dsse, protocol.md, v1.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, Signer

from aegis.supply.errors import SupplyError
from aegis.supply.keys import PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
_OBJECT = TypeAdapter(dict[str, JsonValue])


class Lenient(BaseModel):
    """What others write: fields that we do not know are passed over, as in-toto asks of readers."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Resource(Lenient):
    """A thing and its digests: algorithm → hex."""

    name: str = ""
    uri: str = ""
    digest: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, JsonValue] = Field(default_factory=dict)

    def written(self) -> dict[str, JsonValue]:
        """As JSON, without what is empty."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Statement(Lenient):
    """What is claimed about some things."""

    type: Literal["https://in-toto.io/Statement/v1"] = Field(default=STATEMENT_TYPE, alias="_type")
    subject: tuple[Resource, ...]
    predicate_type: str = Field(alias="predicateType")
    predicate: dict[str, JsonValue]

    def written(self) -> bytes:
        """The bytes that are signed: the same for the same statement."""
        whole: dict[str, JsonValue] = {
            "_type": self.type,
            "subject": [each.written() for each in self.subject],
            "predicateType": self.predicate_type,
            "predicate": self.predicate,
        }
        return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class NotSignedError(Exception):
    """The signature does not hold; the text says why."""


def seal(statement: Statement, signer: Signer, public: PublicKey) -> Envelope:
    """The statement in an envelope with one signature, which `public` was seen to verify.

    Raises:
        SupplyError: the key does not sign, or it is not the private part of `public`.
    """
    envelope = Envelope(statement.written(), PAYLOAD_TYPE, {})
    try:
        envelope.sign(signer)
    except Exception as error:  # noqa: BLE001 - each key service raises its own
        raise SupplyError(f"the key did not sign: {error}") from None
    try:
        _verify(envelope, public)
    except NotSignedError:
        raise SupplyError(
            "what the key signed does not verify: is --public-key that of another?"
        ) from None
    return envelope


def open_envelope(written: Mapping[str, JsonValue], key: PublicKey) -> Statement:
    """The statement, if this key signed exactly these bytes.

    Names of keys in the envelope are hints that anybody can write, so every signature is tried.

    Raises:
        SupplyError: it is no envelope of a statement.
        NotSignedError: no signature in it is by this key over these bytes.
    """
    envelope = _envelope(written)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise SupplyError(f"the envelope holds {envelope.payload_type}, not {PAYLOAD_TYPE}")
    _verify(envelope, key)
    try:
        return Statement.model_validate_json(envelope.payload)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SupplyError(
            f"the signed text is no in-toto Statement v1: `{where}` is wrong or missing"
        ) from None


def _envelope(written: Mapping[str, JsonValue]) -> Envelope:
    signatures = written.get("signatures")
    if not isinstance(signatures, list) or not signatures:
        raise SupplyError("it is no DSSE envelope: `signatures` is missing")
    # securesystemslib keeps one signature a name, and wants a name; both are only hints.
    named = [
        {**each, "keyid": str(number)}
        for number, each in enumerate(signatures)
        if isinstance(each, dict)
    ]
    try:
        return Envelope.from_dict({**written, "signatures": named})
    except (KeyError, ValueError, TypeError, AttributeError):
        raise SupplyError(
            "it is no DSSE envelope: `payload`, `payloadType` and `signatures` are wanted"
        ) from None


def _verify(envelope: Envelope, key: PublicKey) -> None:
    message = envelope.pae()
    for signature in envelope.signatures.values():
        try:
            key.key.verify_signature(Signature(key.key.keyid, signature.signature), message)
        except UnverifiedSignatureError:
            continue
        return
    _refuse(key)


def _refuse(key: PublicKey) -> NoReturn:
    raise NotSignedError(
        f"no signature of the key {key.hint[:16]}… over this text: it was changed after it was "
        "signed, or somebody else signed it"
    )


def read_object(text: str, what: str) -> dict[str, JsonValue]:
    """The JSON object of a file.

    Raises:
        SupplyError: it is none.
    """
    try:
        return _OBJECT.validate_json(text)
    except ValidationError:
        raise SupplyError(f"the {what} is no JSON object") from None
