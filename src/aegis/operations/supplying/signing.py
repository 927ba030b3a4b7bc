"""Keys, signatures over folders, and whether they hold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aegis.base.verdict import Verdict
from aegis.operations.supplying.reading import Say, outside, read_folder, read_text, write
from aegis.operations.supplying.results import KeyResult, SignatureResult, SignResult
from aegis.supply.differences import differences
from aegis.supply.envelope import NotSignedError
from aegis.supply.errors import OddFileError, SupplyError
from aegis.supply.folder import IGNORED
from aegis.supply.keys import Algorithm, make_key, read_public, read_signer
from aegis.supply.scan import unsafe_files
from aegis.supply.signature import open_signature, sign_folder


def write_keys(name: Path, algorithm: Algorithm, passphrase: bytes | None) -> KeyResult:
    """NAME.key, which only its owner may read, and NAME.pub; nothing is ever overwritten.

    Raises:
        SupplyError: one of them is there, or it would lie in a git repository.
    """
    private, public = name.with_name(name.name + ".key"), name.with_name(name.name + ".pub")
    place = private.resolve().parent
    if any((folder / ".git").exists() for folder in (place, *place.parents)):
        raise SupplyError(
            f"{private} would lie in a git repository, from where keys leak: choose another folder"
        )
    secret, shown = make_key(algorithm, passphrase)
    for path, data, mode in ((private, secret, 0o600), (public, shown, 0o644)):
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(data)
        except OSError as error:
            raise SupplyError(f"{path} cannot be written: {error.strerror}") from None
    return KeyResult(
        private=str(private), public=str(public), algorithm=algorithm,
        encrypted=passphrase is not None, hint=read_public(public).hint,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """With which key a folder is signed, and what of it."""

    key: str
    public: Path | None = None
    passphrase: bytes | None = None
    allowed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    follow_links: bool = False


def sign(folder: Path, out: Path, how: Signing, say: Say) -> SignResult:
    """A signature over every file of the folder, unless one of them could run code.

    Raises:
        SupplyError: the folder, the key or the place does not do.
    """
    outside(out, folder)
    outside(Path(how.key), folder)
    signer, public = read_signer(how.key, public=how.public, passphrase=how.passphrase)
    read = read_folder(folder, say, ignored=(*IGNORED, *how.ignored), follow_links=how.follow_links)
    if read.single:
        raise SupplyError(f"{folder} is a file: sign the folder that it is in")
    unsafe = unsafe_files(folder, read.files)
    names = {each.name for each in unsafe}
    needless = [name for name in how.allowed if name not in names]
    if needless:
        raise SupplyError(f"--allow {needless[0]}: no such file needs it")
    refused = bool(names - set(how.allowed))
    if not refused:
        write(out, sign_folder(read, signer, public, allowed=how.allowed))
    return SignResult(
        path=str(out), model=read.name, files=len(read.files), bytes=read.size, hint=public.hint,
        refused=refused, unsafe=unsafe, allowed=how.allowed, ignored=read.ignored,
    )  # fmt: skip


def verify(folder: Path, signature: Path, public_key: Path, say: Say) -> SignatureResult:
    """Whether the folder is, file by file, what the key signed.

    Raises:
        SupplyError: one of the three cannot be read.
    """
    key = read_public(public_key)
    try:
        signed = open_signature(read_text(signature), key)
        ignored = (*signed.ignored, *_inside(signature, folder))
        read = read_folder(
            folder, say, ignored=ignored, follow_links=signed.follows_links, may_be_empty=True
        )
    except (NotSignedError, OddFileError) as error:
        return SignatureResult(
            verdict=Verdict.FAILED, path=str(signature), model=folder.resolve().name, files=0, bytes=0,
            hint=key.hint, why=str(error),
        )  # fmt: skip
    found = differences(signed.digests, read.digests)
    return SignatureResult(
        verdict=Verdict.FAILED if found else Verdict.PASSED, path=str(signature), model=signed.name,
        files=len(read.files), bytes=read.size, hint=key.hint, differences=found,
        ignored=signed.ignored, allowed=signed.allowed,
    )  # fmt: skip


def _inside(signature: Path, folder: Path) -> Sequence[str]:
    """The signature itself, where another tool put it into the folder."""
    place, root = signature.resolve(), folder.resolve()
    return [place.relative_to(root).as_posix()] if place.is_relative_to(root) else []
