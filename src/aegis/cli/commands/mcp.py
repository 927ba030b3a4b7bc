"""`aegis mcp`: the specialist inside a coding assistant."""

from __future__ import annotations

import datetime
import os

import click

from aegis.cli import serving


@click.command("mcp")
@click.option("--http", "listen", default=None, metavar="HOST:PORT",
              help="serve streamable HTTP at /mcp instead of standard input and output")  # fmt: skip
def mcp(listen: str | None) -> None:
    """Serve Aegis as an MCP server: over stdio for a local client, over HTTP with `--http`.

    Over HTTP no tool touches this machine's files, and only loopback is served unless
    AEGIS_MCP_TOKEN_FILE names a file with a token, which clients send as a bearer token.
    """
    try:
        from aegis.advisor.surfaces.mcp_server import server  # noqa: PLC0415  # the extra
    except ModuleNotFoundError:
        raise click.UsageError(
            "the MCP server needs an extra: pip install 'aegis-deploy[mcp]'"
        ) from None
    built = server(today=_today, local=listen is None)
    if listen is None:
        built.run("stdio")
        return
    app = serving.behind_a_token(
        built.streamable_http_app(), listen, os.environ.get("AEGIS_MCP_TOKEN_FILE"),
        how="name a file with a token in AEGIS_MCP_TOKEN_FILE",
    )  # fmt: skip
    serving.serve(app, listen)


def _today() -> datetime.date:
    return datetime.date.today()  # noqa: DTZ011, TID251  # the shell reads the clock
