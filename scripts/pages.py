"""Writes the pages that follow from the program: one a command, and the list of rules.

`--check` writes nothing and exits 1 when a page is not current.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from aegis.advisor.lexicon import DATA
from aegis.base.say import say
from aegis.brief.read import PAGES, read_brief
from aegis.cli.main import COMMANDS
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Decision, Plan
from aegis.review.plans import ALL as PLAN_RULES
from aegis.review.rules import REPOSITORY_RULES
from aegis.verify.report import ALL_CHECKS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


_EXIT_CODES = (
    "Exit codes: 0 done, 1 a bug of ours, 2 wrong usage or an unreadable input, 3 refused by a "
    "hard rule, 4 findings at or above the threshold."
)


def command_page(name: str) -> str:
    """The page of one command, from the help it shows."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    context = click.Context(
        command, info_name=f"aegis {name}", max_content_width=90, terminal_width=90
    )
    return "\n".join(
        [
            f"# aegis {name}",
            "",
            COMMANDS[name][1],
            "",
            "```text",
            command.get_help(context),
            "```",
            "",
            _EXIT_CODES,
            "",
        ]
    )


def rules_page() -> str:
    """Every code that Aegis can say, with its title and a link to its page."""
    rows = [(code, title, "") for code, (_, title) in PAGES.items()]
    rows += [(r.code, r.title, "hard" if r.hard else r.severity.value) for r in PLAN_RULES]
    rows += [(r.code, r.title, "hard" if r.hard else r.severity.value) for r in REPOSITORY_RULES]
    rows += [(c.code, c.title, "hard" if c.hard else c.severity.value) for c in ALL_CHECKS]
    lines = ["# Rules", "", "`aegis explain CODE` says the same in the terminal.", ""]
    lines += ["| code | what it says | how grave |", "|---|---|---|"]
    for code, title, grave in sorted(set(rows)):
        page = DOCS / "rules" / f"{code}.md"
        shown = f"[{code}](rules/{code}.md)" if page.is_file() else f"`{code}`"
        lines.append(f"| {shown} | {title} | {grave} |")
    return "\n".join([*lines, ""])


def decision_pages() -> dict[Path, str]:
    """A page a decision: its question, every option, and which example chose which and why."""
    seen: dict[str, list[tuple[str, Decision, Plan]]] = {}
    for file in sorted((ROOT / "examples").glob("*/brief.yaml")):
        brief = read_brief(file.read_text(encoding="utf-8"), path=file.name).brief
        if brief is not None:
            plan = make_plan(brief, Versions(catalog_sha256="", aegis_version=""))
            for decision in plan.decisions:
                seen.setdefault(decision.id, []).append((file.parent.name, decision, plan))
    made = {
        DOCS / "decisions-explained" / f"{key}.md": _decision_page(key, rows)
        for key, rows in seen.items()
    }
    index = ["# Decisions", "", "Each plan answers these, in this order, where they arise.", ""]
    index += [
        f"- [{say(rows[0][1].question, {})}](decisions-explained/{key}.md) `{key}`"
        for key, rows in seen.items()
    ]
    made[DOCS / "decisions-explained.md"] = "\n".join([*index, ""])
    return made


def _decision_page(key: str, rows: list[tuple[str, Decision, Plan]]) -> str:
    first = rows[0][1]
    intro = (
        f"Decision `{key}`. The first option that fails no requirement of the brief is chosen; what "
        "the team already runs counts as simpler."
    )
    lines = [f"# {say(first.question, {})}", "", intro, ""]
    options = {}
    for _, decision, _ in rows:
        for option in decision.options:
            options.setdefault(option.id, option)
    lines += ["| option | for it | against it |", "|---|---|---|"]
    for option in options.values():
        cells = [option.name, _plainly(option.advantage), _plainly(option.drawback)]
        lines.append("| " + " | ".join(c.replace("|", "/") for c in cells) + " |")
    lines += ["", "## In the examples", ""]
    for example, decision, plan in rows:
        winner = " + ".join(o.name for o in decision.winners)
        lines.append(f"- `{example}`: **{winner}**. {_plainly(decision.reasons[0], plan)}.")
    second = first.second_order
    lines += ["", "## Second-order effects", "", "| | |", "|---|---|"]
    lines += [
        f"| cognitive load | {_plainly(second.cognitive_load)} |",
        f"| maintenance | {_plainly(second.maintenance)} |",
        f"| lock-in | {_plainly(second.lock_in)} |",
        f"| compliance drift | {_plainly(second.compliance_drift)} |",
        "",
        f"Revisit when {_plainly(first.revisit_when)}. Shown by {_plainly(first.shown_by)}.",
        "",
    ]
    return "\n".join(lines)


def _plainly(markup: str, plan: Plan | None = None) -> str:
    """The sentence; figures only where the plan that they belong to is at hand."""
    if plan is not None:
        return say(markup, plan.numbers)
    return re.sub(r"\[\[(.+?)\]\]", r"\1", re.sub(r"\{[a-z][^}]*\}", "…", markup))


_EXCERPT = re.compile(
    r"(<!-- excerpt: aegis (?P<command>[^>]+?) -->\n```text\n).*?(```\n<!-- end of excerpt -->)",
    re.DOTALL,
)


def readme() -> str:
    """The README with what its commands print today."""
    return _EXCERPT.sub(
        lambda found: found[1] + _printed(found["command"].split()) + found[3],
        (ROOT / "README.md").read_text(encoding="utf-8"),
    )


def _printed(arguments: list[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(ROOT / "examples")
        done = subprocess.run(
            [sys.executable, "-m", "aegis.cli.main", *arguments],
            cwd=folder, capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
        )  # fmt: skip
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def pages() -> dict[Path, str]:
    """Path → text of every generated page."""
    made = {DOCS / "commands" / f"{name}.md": command_page(name) for name in COMMANDS}
    made |= decision_pages()
    made[DOCS / "rules.md"] = rules_page()
    made[ROOT / "README.md"] = readme()
    made[DOCS / "glossary.md"] = (DATA / "glossary.md").read_text(encoding="utf-8")
    return made


def main() -> int:
    """Writes the pages, or says which are stale."""
    stale = []
    for path, text in pages().items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(("stale: " if "--check" in sys.argv else "written: ") + str(path.relative_to(ROOT)))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
