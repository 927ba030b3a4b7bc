"""Options that several commands of `aegis evaluate` share, and what they are turned into."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from pydantic import JsonValue

from aegis.base.verdict import Verdict
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED
from aegis.evaluate.compare import Terms

F = TypeVar("F", bound=Callable[..., object])

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


def report_options(command: F) -> F:
    """`--junit` and `--html`."""
    command = click.option("--html", type=FILE, default=None, help="also write one HTML page")(
        command
    )
    return click.option("--junit", type=FILE, default=None, help="also write JUnit XML")(command)


def terms_options(command: F) -> F:
    """How sure the comparison must be."""
    for option in (
        click.option("--power", type=click.FloatRange(0.5, 0.99), default=0.8, show_default=True,
                     help="chance to see that drop"),
        click.option("--alpha", type=click.FloatRange(0.0001, 0.5), default=0.05, show_default=True,
                     help="share of equal candidates that are called worse"),
        click.option("--tolerated-drop", type=click.FloatRange(0, 100), default=5.0,
                     show_default=True, help="points by which the candidate may be worse"),
    ):  # fmt: skip
        command = option(command)
    return command


def terms(tolerated_drop: float, alpha: float, power: float) -> Terms:
    """The options as terms; points become shares."""
    return Terms(alpha=alpha, tolerated_drop=tolerated_drop / 100, power=power)


def headers(token_env: str | None) -> tuple[tuple[str, str], ...]:
    """The bearer token of an environment variable as a header."""
    if not token_env:
        return ()
    token = os.environ.get(token_env)
    if not token:
        raise click.UsageError(f"the environment variable {token_env} is empty")
    return (("authorization", f"Bearer {token}"),)


def parameters(given: tuple[str, ...]) -> tuple[tuple[str, JsonValue], ...]:
    """`key=value` pairs as fields of a request; values are JSON where they can be.

    >>> parameters(("max_tokens=64", "stop=END"))
    (('temperature', 0), ('max_tokens', 64), ('stop', 'END'))
    """
    found: dict[str, JsonValue] = {"temperature": 0}
    for pair in given:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--param {pair}: write it as key=value")
        try:
            found[key] = json.loads(text)
        except ValueError:
            found[key] = text
    return tuple(found.items())


def exit_code(verdict: Verdict | None) -> int:
    """0 passed or nothing to judge, 4 failed, 3 everything that is not known."""
    if verdict is None or verdict is Verdict.PASSED:
        return EXIT_DONE
    return EXIT_FINDINGS if verdict is Verdict.FAILED else EXIT_REFUSED
