"""`aegis supply keys`, `sign` and `verify`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click

from aegis.cli.commands.supply.options import (
    EXISTING,
    FOLDER,
    OUT,
    errors,
    exit_code,
    key_options,
    links_option,
    passphrase,
    size_text,
    unsafe_lines,
)
from aegis.cli.main import EXIT_REFUSED
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.operations.supplying.results import KeyResult, SignatureResult, SignResult
from aegis.supply.differences import Difference


@click.command("keys")
@click.argument("name", type=OUT)
@click.option("--algorithm", type=click.Choice(["ecdsa-p256", "ed25519"]), default="ecdsa-p256",
              show_default=True, help="ed25519 is not read by the `model_signing` tool")  # fmt: skip
@click.option("--passphrase-env", metavar="NAME", default=None,
              help="variable with a passphrase: the private key is encrypted with it")  # fmt: skip
@format_option
def keys(
    name: Path,
    *,
    algorithm: Literal["ecdsa-p256", "ed25519"],
    passphrase_env: str | None,
    output: str,
) -> None:
    """Make a pair of keys: NAME.key, which only you can read, and NAME.pub to hand out.

    Nothing is overwritten, and nothing is written into a git repository. Where you have a key service
    or an identity of your CI, use that instead: see docs/supply.md.

    \b
      aegis supply keys ~/keys/release --passphrase-env RELEASE_PASSPHRASE
    """  # noqa: D301
    with errors():
        from aegis.operations.supplying.signing import write_keys  # noqa: PLC0415

        result = write_keys(name, algorithm, passphrase(passphrase_env))
    view_of(output).show(result, lambda: _key_lines(result))


@click.command("sign")
@click.argument("folder", type=FOLDER)
@key_options
@click.option("-o", "--out", type=OUT, required=True, help="the signature, beside the folder")
@click.option("--allow", "allowed", multiple=True, metavar="FILE",
              help="sign although this file could run code; say it for each")  # fmt: skip
@click.option("--ignore", "ignored", multiple=True, metavar="PATH",
              help="leave a path of the folder out; stands in the signature")  # fmt: skip
@links_option
@format_option
def sign(
    folder: Path, *, key: str, public_key: Path | None, passphrase_env: str | None, out: Path,
    allowed: tuple[str, ...], ignored: tuple[str, ...], follow_links: bool, output: str,
) -> None:  # fmt: skip
    """Sign every file of FOLDER, after the gate of `aegis review` has looked at each.

    Files that could run code where they are loaded (pickles, Python, templates that reach out) are
    refused unless --allow names them. The signature has the format of the OpenSSF's model signing, so
    `model_signing verify key` reads it as well.

    \b
      aegis supply sign ./model --key ~/keys/release.key -o model.sig
    """  # noqa: D301
    view = view_of(output)
    with errors():
        from aegis.operations.supplying.signing import Signing  # noqa: PLC0415
        from aegis.operations.supplying.signing import sign as signed  # noqa: PLC0415

        how = Signing(
            key=key, public=public_key, passphrase=passphrase(passphrase_env), allowed=allowed,
            ignored=ignored, follow_links=follow_links,
        )  # fmt: skip
        result = signed(folder, out, how, view.progress)
    view.show(result, lambda: _sign_lines(result))
    if result.refused:
        sys.exit(EXIT_REFUSED)


@click.command("verify")
@click.argument("folder", type=FOLDER)
@click.option("--signature", type=EXISTING, required=True, help="what `sign` wrote")
@click.option("--public-key", type=EXISTING, required=True, help="key of whom you trust, as PEM")
@format_option
def verify(folder: Path, *, signature: Path, public_key: Path, output: str) -> None:
    """Say whether FOLDER is, file by file, what was signed; exit 4 when it is not.

    Take the public key from somewhere else than the model.

    \b
      aegis supply verify ./model --signature model.sig --public-key release.pub
    """  # noqa: D301
    view = view_of(output)
    with errors():
        from aegis.operations.supplying.signing import verify as verified  # noqa: PLC0415

        result = verified(folder, signature, public_key, view.progress)
    view.show(result, lambda: _signature_lines(result))
    sys.exit(exit_code(result.verdict))


def _key_lines(result: KeyResult) -> Iterator[str]:
    locked = "encrypted" if result.encrypted else "not encrypted: anybody who copies it can sign"
    yield f"{result.private}: private key, {locked}."
    yield f"{result.public}: public key {result.hint[:16]}…, for whoever verifies."


def _sign_lines(result: SignResult) -> Iterator[str]:
    if result.refused:
        yield from wrap(
            f"Not signed: {result.model} holds files that could run code where it is loaded."
        )
    else:
        size = f"{counted(result.files, 'file')}, {size_text(result.bytes)}"
        yield from wrap(f"{result.path}: {result.model} signed, {size}, key {result.hint[:16]}…")
    yield from unsafe_lines(result.unsafe, result.allowed)
    if result.refused:
        yield from wrap(
            "convert them to safetensors, GGUF or ONNX, or name each one that you have read with --allow",
            first="  = help: ",
        )


def _signature_lines(result: SignatureResult) -> Iterator[str]:
    if result.why:
        yield from wrap(f"{result.path} does not hold: {result.why}.")
        return
    size = f"{counted(result.files, 'file')}, {size_text(result.bytes)}"
    if not result.differences:
        yield from wrap(f"{result.model} is as it was signed by {result.hint[:16]}…: {size}.")
    else:
        what = counted(len(result.differences), "file differs", "files differ")
        yield from wrap(f"{result.model} is not as it was signed: {what}. Do not load it.")
    for each in result.differences:
        yield from wrap(difference_text(each), first="  ")
    left = ", ".join(path for path in result.ignored if path != ".git")
    if left:
        yield from wrap(f"left out by the signer: {left}", first="  ! ")
    if result.allowed:
        names = ", ".join(result.allowed)
        yield from wrap(f"could run code, and was signed all the same: {names}", first="  ! ")


def difference_text(each: Difference) -> str:
    """«config.json changed (sha256 1f… → 2e…)»."""
    if each.kind == "renamed":
        return f"{each.name} renamed (was {each.before})"
    if each.kind == "changed":
        return f"{each.name} changed (sha256 {each.before[:12]}… → {each.now[:12]}…)"
    return f"{each.name} {each.kind}"
