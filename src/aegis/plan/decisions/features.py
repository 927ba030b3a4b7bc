"""Serving techniques: six questions, each on or off with the condition that decided."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.catalog.loader import techniques
from aegis.catalog.types import Model
from aegis.plan.case import Case
from aegis.plan.choose import Later
from aegis.plan.decisions.told import tell, voice
from aegis.plan.decisions.words import words
from aegis.plan.types import Decision, Option, SecondOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Switch:
    id: str
    technique: str
    name: str
    question: str
    on: bool
    because: str
    good: str
    bad: str
    revisit: str
    shown_by: str
    later: Later


def decide(case: Case, model: Model | None) -> list[Decision]:
    """One decision a technique; empty when no token is produced by us."""
    if not case.is_llm or case.managed:
        return []
    switches = (
        _batching(),
        _prefix(case),
        _speculation(case),
        _disaggregation(case),
        _lora(case),
        _experts(case, model),
    )
    decisions = [_decision(switch) for switch in switches]
    return [tell(d, words(voice(case), d.id)) for d in decisions]


def maturity(technique: str) -> str:
    """How proven a technique is, by the catalog; empty when unknown."""
    return next((t.maturity.value for t in techniques() if t.id == technique), "")


def _decision(switch: _Switch) -> Decision:
    chosen, other = ("on", "off") if switch.on else ("off", "on")
    new = switch.on and maturity(switch.technique) == "new"
    return Decision(
        id=switch.id,
        question=switch.question,
        chosen=chosen,
        title=f"{switch.name}: **{chosen}**",
        reasons=(switch.because,),
        options=(
            Option(
                id=chosen,
                name=f"{switch.name} {chosen}",
                verdict="chosen",
                advantage=switch.good if switch.on else "one mechanism less to understand at night",
                drawback=switch.bad if switch.on else f"forgoes: {switch.good}",
                because=switch.because,
            ),
            Option(
                id=other,
                name=f"{switch.name} {other}",
                verdict="rejected",
                advantage="one mechanism less to understand at night" if switch.on else switch.good,
                drawback=f"forgoes: {switch.good}" if switch.on else switch.bad,
                because=f"it would forgo this: {switch.good}"
                if switch.on
                else f"not now: {switch.bad}",
            ),
        ),
        second_order=SecondOrder(
            cognitive_load=switch.later.load,
            maintenance=switch.later.maintenance,
            lock_in=switch.later.lock_in,
            compliance_drift=switch.later.drift,
        ),
        improves=("valuable",) if switch.on else ("understandable",),
        shown_by=switch.shown_by,
        revisit_when=switch.revisit,
        notes=("the technique is new: a time-boxed pilot in staging comes first",) if new else (),
    )


def _batching() -> _Switch:
    return _Switch(
        id="feature-batching",
        technique="continuous-batching",
        name="Continuous batching",
        question="Are requests batched token by token?",
        on=True,
        because="requests have different lengths; batching whole requests would make the short wait for the long",
        good="the accelerator works on every request that is ready, at every step",
        bad="one request's speed depends on its neighbours: a limit on sequences keeps it within the objective",
        revisit="never for generation; the limit on sequences moves with every measurement",
        shown_by="**running requests** and **TPOT** side by side",
        later=Later(
            load="one limit to understand: sequences at once",
            maintenance="the limit is measured again after each engine upgrade",
            lock_in="none: every engine has it",
            drift="none",
        ),
    )


def _prefix(case: Case) -> _Switch:
    share = case.brief.workload.shared_prefix_percent
    shared = share is None or share >= 10
    if share is None:
        because = "chat history and system prompts repeat; nothing in the brief says otherwise, and the engine does it at no cost in quality"
    elif shared:
        because = "{tokens.shared_prefix} of the input is shared between requests"
    else:
        because = "only {tokens.shared_prefix} of the input is shared; the cache would evict useful blocks"
    return _Switch(
        id="feature-prefix-caching",
        technique="prefix-caching",
        name="Prefix caching",
        question="Are common beginnings of prompts computed once?",
        on=shared,
        because=because,
        good="a shared system prompt is computed once; time to first token falls with the hit rate",
        bad="a changed system prompt empties the cache and TTFT jumps; tenants must not share a cache salt",
        revisit="the hit rate stays low for a week, or tenants with secrets of their own share the engine",
        shown_by="**prefix cache hit rate** and **TTFT**",
        later=Later(
            load="one more figure on the dashboard: the hit rate",
            maintenance="prompt releases are watched for a drop of the hit rate",
            lock_in="none",
            drift="timing can reveal another tenant's prompt: salt the cache by tenant",
        ),
    )


def _speculation(case: Case) -> _Switch:
    tight = case.brief.objectives.tpot_p95_ms
    peak = case.numbers.value("traffic.peak")
    on = bool(tight and tight <= 15 and peak <= 2)
    if on:
        because = "the objective for **TPOT** is {slo.tpot} and traffic leaves the accelerator idle between requests"
    elif tight and tight <= 15:
        because = (
            "batches are full at {traffic.peak}: drafts would compete with other people's tokens"
        )
    else:
        because = "**TPOT** of {slo.tpot} is met without it; speculation pays when latency is tight and load is low"
    return _Switch(
        id="feature-speculative-decoding",
        technique="speculative-decoding",
        name="Speculative decoding",
        question="Does a draft guess tokens ahead?",
        on=on,
        because=because,
        good="lower time per token while the accelerator has room",
        bad="under load the drafts cost throughput; acceptance depends on the text and must be measured on yours",
        revisit="the objective for TPOT tightens, or measured acceptance on your traffic is high",
        shown_by="**accepted tokens per step** and **TPOT** at peak",
        later=Later(
            load="a second model to load, version and explain",
            maintenance="draft and target are upgraded together",
            lock_in="draft heads are trained for one model",
            drift="none",
        ),
    )


def _disaggregation(case: Case) -> _Switch:
    capacity = case.capacity
    devices = capacity.replicas * capacity.per_replica if capacity else 0
    long_inputs = case.numbers.value("tokens.input.mean") >= 4000
    on = devices >= 32 and long_inputs and not case.isolated
    if on:
        because = "{capacity.devices} serve prompts of {tokens.input.mean}: prefill would stall everybody's next token"
    elif devices >= 32:
        because = (
            "prompts of {tokens.input.mean} are short enough for chunked prefill in the same engine"
        )
    else:
        because = "the fleet is too small to split: each role needs its own spare, and the transfer of the KV cache needs a fast network"
    return _Switch(
        id="feature-disaggregation",
        technique="disaggregated-prefill-decode",
        name="Disaggregated prefill and decode",
        question="Do prefill and decode run on separate replicas?",
        on=on,
        because=because,
        good="long prompts no longer stall the tokens of others; each role scales by its own signal",
        bad="KV cache travels between machines; two roles to size, and a router that must know both",
        revisit="TPOT suffers from long prompts although chunked prefill is on, and the fleet has grown",
        shown_by="**TPOT p99** during long prompts",
        later=Later(
            load="two roles, a router and a transfer library to understand",
            maintenance="driver, network and engine versions must match",
            lock_in="the transfer protocol of the engine",
            drift="prompts cross machines: the network between roles is in scope",
        ),
    )


def _lora(case: Case) -> _Switch:
    adapters = case.brief.workload.adapters
    if adapters:
        case.numbers.given("adapters", adapters, "adapters", "workload.adapters")
    return _Switch(
        id="feature-multi-lora",
        technique="multi-lora",
        name="Multi-LoRA serving",
        question="Do several adapters share one base model?",
        on=adapters > 1,
        because="{adapters} share one base model; a replica each would idle"
        if adapters > 1
        else "the brief names no more than one adapter",
        good="many variants on one fleet; an adapter costs megabytes, not an accelerator",
        bad="adapters load on first use and evict each other; one adapter's rank sets everybody's buffer",
        revisit="a second variant of the model is trained",
        shown_by="**adapter load time** and **TTFT** by adapter",
        later=Later(
            load="adapters have releases of their own",
            maintenance="each adapter is evaluated again when the base changes",
            lock_in="none: adapters are plain files",
            drift="an adapter may memorise its training data: each has its own lineage",
        ),
    )


def _experts(case: Case, model: Model | None) -> _Switch:
    is_moe = bool(model and model.experts)
    wide = is_moe and bool(case.capacity and case.capacity.per_replica >= 8)
    if wide:
        because = "the model has experts and a replica spans {capacity.per_replica}: experts are spread, attention is replicated"
    elif is_moe:
        because = (
            "the experts fit beside each other; tensor parallelism keeps routing inside one machine"
        )
    else:
        because = "the model is dense: there is nothing to route"
    return _Switch(
        id="feature-expert-parallelism",
        technique="expert-parallelism",
        name="Expert parallelism",
        question="Are experts of a mixture spread over devices?",
        on=wide,
        because=because,
        good="each device holds few experts and reads less memory per token",
        bad="uneven routing makes one device slow for all: watch the load per expert",
        revisit="the model becomes a mixture of experts, or a replica outgrows one machine",
        shown_by="**tokens per expert** and **TPOT p99**",
        later=Later(
            load="routing imbalance is a failure mode of its own",
            maintenance="placement is tuned again for each model",
            lock_in="engine-specific flags",
            drift="none",
        ),
    )
