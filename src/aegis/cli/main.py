"""The `aegis` command. Commands are imported when they are called, so `--help` is quick."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import NoReturn

import click

EXIT_DONE, EXIT_BUG, EXIT_USAGE, EXIT_REFUSED, EXIT_FINDINGS = 0, 1, 2, 3, 4

COMMANDS: dict[str, tuple[str, str]] = {
    "plan": (
        "aegis.cli.commands.plan:plan",
        "Turn a brief into a verified plan: dossier, artifacts, lock file.",
    ),
    "review": (
        "aegis.cli.commands.review:review",
        "Say what would hurt in production in any AI repository.",
    ),
    "ask": (
        "aegis.cli.commands.ask:ask",
        "Ask for advice in your own words, and go on from the answer.",
    ),
    "mcp": ("aegis.cli.commands.mcp:mcp", "Serve Aegis to a coding assistant (MCP)."),
    "init": ("aegis.cli.commands.init:init", "Write a brief by interview, or by flags."),
    "render": (
        "aegis.cli.commands.render:render",
        "Write the artifacts of some targets, or show what would change.",
    ),
    "diff": (
        "aegis.cli.commands.diff:diff",
        "Say which decisions and numbers moved between two plans, and why.",
    ),
    "size": (
        "aegis.cli.commands.size:size",
        "Size a language model: accelerators, replicas, latency, price.",
    ),
    "verify": (
        "aegis.cli.commands.verify:verify",
        "Judge manifests as the real platforms would, and say who could not be asked.",
    ),
    "evaluate": (
        "aegis.cli.commands.evaluate:evaluate",
        "Say whether a release is worse than the one that runs, and how sure that is.",
    ),
    "drift": (
        "aegis.cli.commands.drift:drift",
        "Say which column of inputs, predictions or labels moved, how far and since when.",
    ),
    "rollout": (
        "aegis.cli.commands.rollout:rollout",
        "Release step by step: promoted on proof, back by itself on evidence.",
    ),
    "slo": (
        "aegis.cli.commands.slo:slo",
        "Show objectives at real traffic, carry them to and from OpenSLO, and measure quality.",
    ),
    "supply": (
        "aegis.cli.commands.supply:supply",
        "Take stock of a model, sign it, and attest the data and code it came from.",
    ),
    "gateway": (
        "aegis.cli.commands.gateway:gateway",
        "Serve a model behind limits, guardrails, breaker and audit.",
    ),
    "drill": (
        "aegis.cli.commands.drill:drill",
        "Inject the faults a plan expects, and log whether what it promises holds.",
    ),
    "bench": (
        "aegis.cli.commands.bench:bench",
        "Measure a real endpoint with bounded load: TTFT, TPOT, ITL, latency.",
    ),
    "calibrate": (
        "aegis.cli.commands.calibrate:calibrate",
        "Learn a deployment's speed from the report of a load test.",
    ),
    "catalog": (
        "aegis.cli.commands.catalog:catalog",
        "List what Aegis knows, each figure with its source and date.",
    ),
    "conformance": (
        "aegis.cli.commands.conformance:conformance",
        "Hold a text against the numbered obligations.",
    ),
    "explain": ("aegis.cli.commands.explain:explain", "Explain a rule, or a decision of a plan."),
    "schema": (
        "aegis.cli.commands.schema:schema",
        "Print the JSON Schema of a brief, a plan or a command's JSON.",
    ),
}
"""Name → where the command lives, and the line that `--help` shows for it."""


SECTIONS: dict[str, tuple[str, ...]] = {
    "Decide": ("plan", "ask", "init", "size", "render", "diff", "catalog", "explain"),
    "Check": ("review", "verify", "conformance"),
    "Release": ("supply", "evaluate", "rollout", "drill", "bench", "calibrate"),
    "Run": ("gateway", "slo", "drift"),
    "For programs": ("mcp", "schema"),
}
"""How `--help` groups the commands; each stands in one section."""


class _Lazy(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, COMMANDS[name][1]) for name in names])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415  # only on a typing error

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `aegis {close[0]}`?" if close else ""
            ctx.fail(f"there is no command `{args[0]}`.{hint} `aegis --help` lists them all.")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 a bug of ours, 2 wrong usage or an unreadable brief, 3 refused by a "
    "hard rule, 4 findings at or above --fail-on.",
)
@click.version_option(package_name="aegis-deploy", prog_name="aegis")
def cli() -> None:
    """Aegis puts AI models and agents into production, and keeps them there.

    State what you want in a brief, get a plan that people can read, platforms can apply and a
    runtime can enforce. Every figure carries its source; what is dangerous is refused, with the
    reason and a safer way.

    \b
    Start here:
      aegis init                                   write a brief by interview
      aegis plan examples/support-assistant/brief.yaml
    """  # noqa: D301  # \b is click's mark for text that keeps its lines


def main() -> NoReturn:
    """The entry point: errors for people end in a sentence, bugs keep their traceback."""
    gc.disable()  # a command is short; the collector would look at the catalog again and again
    sys.exit(cli.main(standalone_mode=True))


if __name__ == "__main__":
    main()
