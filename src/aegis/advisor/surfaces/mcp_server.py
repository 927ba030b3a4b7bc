"""The MCP server: seven tools over the same operations, small enough for any client's context.

Every figure in a result is an object with its origin. Tools are read-only but for `plan`, which
writes into a folder when one is given. Needs the extra `mcp`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from mcp.server import MCPServer
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver.resolve import Resolve
from mcp.types import ToolAnnotations
from pydantic import Field, JsonValue

from aegis import __version__
from aegis.advisor.blocks import Answer, Block
from aegis.advisor.dialogue import turn
from aegis.advisor.explaining import about, compared, rule_or_term
from aegis.advisor.saying import one
from aegis.advisor.sections import production_answer, questions
from aegis.advisor.surfaces.asked import Reply, asker
from aegis.advisor.surfaces.told import Figure, Told, told
from aegis.advisor.talk import Talk, answer_of
from aegis.advisor.vouching import judged_text
from aegis.base.finding import Finding
from aegis.base.model import Frozen
from aegis.base.number import show_value
from aegis.base.prose import name
from aegis.operations.explaining import explain_rule
from aegis.operations.planning import decide, plan_brief, write_bundle
from aegis.operations.reviewing import review_path
from aegis.operations.size_question import CannotSizeError, SizeQuestion
from aegis.operations.sizing import size_model
from aegis.review.engine import Options
from aegis.sizing.candidates import Load, Objectives
from aegis.sizing.shortlist import Traffic

INSTRUCTIONS = (
    "Aegis plans the deployment of AI models and agents. Ask in the user's words with `advise`, or pass a brief. "
    "Quote figures exactly as `shown`, with their origin, and never add figures of your own; check a paraphrase with "
    "`validate_answer`. Production stays closed until the plan says that it may open; do not soften that."
)

Brief = Annotated[str, Field(description="the brief, as YAML text")]
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


class Checked(Frozen):
    """What is wrong with a text about a plan, and which other sentences nothing vouches for."""

    faults: tuple[str, ...]
    unvouched: tuple[str, ...] = Field(
        default=(), description="say these as Aegis says them, or leave them out"
    )


class SizedRow(Frozen):
    """A deployment that holds the objectives at the peak."""

    accelerator: str
    engine: str
    precision: str
    binding: str
    figures: tuple[Figure, ...]
    price: tuple[Figure, ...] = Field(default=(), description="empty without a dated price")


class Sized(Frozen):
    """The recommended deployment first, and what would make the answer better."""

    rows: tuple[SizedRow, ...]
    notes: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    measure: str = Field(description="the command that replaces estimates by a measurement")


class Reviewed(Frozen):
    """Findings of a repository, worst first, and what reading could not answer."""

    findings: tuple[str, ...]
    questions: tuple[str, ...] = ()
    skipped: int = 0


def server(*, today: Callable[[], datetime.date], local: bool = True) -> MCPServer:
    """The server with its tools, prompts and resources.

    With `local` off, for callers on other machines, no tool touches the file system.
    """
    mcp = MCPServer(
        "aegis", title="Aegis", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING"
    )
    tools = Tools(today, local=local)
    mcp.tool()(tools.plan)  # the only one that may write
    if local:
        mcp.tool(annotations=_READS)(tools.review_repository)
    mcp.tool(annotations=_READS)(_advising(tools, today))
    for read_only in (
        tools.explain,
        tools.open_questions,
        tools.size,
        tools.validate_answer,
    ):
        mcp.tool(annotations=_READS)(read_only)
    _prompts(mcp)
    return mcp


def _advising(tools: Tools, today: Callable[[], datetime.date]) -> Callable[..., Told]:
    """The tool `advise`; a client with forms is asked for what is missing before the answer."""

    def advise(
        sentences: Annotated[
            list[str], Field(description="what the user said, oldest first; the last is answered")
        ],
        reply: ElicitationResult[Reply],
    ) -> Told:
        """Answer in a conversation about deploying a model: plan, what-if, why, compare, cheaper, risks."""
        given = reply.data.answer if isinstance(reply, AcceptedElicitation) else ""
        return tools.advise(sentences, given)

    # the resolver knows the date, so the annotation is made here and not read from the source
    advise.__annotations__["reply"] = Annotated[ElicitationResult[Reply], Resolve(asker(today))]
    return advise


class Tools:
    """What the server can do; `today` dates waivers, debts and prices."""

    def __init__(self, today: Callable[[], datetime.date], *, local: bool) -> None:
        self._today = today
        self._local = local

    def advise(self, sentences: list[str], reply: str = "") -> Told:
        """What the user said, answered; `reply` is what a form of the client brought."""
        talk, answer = Talk(), None
        for sentence in (*sentences, *([reply] if reply else ())):
            talk, answer = turn(talk, sentence, today=self._today())
        if answer is None:
            raise ValueError("say at least one sentence")
        return told(answer)

    def plan(
        self,
        brief: Brief,
        folder: Annotated[
            str, Field(description="write dossier and artifacts here; empty writes nothing")
        ] = "",
    ) -> Told:
        """Judge a brief and plan it; optionally write dossier and artifacts into a folder."""
        result = plan_brief(brief, path="brief.yaml", today=self._today())
        if result.plan is None or result.refused:
            return told(_findings(result.findings))
        if folder and not self._local:
            raise ValueError("this server writes no files; run `aegis plan` where they are wanted")
        if folder:
            write_bundle(result, Path(folder))
        whole = production_answer(result, result.plan)
        return told(answer_of("plan", whole.blocks, result))

    def explain(
        self,
        what: Annotated[
            str, Field(description="a decision or option of the plan, a rule (AEG107) or a term")
        ],
        brief: Annotated[str, Field(description="the brief, for questions about its plan")] = "",
    ) -> Told:
        """Why a decision fell, why not another option, what a rule or a term means."""
        found = rule_or_term(what)
        if not brief:
            return told(one("explain", found or _unknown(what)))
        result = decide(brief, path="brief.yaml", today=self._today())
        if result.plan is None:
            return told(_findings(result.findings))
        blocks = (
            compared(result.plan, what)
            or about(result.plan, what)
            or ((found,) if found else (_unknown(what),))
        )
        return told(answer_of("explain", blocks, result))

    def open_questions(self, brief: Brief) -> Told:
        """The questions, at most three, whose answers change the plan of a brief most."""
        result = decide(brief, path="brief.yaml", today=self._today())
        if result.plan is None:
            return told(_findings(result.findings))
        block = questions(result.plan) or Block(
            kind="questions", title="Questions", lead="Nothing is open."
        )
        return told(answer_of("questions", (block,), result))

    def size(
        self,
        model: Annotated[str, Field(description="meta-llama/Llama-3.1-8B-Instruct")],
        peak_rps: Annotated[float, Field(description="requests a second at the peak")],
        input_tokens: float,
        output_tokens: float,
        ttft_p95_ms: float | None = None,
        tpot_p95_ms: float | None = None,
    ) -> Sized:
        """Accelerators, replicas, latency with intervals and price range for a language model."""
        load = Load(peak_rps=peak_rps, input_tokens=input_tokens, output_tokens=output_tokens)
        wanted = Objectives(
            ttft_s=ttft_p95_ms / 1000 if ttft_p95_ms else math.inf,
            tpot_s=tpot_p95_ms / 1000 if tpot_p95_ms else math.inf,
        )
        return _sized(
            SizeQuestion(
                model=model, traffic=Traffic(load=load), objectives=wanted, today=self._today()
            )
        )

    def review_repository(
        self,
        path: Annotated[str, Field(description="folder on this machine")],
    ) -> Reviewed:
        """What would hurt in production in a repository with an AI service: findings with place and mend."""
        review = review_path(Path(path), Options())
        return Reviewed(
            findings=tuple(
                f"{f.severity} {f.code} {f.span.path if f.span else ''}:{f.span.line if f.span else ''} {f.message}; {f.mend}"
                for f in review.findings[:30]
            ),
            questions=tuple(str(q) for q in review.questions[:3]),
            skipped=len(review.skipped),
        )

    def validate_answer(
        self, brief: Brief, text: Annotated[str, Field(description="your text about the plan")]
    ) -> Checked:
        """Check your own text about a plan: faults, and sentences that nothing vouches for. Give it when both are empty."""
        result = decide(brief, path="brief.yaml", today=self._today())
        if result.plan is None:
            return Checked(faults=tuple(f.message for f in result.findings))
        judged = judged_text(text, result.plan)
        return Checked(faults=judged.faults, unvouched=judged.unvouched)


def _sized(question: SizeQuestion) -> Sized:
    """The answer of `aegis size`: the recommended row and the runner-up, every number a fact object."""
    try:
        result = size_model(question)
    except CannotSizeError as error:
        raise ValueError(f"{error.reason}; {error.mend}") from None
    rows = tuple(
        SizedRow(
            accelerator=row.accelerator_name, engine=row.engine, precision=row.precision, binding=row.binding,
            figures=tuple(_figures(f"rows.{at}", row.model_dump(exclude={"our_error", "cost"}), row.our_error)),
            price=tuple(_figures(f"rows.{at}.cost", row.cost.model_dump(), "dated prices of the catalog, no offers"))
            if row.cost
            else (),
        )
        for at, row in enumerate(result.rows[:2])
    )  # fmt: skip
    return Sized(rows=rows, notes=result.notes, asks=result.asks, measure=result.measure)


def _figures(path: str, value: JsonValue, basis: str) -> Iterator[Figure]:
    """Every number below a place as a fact object; a range is one figure with its bounds."""
    if isinstance(value, dict) and value.keys() == {"value", "low", "high"}:
        middle, low, high = (float(value[k]) for k in ("value", "low", "high"))  # type: ignore[arg-type]
        unit = _unit(path)
        shown = f"{show_value(middle)} {unit} [{show_value(low)}–{show_value(high)}]"
        yield Figure(
            id=path,
            shown=" ".join(shown.split()),
            value=middle,
            unit=unit,
            origin=f"estimated: {basis}",
        )
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _figures(f"{path}.{key}", item, basis)
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from _figures(f"{path}.{at}", item, basis)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        unit = _unit(path)
        shown = f"{show_value(value)} {unit}".strip()
        yield Figure(
            id=path, shown=shown, value=float(value), unit=unit, origin=f"estimated: {basis}"
        )


_UNITS = {
    "_ms": "ms",
    "_rps": "req/s",
    "rps_per_replica": "req/s",
    "_usd": "USD",
    "_gb": "GB",
    "_s": "s",
    "_percent": "%",
}


def _unit(path: str) -> str:
    """The unit that a field's name ends with."""
    field = next((p for p in reversed(path.split(".")) if p not in {"p50", "p95", "p99"}), "")
    return next((unit for end, unit in _UNITS.items() if field.endswith(end)), "")


def _findings(findings: tuple[Finding, ...]) -> Answer:
    items = tuple(
        f"`{f.code}` {_quoted(f.message)}{f': {_quoted(f.mend)}' if f.mend else ''}"
        for f in findings
    )
    lead = "Nothing is planned: the findings say what to change."
    return one("refuse", Block(kind="verdict", title="Refused", lead=lead, items=items))


def _quoted(text: str) -> str:
    return name(text.replace("`", "").replace("[[", "[").replace("]]", "]"))


def _unknown(what: str) -> Block:
    lead = f"Neither a rule, a term nor a part of this plan is called {_quoted(what)}."
    return Block(kind="help", title="Not known", lead=lead)


def _prompts(mcp: MCPServer) -> None:
    """Extras for clients that show prompts and resources; nothing needs them."""

    @mcp.prompt()
    def readiness_review(brief: str) -> str:
        """Go through the readiness of a plan with its owner."""
        return f"Call `plan` with this brief and go through each blocking task with me, one at a time:\n\n{brief}"

    @mcp.prompt()
    def incident_drill(brief: str) -> str:
        """Rehearse one failure of the plan."""
        return f"Call `plan` with this brief, pick the gravest failure mode and rehearse it with me:\n\n{brief}"

    @mcp.prompt()
    def paraphrase(brief: str) -> str:
        """Say a plan in words for an audience, and have the words checked."""
        return (
            "Call `plan` with this brief, say it in plain words for my management, then call `validate_answer` with "
            f"your text and mend it until nothing is named:\n\n{brief}"
        )

    @mcp.resource("aegis://terms/{word}")
    def term(word: str) -> str:
        """A word of the field, as our documentation explains it."""
        found = rule_or_term(f"what is {word}?") or _unknown(word)
        return told(one("explain", found)).markdown

    @mcp.resource("aegis://rules/{code}")
    def rule(code: str) -> str:
        """A rule with its reason and references."""
        found = explain_rule(code)
        return f"# {found.id}: {found.title}\n\n{found.text}"
