"""Tool servers of agents, as client configurations name them."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.detect.names import secret_role
from aegis.detect.placeholders import is_placeholder
from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import Node
from aegis.review.facts.commands import is_pinned_package
from aegis.review.facts.types import Fact, LiteralKey, McpServer, Trait

_RUNNERS = ("npx", "uvx", "bunx", "pnpm", "pipx")


def is_mcp_config(source: Source) -> bool:
    """Whether the text may name tool servers."""
    return source.has(b'"mcpServers"', b'"mcp-servers"', b"mcpServers:") or (
        source.name in {"mcp.json", ".mcp.json"} and source.has(b'"servers"')
    )


def mcp_facts(document: Node) -> Iterator[Fact]:
    """Servers, whether their package is pinned, and literal keys handed to them."""
    servers = document.get("mcpServers") or document.get("servers")
    for name, key, server in servers.items():
        command = server.get("command").text
        arguments = " ".join(each.text for each in server.get("args").entries())
        if command.rpartition("/")[2] in _RUNNERS:
            yield McpServer(
                span=key.span,
                command=f"{command} {arguments}".strip(),
                pinned=is_pinned_package(arguments),
                auto_approved=bool(list(server.get("autoApprove").entries())),
            )
        approved = server.get("alwaysAllow") or server.get("autoApprove")
        if any(each.text == "*" for each in approved.entries()):
            yield Trait(span=approved.span, name="auto-approval", detail=name)
        for variable, _, value in server.get("env").items():
            if secret_role(variable) and value.text and not is_placeholder(value.text):
                yield LiteralKey(span=value.span, name=variable, where="tool server")
