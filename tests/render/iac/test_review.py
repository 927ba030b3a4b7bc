"""The reviewer's rules for Terraform, which read HCL, find nothing in our modules, which are JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.render.iac import rendered

from aegis.base.finding import Severity
from aegis.review.engine import review_repository

SCHEMAS: Mapping[str, Any] = json.loads(Path(__file__).with_name("schemas.json").read_text("utf-8"))


def lines(block: Mapping[str, Any], body: Mapping[str, Any], indent: str) -> Iterator[str]:
    """A body as HCL: blocks as the provider's schema has them, arguments as JSON."""
    for name, value in rendered.names(body):
        inner = block["blocks"].get(name)
        if inner is None:
            # Quotes inside an interpolation are not escaped in HCL, as they are in JSON.
            text = json.dumps(value)
            yield f"{indent}{name} = " + (text.replace('\\"', '"') if "${" in text else text)
            continue
        for each in value if isinstance(value, list) else [value]:
            yield f"{indent}{name} {{"
            yield from lines(inner, each, indent + "  ")
            yield f"{indent}}}"


def hcl(provider: str) -> str:
    known = SCHEMAS[rendered.PROVIDERS[provider]]
    text: list[str] = []
    for place, kind, body in rendered.bodies(rendered.plan_on(provider)):
        if place != "provider":
            text += [f'{place} "{kind}" "one_{len(text)}" {{']
            text += [*lines(known[place][kind], body, "  "), "}"]
    return "\n".join(text) + "\n"


@pytest.mark.parametrize("provider", rendered.REGIONS)
def test_the_reviewer_finds_nothing_hard(provider: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(hcl(provider), "utf-8")

    assert not [f for f in review_repository(tmp_path).findings if f.severity >= Severity.MEDIUM]


def test_the_reviewer_reads_it(tmp_path: Path) -> None:
    """A registry with an administrator's key is found in the same text: nothing above is blindness."""
    text = hcl("azure").replace("admin_enabled = false", "admin_enabled = true")
    (tmp_path / "main.tf").write_text(text, "utf-8")

    assert "AEG260" in {f.code for f in review_repository(tmp_path).findings}
