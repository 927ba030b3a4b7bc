"""The examples of the rules' pages, read from their fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.review.plans.good import TODAY, Json, brief_with, changed_plan, plan_named

from aegis.base.artifact import Artifact
from aegis.base.finding import Finding
from aegis.review.plans.judge import judge_brief, judge_bundle, judge_plan, judge_text
from aegis.review.plans.subjects import Bundle

PAGES = Path(__file__).parents[3] / "docs" / "rules"
_BLOCK = re.compile(
    r"^```yaml \{ \.(?P<kind>[\w-]+) \.(?P<side>flags|passes) \}\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SECRET = "ghp" + "_" + "kX7Zq2Wv9Rt4Yp6Lm3Nb8Vc1Df5Gh0Js2KaQ"  # built, so that no file holds it


@dataclass(frozen=True)
class Example:
    """One block of one page."""

    code: str
    kind: str
    flags: bool
    text: str

    def findings(self) -> tuple[Finding, ...]:
        """What the rules say about it."""
        data = yaml.safe_load(self.text.replace("«secret»", _SECRET))
        match self.kind:
            case "brief":
                return judge_brief(brief_with(data), TODAY)
            case "plan-change":
                return judge_plan(changed_plan(data))
            case "bundle":
                return judge_bundle(_bundle(data))
            case "page":
                plan = plan_named(data["plan"]) if "plan" in data else None
                return judge_text(data["text"], plan=plan)
            case _:
                raise ValueError(f"{self.code}: nobody knows blocks of kind {self.kind}")


def examples(code: str) -> Iterator[Example]:
    """The blocks of a rule's page."""
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    for block in _BLOCK.finditer(page):
        yield Example(code, block["kind"], block["side"] == "flags", block["text"])


def _bundle(data: dict[str, Json]) -> Bundle:
    files = data["files"]
    if not isinstance(files, dict):
        raise TypeError("`files` maps paths to texts")
    artifacts = tuple(Artifact(path=p, content=str(t), because=()) for p, t in files.items())
    return Bundle(plan_id="0", artifacts=artifacts, air_gapped=data.get("air_gapped") is True)
