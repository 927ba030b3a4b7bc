"""What the commands of `aegis supply` share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from aegis.base.verdict import Verdict
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED
from aegis.cli.view import wrap
from aegis.supply.errors import SupplyError
from aegis.supply.scan import Unsafe

F = TypeVar("F", bound=Callable[..., object])
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
ANY = click.Path(exists=True, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
EXITS = {Verdict.PASSED: EXIT_DONE, Verdict.FAILED: EXIT_FINDINGS}
_EXTRA = frozenset(("cryptography", "securesystemslib", "cyclonedx", "jsonschema", "referencing"))


def exit_code(verdict: Verdict) -> int:
    """What the shell is told."""
    return EXITS.get(verdict, EXIT_REFUSED)


@contextmanager
def errors() -> Iterator[None]:
    """What is wrong with the call, or missing on this machine, as a usage error."""
    try:
        yield
    except SupplyError as error:
        raise click.UsageError(str(error)) from None
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise click.UsageError("this needs the extra: pip install 'aegis-deploy[supply]'") from None


def key_options(command: F) -> F:
    """The key that signs, and what opens it."""
    for option in (
        click.option("--passphrase-env", metavar="NAME", default=None,
                     help="variable that holds the passphrase of an encrypted key"),
        click.option("--public-key", type=EXISTING, default=None,
                     help="public part, where --key is an address of a key service"),
        click.option("--key", required=True, metavar="FILE|ADDRESS",
                     help="private key as PEM, or awskms:…, gcpkms:…, azurekms:…, hv:…, hsm:…"),
    ):  # fmt: skip
        command = option(command)
    return command


def links_option(command: F) -> F:
    """Whether files may be links, as in the cache of the Hugging Face hub."""
    return click.option("--follow-links", is_flag=True, help="read files that are links, as in the "
                        "cache of the Hugging Face hub")(command)  # fmt: skip


def passphrase(name: str | None) -> bytes | None:
    """The passphrase in a variable of the environment; it is never an argument.

    Raises:
        SupplyError: there is no such variable.
    """
    if name is None:
        return None
    if not os.environ.get(name):
        raise SupplyError(f"the variable {name} holds no passphrase")
    return os.environ[name].encode()


def size_text(size: int) -> str:
    """Bytes as a person says them, in steps of a thousand.

    >>> size_text(17), size_text(4_200), size_text(3_000_000_000)
    ('17 B', '4.2 kB', '3 GB')
    """
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.3g} {unit}"
    return f"{size} B"


def unsafe_lines(unsafe: tuple[Unsafe, ...], allowed: tuple[str, ...] = ()) -> Iterator[str]:
    """Files that could run code, and whether somebody allowed them."""
    for each in unsafe:
        mark = "allowed" if each.name in allowed else each.gate.value
        yield from wrap(
            f"{each.name} ({each.format}): {'; '.join(each.reasons)}", first=f"  {mark}: "
        )
