from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.supply.making import keys

from aegis.supply.errors import SupplyError
from aegis.supply.keys import Algorithm, make_key, read_public, read_signer

_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def _files(folder: Path, key: _Private) -> tuple[Path, Path]:
    private, public = folder / "k.key", folder / "k.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(ec.generate_private_key(ec.SECP256R1()), id="p-256"),
        pytest.param(ec.generate_private_key(ec.SECP384R1()), id="p-384"),
        pytest.param(ec.generate_private_key(ec.SECP521R1()), id="p-521"),
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="ed25519"),
    ],
)
def test_these_keys_sign_and_verify(tmp_path: Path, key: _Private) -> None:
    """What the private part signs holds for the public file, and for no other text."""
    private, public = _files(tmp_path, key)
    signer, shown = read_signer(str(private))
    signature = signer.sign(b"text")

    read_public(public).key.verify_signature(signature, b"text")
    assert shown.hint == hashlib.sha256(public.read_bytes()).hexdigest()
    with pytest.raises(Exception, match="verify"):
        shown.key.verify_signature(signature, b"another text")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(rsa.generate_private_key(65537, 2048), id="rsa"),
        pytest.param(ec.generate_private_key(ec.SECP256K1()), id="another-curve"),
    ],
)
def test_other_keys_are_refused_with_those_that_do(tmp_path: Path, key: _Private) -> None:
    """Formats of signatures over models know no others."""
    private, public = _files(tmp_path, key)

    with pytest.raises(SupplyError, match="ECDSA"):
        read_signer(str(private))
    with pytest.raises(SupplyError, match="ECDSA"):
        read_public(public)


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "ed25519"])
def test_an_encrypted_key_needs_its_passphrase(tmp_path: Path, algorithm: Algorithm) -> None:
    """None, a wrong one and a needless one are told apart from no key at all."""
    private, _ = make_key(algorithm, b"open " + b"sesame")
    path = tmp_path / "k.key"
    path.write_bytes(private)

    read_signer(str(path), passphrase=b"open sesame")
    with pytest.raises(SupplyError, match="is encrypted"):
        read_signer(str(path))
    with pytest.raises(SupplyError, match="the passphrase is another one"):
        read_signer(str(path), passphrase=b"another")
    plain, _ = keys(tmp_path, "plain")
    with pytest.raises(SupplyError, match="is not encrypted"):
        read_signer(str(plain), passphrase=b"needless")


def test_mistaken_files_are_named(tmp_path: Path) -> None:
    """A private key where the public one belongs is the mistake that leaks it."""
    private, public = keys(tmp_path)
    (tmp_path / "text").write_text("no key")

    with pytest.raises(SupplyError, match="is a private key"):
        read_public(private)
    with pytest.raises(SupplyError, match="no private key in PEM form"):
        read_signer(str(public))
    with pytest.raises(SupplyError, match="no public key in PEM form"):
        read_public(tmp_path / "text")
    with pytest.raises(SupplyError, match=r"gone\.key cannot be read"):
        read_signer(str(tmp_path / "gone.key"))


def test_a_key_service_is_reached_by_its_address(tmp_path: Path) -> None:
    """The scheme for files goes the way of every service: with the public key, or not at all."""
    private, public = keys(tmp_path)
    signer, shown = read_signer(f"file2:{private}", public=public)

    shown.key.verify_signature(signer.sign(b"text"), b"text")
    _, stranger = keys(tmp_path, "stranger")
    with pytest.raises(SupplyError, match="gave no key"):
        read_signer(f"file2:{private}", public=stranger)
    with pytest.raises(SupplyError, match="needs --public-key"):
        read_signer("awskms:alias/release")
    with pytest.raises(SupplyError, match=r"the key service `hv:` gave no key"):
        read_signer("hv:release/1", public=public)
