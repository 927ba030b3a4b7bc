"""What the commands of `aegis supply` answer; also their JSON. No library of the extra is needed here."""

from __future__ import annotations

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.supply.differences import Difference
from aegis.supply.links import Checked
from aegis.supply.scan import Unsafe


class KeyResult(Frozen):
    """A new pair of keys."""

    private: str = Field(description="path of the file; nobody else may read it")
    public: str
    algorithm: str
    encrypted: bool
    hint: str = Field(description="SHA-256 of the public key as PEM, by which signatures name it")


class Part(Frozen):
    """One file, data set or model in an inventory."""

    kind: str
    name: str
    sha256: str = ""


class InventoryResult(Frozen):
    """An inventory that was written, and what it could not say."""

    path: str
    model: str
    parts: tuple[Part, ...]
    bytes: int
    licences: tuple[str, ...]
    elements: dict[str, int] = Field(description="elements of tensors by type, from their headers")
    has_weights_hash: bool
    missing: tuple[str, ...]
    unsafe: tuple[Unsafe, ...]


class SignResult(Frozen):
    """A signature that was written, or why there is none."""

    path: str
    model: str
    files: int
    bytes: int
    hint: str
    refused: bool
    unsafe: tuple[Unsafe, ...] = Field(description="files that are more than data")
    allowed: tuple[str, ...] = Field(description="those that were signed all the same")
    ignored: tuple[str, ...] = ()


class SignatureResult(Frozen):
    """Whether a folder is as it was signed."""

    verdict: Verdict
    path: str
    model: str
    files: int
    bytes: int
    hint: str
    why: str = Field(default="", description="why signature or folder cannot be read as one signed")
    differences: tuple[Difference, ...] = ()
    ignored: tuple[str, ...] = Field(default=(), description="what the signer left out")
    allowed: tuple[str, ...] = Field(
        default=(), description="files that could run code, and were signed all the same"
    )


class AttestResult(Frozen):
    """An attestation that was written."""

    path: str
    model: str
    hint: str
    links: tuple[Part, ...]


class AttestationResult(Frozen):
    """Whether data, code and weights are those of the statement."""

    verdict: Verdict
    path: str
    hint: str
    why: str = Field(default="", description="why signature or builder are not those wanted")
    builder: str = Field(default="", description="who made the weights, as the statement says")
    links: tuple[Checked, ...] = ()
