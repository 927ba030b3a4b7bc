"""Why a decision fell as it did, what a word means, and where a figure comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from aegis.advisor.blocks import Block, Table
from aegis.advisor.lexicon import DATA
from aegis.advisor.sections import explained, figure
from aegis.base.number import Assumption, Estimate, Fact, Given, Measured, Source
from aegis.base.prose import name
from aegis.plan.types import Decision, Option, Plan


def about(plan: Plan, said: str) -> tuple[Block, ...]:
    """The decisions that a question is about: by an option that it names, else by their words."""
    named = list(_options_named(plan, said))
    if named:
        decision, option = named[0]
        verdict = {"chosen": " is what the plan chose", "possible": "", "rejected": " is out"}
        return (
            Block(
                kind="explanation",
                title=f"About {decision.id}",
                lead=f"{name(option.name)}{verdict[option.verdict]}: {option.because}.",
                items=(f"For it: {option.advantage}.", f"Against it: {option.drawback}.",
                       f"The plan has: {decision.title}. {decision.reasons[0]}",
                       f"Revisit when {decision.revisit_when}."),
            ),
        )  # fmt: skip
    decision_by_words = _decision_named(plan, said)
    return (explained(decision_by_words),) if decision_by_words else ()


def compared(plan: Plan, said: str) -> tuple[Block, ...]:
    """Two or more options of one decision, side by side."""
    by_decision: dict[str, list[Option]] = {}
    decisions = {d.id: d for d in plan.decisions}
    for decision, option in _options_named(plan, said):
        by_decision.setdefault(decision.id, []).append(option)
    found = next(((d, o) for d, o in by_decision.items() if len(o) > 1), None)
    if found is None:
        return ()
    rows = tuple((f"**{name(o.name)}**" if o.verdict == "chosen" else name(o.name), o.advantage, o.drawback, o.because)
                 for o in found[1])  # fmt: skip
    return (
        Block(
            kind="explanation", title=f"Compared for {found[0]}", lead=decisions[found[0]].question,
            table=Table(head=("option", "for it", "against it", "here"), rows=rows),
        ),
    )  # fmt: skip


_ALIASES = {"k8s": "kubernetes", "trtllm": "tensorrt-llm", "trt-llm": "tensorrt-llm", "openai": "managed",
            "api": "managed", "tgi": "text generation inference"}  # fmt: skip


def _options_named(plan: Plan, said: str) -> Iterator[tuple[Decision, Option]]:
    text = said.lower()
    for alias, meant in _ALIASES.items():
        if re.search(rf"(?<!\w){re.escape(alias)}(?!\w)", text):
            text += f" {meant}"
    seen: set[tuple[str, str]] = set()
    exact: list[tuple[Decision, Option]] = []
    loose: list[tuple[Decision, Option]] = []
    for decision in plan.decisions:
        for option in decision.options:
            whole = (option.name.lower(), option.id.lower(), option.id.lower().replace("-", " "))
            if any(re.search(rf"(?<![\w-]){re.escape(w)}(?![\w-])", text) for w in whole):
                exact.append((decision, option))
            elif any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", text) for w in _proper(option)):
                loose.append((decision, option))
    for decision, option in (*exact, *loose):
        if (decision.id, option.id) not in seen:
            seen.add((decision.id, option.id))
            yield decision, option


_COMMON = frozenset(["the", "and", "with", "for", "one", "own", "your", "managed", "model", "models", "service", "server", "cloud", "none", "nothing", "open", "data", "serving", "engine", "cluster", "machine", "gateway", "canary", "release", "single", "several", "automatic", "manual", "other"])  # fmt: skip


def _proper(option: Option) -> set[str]:
    """Words of an option's name that people use for it alone."""
    words = re.findall(r"[A-Za-z][\w.+-]{3,}", option.name)
    return {
        w.lower()
        for w in words
        if (w[0].isupper() or any(c.isupper() for c in w)) and w.lower() not in _COMMON
    }


_WORDS = {
    "run-where": "where run host cluster machine api", "serving-platform": "platform serving", "engine": "engine server vllm",
    "accelerator": "gpu gpus accelerator accelerators device hardware card", "quantization": "quantization quantize fp8 int8 precision bits",
    "parallelism": "parallel tensor pipeline split", "batching": "batching cache caching prefix speculative",
    "scaling": "scaling autoscaling scale replicas", "gateway": "gateway guardrail guardrails proxy", "release-strategy": "canary release rollout blue-green shadow",
    "pipeline": "pipeline orchestrator airflow", "gitops": "gitops argo flux", "iac": "terraform infrastructure iac",
    "registry": "registry mlflow", "feature-store": "feature store feast", "evaluation": "evaluation evaluate",
    "monitoring": "monitoring prometheus grafana", "secrets": "secrets vault credentials", "network": "network tenancy tenant isolation",
    "data-retention": "retention logs audit data", "environments": "environments staging", "disaster-recovery": "disaster recovery region zone",
}  # fmt: skip


def _decision_named(plan: Plan, said: str) -> Decision | None:
    words = set(re.findall(r"[\w-]+", said.lower()))
    scored = []
    for decision in plan.decisions:
        own = set(decision.id.split("-")) | set(_WORDS.get(decision.id, "").split())
        scored.append((len(words & own), decision))
    best = max(scored, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


def provenance(plan: Plan, said: str) -> Block:
    """Where a figure comes from: source and date, formula and inputs, or the reason of a default."""
    key = figure(plan, re.sub(r"where does|come from|source of|the|number", " ", said.lower()))
    if not key:
        items = tuple(f"`{k}`: {{{k}}}" for k in list(plan.numbers)[:12])
        return Block(
            kind="evidence",
            title="Figures of the plan",
            lead="Which one? The first of them:",
            items=items,
        )
    number = plan.numbers[key]
    text = ""
    match number:
        case Fact(source=source):
            text = _source(source)
        case Estimate(formula=formula, inputs=inputs):
            rest = ", ".join(f"`{i}` ({{{i}}})" if i in plan.numbers else f"`{i}`" for i in inputs)
            text = f"Computed by `{formula}` from {rest or 'no other figure'}; the interval is a central one unless the capacity model says otherwise."
        case Assumption(reason=reason, settled_by=settled):
            text = f"Assumed: {name(reason)}. Settled by {name(settled)}."
    return Block(
        kind="evidence", title=f"Origin of {key}", lead=f"`{key}` is {{{key}}}.", items=(text,)
    )


def _source(source: Source | Given | Measured) -> str:
    match source:
        case Source(title=title, locator=locator, retrieved=retrieved):
            return f"A published figure: {name(title)}, `{locator}`, retrieved {name(retrieved.isoformat())}."
        case Given(path=path):
            return f"Your brief says so, at `{path}`."
        case Measured(run=run):
            return f"Measured, in run `{run}`."


_CODE = re.compile(r"(?i)aeg\s?-?(\d{3})")


def rule_or_term(said: str) -> Block | None:
    """A rule by its code, or a word of the field from the glossary, as they stand there."""
    code = _CODE.search(said)
    if code:
        from aegis.operations.explaining import (  # noqa: PLC0415  # every rule, where one is asked for
            UnknownIdError,
            explain_rule,
        )

        try:
            found = explain_rule(f"AEG{code[1]}")
        except UnknownIdError:
            return None
        return Block(
            kind="quotation",
            title=f"Rule {found.id}",
            lead=f"{name(found.title)}. {name(found.text)}",
        )
    text = said.lower()
    for words, meaning in _glossary():
        for word in words:
            if re.search(rf"(?<!\w){re.escape(word.lower())}s?(?!\w)", text):
                return Block(
                    kind="quotation",
                    title=word,
                    lead=name(meaning),
                    items=("From the glossary, `docs/glossary.md`.",),
                )
    return None


@cache
def _glossary() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Terms and meanings; a row may explain several terms."""
    rows = []
    for line in (DATA / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 2 and cells[0] not in {"word", "---"}:
            rows.append((tuple(part.strip() for part in cells[0].split(",")), cells[1]))
    return tuple(rows)
