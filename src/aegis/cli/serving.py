"""What every command that listens has in common: the address, loopback, the server, the audit file."""

from __future__ import annotations

import datetime
import ipaddress
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aegis.advisor.surfaces.bearer import App
    from aegis.gateway.audit import Write


def address(listen: str) -> tuple[str, int]:
    """Host and port of HOST:PORT; without a host, loopback.

    Raises:
        click.UsageError: the port is no port.
    """
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        raise click.UsageError(f"{listen}: name an address as HOST:PORT, such as 127.0.0.1:8080")
    return host.strip("[]") or "127.0.0.1", int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def behind_a_token(app: App, listen: str, token_file: str | None, *, how: str) -> App:
    """The application behind the token of a file; without one it is for loopback only.

    Raises:
        click.UsageError: others could reach it and there is no token; `how` says how to name one.
    """
    from aegis.advisor.surfaces.bearer import Bearer, token_from  # noqa: PLC0415

    host, _ = address(listen)
    try:
        token = token_from(token_file)
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    if token is None and not is_loopback(host):
        raise click.UsageError(f"{host} is not loopback: {how} first")
    return Bearer(app, token)


def needs(module: str, *, what: str, name: str = "gateway") -> None:
    """Says which extra is missing before anything is read or started.

    Raises:
        click.UsageError: the module is not installed.
    """
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec(module) is None:
        raise click.UsageError(f"{what} needs an extra: pip install 'aegis-deploy[{name}]'")


def serve(app: Any, listen: str) -> None:  # noqa: ANN401  # uvicorn takes any ASGI application
    """Serves an ASGI application until it is stopped."""
    import uvicorn  # noqa: PLC0415  # the extra

    host, port = address(listen)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def audit(place: str | None, *, keep_days: float = 365.0) -> Write | None:
    """Where records go, in the one format of all audit files; None when no place is named.

    A folder gets a file a day, and days older than `keep_days` are erased.
    """
    from aegis.gateway.audit import audit_to  # noqa: PLC0415

    return audit_to(place, keep_days=keep_days, now=now) if place else None


def now() -> str:
    """This moment, as audit records hold it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")  # noqa: TID251  # the shell
