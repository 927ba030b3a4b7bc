"""Keys in files, or in a key service by its address. ECDSA P-256, P-384, P-521 and Ed25519.

A private key is read, used and forgotten: no part of it stands in a signature, a message or a log.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner, Signer, SSlibKey

from aegis.supply.errors import SupplyError

Algorithm = Literal["ecdsa-p256", "ed25519"]
_PUBLIC = EllipticCurvePublicKey | Ed25519PublicKey
_PRIVATE = EllipticCurvePrivateKey | Ed25519PrivateKey
_KINDS = "ECDSA (P-256, P-384, P-521) and Ed25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to verify with, and the name by which a signature calls it."""

    key: SSlibKey
    hint: str
    """SHA-256 of the key as PEM, in hex, as signatures of models name their key."""


def make_key(algorithm: Algorithm, passphrase: bytes | None) -> tuple[bytes, bytes]:
    """A new pair as PEM: the private part (PKCS #8, encrypted if there is a passphrase), the public."""
    made: _PRIVATE = (
        Ed25519PrivateKey.generate()
        if algorithm == "ed25519"
        else generate_private_key(SECP256R1())
    )
    locked: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    )
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    return private, _pem(made.public_key())


def read_public(path: Path) -> PublicKey:
    """The public key of a PEM file.

    Raises:
        SupplyError: no such key there.
    """
    data = _read(path)
    if b"PRIVATE KEY" in data:
        raise SupplyError(f"{path} is a private key: verifying takes the public one")
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise SupplyError(f"{path} is no public key in PEM form") from None
    if not isinstance(key, _PUBLIC):
        raise SupplyError(f"{path}: such a key is not supported; {_KINDS} are")
    return _public(key, str(path))


def read_signer(
    key: str, *, public: Path | None = None, passphrase: bytes | None = None
) -> tuple[Signer, PublicKey]:
    """What signs: a PEM file, or the address of a key service with the public key beside it.

    Addresses are those of securesystemslib: `awskms:`, `gcpkms:`, `azurekms:`, `hv:` (Vault), `hsm:`.

    Raises:
        SupplyError: no such key, a wrong or missing passphrase, or a library that is not there.
    """
    scheme = key.partition(":")[0]
    if scheme in SIGNER_FOR_URI_SCHEME and ":" in key:
        return _service(key, public)
    path = Path(key)
    try:
        private = load_pem_private_key(_read(path), passphrase)
    except TypeError:
        what = "is encrypted: name the variable that holds its passphrase with --passphrase-env"
        raise SupplyError(
            f"{path} {what if passphrase is None else 'is not encrypted: leave --passphrase-env out'}"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise SupplyError(
            f"{path} is no private key in PEM form, or the passphrase is another one"
        ) from None
    if not isinstance(private, _PRIVATE):
        raise SupplyError(f"{path}: such a key is not supported; {_KINDS} are")
    shown = _public(private.public_key(), str(path))
    return CryptoSigner(private, shown.key), shown


def _service(address: str, public: Path | None) -> tuple[Signer, PublicKey]:
    if public is None:
        raise SupplyError(
            "a key of a key service needs --public-key: the file with its public part"
        )
    shown = read_public(public)
    try:
        return Signer.from_priv_key_uri(address, shown.key), shown
    except Exception as error:  # noqa: BLE001 - each service raises its own
        scheme = address.partition(":")[0]
        raise SupplyError(f"the key service `{scheme}:` gave no key: {error}") from None


def _public(key: _PUBLIC, where: str) -> PublicKey:
    try:
        return PublicKey(SSlibKey.from_crypto(key), hashlib.sha256(_pem(key)).hexdigest())
    except ValueError:
        raise SupplyError(f"{where}: this curve is not supported; {_KINDS} are") from None


def _pem(key: _PUBLIC) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SupplyError(f"{path} cannot be read: {error.strerror}") from None
