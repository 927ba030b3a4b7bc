"""Signatures over a model's folder in the format of the OpenSSF: `model_signing` reads them too.

Every file has its digest in a signed list, so a changed, added, removed or renamed one is named. Their
library is not used: it brings 33 packages with clients of the public log, for a list of digests in an
envelope. Tests let it read what we sign, and us what it signs.

Source: model-signing 1.1.1 (PyPI), its payload `https://model_signing/signature/v1.0` and its bundle
for signatures by elliptic-curve keys; Ed25519 is ours alone, since that library has no such keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue, ValidationError
from securesystemslib.signer import Signer

from aegis.supply.envelope import Lenient, Resource, Statement, open_envelope, read_object, seal
from aegis.supply.errors import SupplyError
from aegis.supply.folder import Folder
from aegis.supply.keys import PublicKey

PREDICATE_TYPE = "https://model_signing/signature/v1.0"
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


class _Serialization(Lenient):
    method: Literal["files"]
    hash_type: Literal["sha256"]
    allow_symlinks: bool = False
    ignore_paths: tuple[str, ...] = ()


class _Signed(Lenient):
    name: str
    algorithm: Literal["sha256"]
    digest: str


class _Predicate(Lenient):
    serialization: _Serialization
    resources: tuple[_Signed, ...]
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFolder:
    """What was signed: the model's name, digests by name, and how the folder was read."""

    name: str
    digests: dict[str, str]
    ignored: tuple[str, ...]
    allowed: tuple[str, ...]
    """Files that could run code, and that the signer vouched for all the same."""
    follows_links: bool


def sign_folder(
    folder: Folder, signer: Signer, public: PublicKey, *, allowed: Sequence[str] = ()
) -> str:
    """The signature as the text of a file; other readers pass over the list of what was allowed."""
    predicate: dict[str, JsonValue] = {
        "serialization": {
            "method": "files",
            "hash_type": "sha256",
            "allow_symlinks": folder.follows_links,
            "ignore_paths": list(folder.ignored),
        },
        "resources": [
            {"name": file.name, "algorithm": "sha256", "digest": file.sha256}
            for file in folder.files
        ],
    }
    if allowed:
        predicate["allowed"] = list(allowed)
    root = _root([file.sha256 for file in folder.files])
    statement = Statement(
        subject=(Resource(name=folder.name, digest={"sha256": root}),),
        predicate_type=PREDICATE_TYPE,
        predicate=predicate,
    )
    sealed = seal(statement, signer, public).to_dict()
    for each in sealed["signatures"]:
        each["keyid"] = ""  # the hint beside the envelope names the key
    bundle = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": public.hint}, "tlogEntries": []},
        "dsseEnvelope": sealed,
    }
    return json.dumps(bundle, indent=2) + "\n"


def open_signature(text: str, key: PublicKey) -> SignedFolder:
    """What `key` signed.

    Raises:
        SupplyError: it is no signature over a folder, or of a kind that is verified elsewhere.
        NotSignedError: the signature does not hold.
    """
    bundle = read_object(text, "signature")
    if bundle.get("mediaType") != MEDIA_TYPE:
        raise SupplyError(f"it is no signature of a model: `mediaType` is not {MEDIA_TYPE}")
    material = bundle.get("verificationMaterial")
    if not isinstance(material, dict) or "publicKey" not in material:
        raise SupplyError(
            "it was signed by an identity or a certificate, not by a key: "
            "`model_signing verify sigstore` or `verify certificate` reads it"
        )
    envelope = bundle.get("dsseEnvelope")
    if not isinstance(envelope, dict):
        raise SupplyError("it is no signature of a model: `dsseEnvelope` is missing")
    return _signed_folder(open_envelope(envelope, key))


def _signed_folder(statement: Statement) -> SignedFolder:
    if statement.predicate_type != PREDICATE_TYPE or len(statement.subject) != 1:
        raise SupplyError(f"the signed text is not {PREDICATE_TYPE} about one model")
    try:
        predicate = _Predicate.model_validate(statement.predicate)
    except ValidationError:
        raise SupplyError(
            "the folder was read in another way than file by file with SHA-256: "
            "`model_signing verify key` knows the others"
        ) from None
    digests = {each.name: each.digest for each in predicate.resources}
    root = _root([each.digest for each in predicate.resources])
    if len(digests) != len(predicate.resources) or root != statement.subject[0].digest.get(
        "sha256"
    ):
        raise SupplyError("the signed list contradicts itself: sign again with another tool")
    how = predicate.serialization
    return SignedFolder(
        name=statement.subject[0].name, digests=digests, ignored=how.ignore_paths, allowed=predicate.allowed,
        follows_links=how.allow_symlinks,
    )  # fmt: skip


def _root(digests: Sequence[str]) -> str:
    """SHA-256 over the digests one after the other; the names stand beside it, signed too."""
    try:
        return hashlib.sha256(b"".join(map(bytes.fromhex, digests))).hexdigest()
    except ValueError:
        raise SupplyError("a digest in the signed list is no hexadecimal number") from None
