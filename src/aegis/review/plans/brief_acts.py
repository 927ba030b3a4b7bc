"""Briefs of systems that act: agents with tools, and machines that move."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import Brief
from aegis.review.rule import Hit, rule


@rule("AEG128", checks=Brief, severity=Severity.HIGH, refs=("OWASP LLM06:2025",))
def irreversible_without_approval(brief: Brief) -> Iterator[Hit]:
    """Irreversible tool without a person's approval.

    Some day the model is wrong or was talked into it. Money that moved, mail that left and data
    that was deleted do not come back with a rollback.
    """
    for i, tool in enumerate(brief.workload.tools):
        if tool.effect == "irreversible" and not tool.approval:
            yield Hit(
                f"workload.tools.{i}.approval",
                f"`{tool.name}` cannot be undone, and nobody confirms it",
                label="no approval",
                mend="`approval: true`, or split the tool: propose (write), then confirm (a person)",
            )


@rule("AEG129", checks=Brief, severity=Severity.HIGH, refs=("OWASP LLM01:2025",))
def strangers_text_moves_tools(brief: Brief) -> Iterator[Hit]:
    """Text of strangers beside tools that change things.

    A document that an outsider wrote can carry instructions. Where the same model reads it and
    holds a tool that writes, the outsider holds the tool.
    """
    retrieval = brief.workload.retrieval
    if retrieval is None or not retrieval.untrusted_sources:
        return
    for i, tool in enumerate(brief.workload.tools):
        if tool.effect != "read" and not tool.approval:
            yield Hit(
                f"workload.tools.{i}",
                f"`{tool.name}` changes things, and outsiders write what the model reads",
                mend="approval by a person, or a second model without tools for untrusted text",
            )


@rule("AEG140", checks=Brief, severity=Severity.HIGH)
def machine_without_limits(brief: Brief) -> Iterator[Hit]:
    """Machine without a deadline or a power budget.

    A robot cannot wait for an answer and cannot carry a larger battery. Without both figures
    nobody can say when the watchdog has to take over.
    """
    device = brief.workload.device
    if brief.workload.kind != "robotics" or device is None:
        return
    if device.latency_ms is None:
        yield Hit(
            "workload.device.latency_ms",
            "no deadline of one inference is given",
            mend="the time after which the last answer is worth nothing, in milliseconds",
        )
    if device.power_w is None:
        yield Hit(
            "workload.device.power_w",
            "no power budget is given",
            mend="watts for the inference alone, warm, from the board's own power budget",
        )


@rule("AEG142", checks=Brief, severity=Severity.HIGH)
def safety_over_the_network(brief: Brief) -> Iterator[Hit]:
    """Safety function that needs a network.

    Networks fail at the worst moment. What keeps people safe has to work, or fail safe, without
    one.
    """
    device = brief.workload.device
    if device and device.safety_function and not device.offline:
        yield Hit(
            "workload.device.offline",
            "a late answer can hurt someone, and the device needs a network to answer",
            mend="`offline: true`: a model on the device, and a safe state that needs no model",
        )


@rule("AEG143", checks=Brief, severity=Severity.HIGH)
def safety_with_little_impact(brief: Brief) -> Iterator[Hit]:
    """Safety function whose impact is called low.

    What can hurt someone is high impact, and has its security review, its assessment and its
    red-teaming before production.
    """
    device = brief.workload.device
    if device and device.safety_function and brief.impact.level in {"low", "moderate"}:
        yield Hit(
            "impact.level",
            f"a late answer can hurt someone, and the impact is called {brief.impact.level}",
            mend="`high`, with `areas: [safety-component]` where the law sees one",
        )
