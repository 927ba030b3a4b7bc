"""What language models do to those who run them: prompts, caches, adapters, agents."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.parts.modes.when import kinds, own_llm
from aegis.plan.parts.voice import Mode

MODES: tuple[Mode, ...] = (
    Mode(
        id="kv-cache-full",
        applies=own_llm,
        title="The KV cache fills and requests wait while utilisation looks fine",
        story="time to first token climbs from a blink to many seconds; the accelerator's utilisation is "
        "where it always is, so the first hour goes into looking at the network",
        trigger="concurrency, context length or a lost prefix beyond the cache",
        first_sign="METRIC above zero for minutes",
        metric="queue_depth",
        automatic="admission by queue depth sheds the lowest priority; the autoscaler adds a replica where "
        "there is one, useful only after its weights are loaded",
        manual="check the prefix hit rate first: it falls when the system prompt changed; then the length of "
        "inputs by caller",
        alert=("ttft-burn-fast", "shedding"),
        experiment="halve the cache in staging at mean traffic; hypothesis: TTFT rises, the alert fires, nothing "
        "restarts; stop when the queue limit is reached",
        likelihood="likely",
        impact="moderate",
        query="max by (pod) (METRIC)",
        mend=(
            "shed",
            "flags",
        ),
    ),
    Mode(
        id="prompt-release",
        applies=lambda case: case.is_llm,
        title="A new prompt answers fluently and wrongly",
        story="a sentence was added to the system prompt on a Friday; error rate and latency did not move, "
        "and on Monday support reads about promises that nobody made",
        trigger="a changed prompt, template or retrieval setting",
        first_sign="the groundedness or accuracy verdict on sampled traffic falls while errors stay flat",
        metric=names.EVALUATION_SCORE,
        automatic="the prompt is a release: the gate judges it before traffic, the judge rolls back the prompt "
        "alone on that evidence",
        manual="read the worst samples linked in the verdict before you touch the prompt; add them to the set",
        alert=(
            "groundedness-verdict",
            "accuracy-verdict",
            "satisfaction-verdict",
            "drift-detected",
        ),
        experiment="release a prompt that drops citations to the first step in staging; hypothesis: it goes back on "
        "quality evidence alone; stop after the hold",
        likelihood="likely",
        impact="high",
        query="min(METRIC)",
        mend=("roll-back",),
    ),
    Mode(
        id="injection",
        applies=lambda case: case.is_llm,
        title="Text that was meant to be read is obeyed: prompt injection",
        story="a document, a mail or a web page carries an instruction; the assistant follows it, politely, "
        "with the rights of the person who asked",
        trigger="text from outside reaches the model together with data or tools worth having",
        first_sign="METRIC rises, or denied egress is seen from a workload that never had any",
        metric=names.GATEWAY_GUARDRAIL,
        automatic="the input guardrail flags or blocks, tool calls run with the caller's rights only, egress is "
        "denied by default, the output filter stops the planted canary value",
        manual="freeze the source that carried the text, keep the evidence, search the audit store for the same span",
        alert=("guardrail-shift", "availability-burn-fast"),
        experiment="plant a canary instruction in a staging document; hypothesis: it is flagged and nothing leaves; "
        "stop when the canary value is seen outside",
        likelihood="likely",
        impact="high",
        query="sum by (decision) (increase(METRIC[1h]))",
        mend=(
            "shed",
            "logs",
        ),
    ),
    Mode(
        id="retrieval-stale",
        applies=kinds("rag"),
        title="Retrieval returns yesterday's truth",
        story="the indexing job has failed since Tuesday with a success exit code; the assistant quotes a price "
        "list that was withdrawn, with a citation that looks right",
        trigger="the indexer stops or skips, or a document type changes its layout",
        first_sign="METRIC grows past the freshness objective",
        metric=names.INDEX_AGE,
        automatic="the assistant says how old its source is, and declines beyond the freshness objective",
        manual="re-run the indexer for the missing interval, then compare document counts with the source",
        alert=("freshness-burn-fast", "drift-detected"),
        experiment="stop the indexer in staging; hypothesis: the alert fires within the objective; stop after it fires",
        likelihood="possible",
        impact="moderate",
        query="max(METRIC)",
        mend=("logs",),
    ),
    Mode(
        id="agent-loop",
        applies=kinds("agent"),
        title="The agent repeats itself, with money",
        story="a tool returned an empty page; the agent tried again, and again, and by morning had spent a week's "
        "tokens and opened dozens of tickets",
        trigger="a tool that fails softly, or a goal that cannot be reached",
        first_sign="tokens per task leave their band while tasks completed do not rise",
        metric=names.GATEWAY_TOKENS,
        automatic="limits on steps, tokens and repeated calls per task end it; irreversible tools ask a person; the "
        "task ends with what it has done so far",
        manual="stop the task by its id, undo by the broker's journal, add the case to the evaluation set",
        alert=("cost-burn", "shedding"),
        experiment="let one tool return nothing in staging; hypothesis: the task stops at its step limit and says so; "
        "stop at the token limit",
        likelihood="likely",
        impact="moderate",
        query="sum by (kind) (rate(METRIC[15m]))",
        mend=(
            "shed",
            "logs",
        ),
    ),
    Mode(
        id="wrong-act",
        applies=lambda case: any(
            tool.effect == "irreversible" for tool in case.brief.workload.tools
        ),
        title="The agent does something that cannot be undone, twice or wrongly",
        story="a time-out after the call was read as a failure; the agent tried again, and both calls had worked",
        trigger="a retry of an act without an identity of its own, or an approval given by habit",
        first_sign="two acts for one task in the broker's journal",
        metric=names.BUSINESS_EVENTS,
        automatic="each act carries a key that makes it happen once; irreversible tools wait for a person and name what will happen; "
        "a daily sum ends them",
        manual="stop the tool at the broker, reverse by the journal with the owner of the process, read how the approval looked",
        alert=("cost-burn", "guardrail-shift"),
        experiment="let the tool's answer get lost in staging; hypothesis: the act happens once; stop at the second",
        likelihood="possible",
        impact="high",
    ),
    Mode(
        id="wrong-adapter",
        applies=lambda case: case.chosen("feature-multi-lora") == "on",
        title="One tenant is answered by another tenant's adapter",
        story="a name was reused after an adapter was deleted; for a day one school's pupils were answered in another school's words",
        trigger="adapters named by a label that can move",
        first_sign="the evaluation of one tenant's slice falls while all others hold",
        metric=names.EVALUATION_SCORE,
        automatic="adapters are named by digest and bound to the tenant at the gateway; an unknown pair is refused",
        manual="stop the adapter, list its requests from the audit store, tell both tenants what was mixed",
        alert=("accuracy-verdict", "groundedness-verdict", "drift-detected"),
        experiment="ask for another tenant's adapter in staging; hypothesis: the request is refused; stop if it is answered",
        likelihood="possible",
        impact="high",
        query="min(METRIC)",
        mend=("roll-back",),
    ),
    Mode(
        id="adapter-thrash",
        applies=lambda case: case.chosen("feature-multi-lora") == "on",
        title="Adapters evict each other",
        story="a campaign woke adapters that are rarely used; each request loaded one and dropped another, and "
        "everybody's first token waited for a file",
        trigger="more adapters in use at once than the engine keeps",
        first_sign="TTFT splits into two groups while the queue stays short",
        metric="ttft",
        automatic="requests are grouped by adapter at the gateway; adapters in use are pinned",
        manual="raise the number of resident adapters within the memory plan, or move rare ones to a replica of their own",
        alert=("ttft-burn-slow",),
        experiment="touch every adapter in turn in staging; hypothesis: TTFT stays within twice its median; stop beyond",
        likelihood="possible",
        impact="low",
        query="histogram_quantile(0.95, sum by (le) (rate(METRIC_bucket[5m])))",
        mend=("pods",),
    ),
    Mode(
        id="expert-imbalance",
        applies=lambda case: case.chosen("feature-expert-parallelism") == "on",
        title="One expert is asked for everything",
        story="a new customer's documents all route to the same few experts; one device is the slowest, and every "
        "token of every request waits for it",
        trigger="traffic of one narrow domain",
        first_sign="TPOT p99 leaves p50 while throughput falls",
        metric="tpot",
        automatic="redundant copies of hot experts, where the engine places them by load",
        manual="rebalance placement from the recorded expert counts, then release it like any change",
        alert=("tpot-burn-slow", "tpot-burn-fast"),
        experiment="replay one domain's prompts only, in staging; hypothesis: TPOT stays within the objective; stop beyond",
        likelihood="possible",
        impact="moderate",
        query="histogram_quantile(0.99, sum by (le, pod) (rate(METRIC_bucket[5m])))",
        mend=("flags",),
    ),
    Mode(
        id="vendor-retires",
        applies=lambda case: case.managed,
        title="The vendor changes or retires the model",
        story="the alias pointed to another version from one day to the next; formats held, tone and refusals did not",
        trigger="a moving alias, or a retirement date nobody read",
        first_sign="refusals and length of answers shift on the same prompts",
        metric=names.EVALUATION_SCORE,
        automatic="a nightly evaluation on a fixed sample; the breaker turns to the second vendor that is kept evaluated",
        manual="pin the dated version, run the gate on its successor, move before the date",
        alert=("drift-detected",),
        experiment="switch staging to the second vendor for a day; hypothesis: the gate passes and callers notice nothing; "
        "stop when the gate fails",
        likelihood="likely",
        impact="moderate",
        query="min(METRIC)",
        mend=("shed", "logs"),
    ),
    Mode(
        id="vendor-limits",
        applies=lambda case: case.managed,
        title="The vendor refuses at the worst hour",
        story="everyone's morning is the same morning; the vendor answers with rate limits, clients retry, and the "
        "budget of retries becomes the load",
        trigger="shared quota, a retry without a cap",
        first_sign="answers with status `429` from the vendor",
        metric=names.GATEWAY_REQUESTS,
        automatic="retries are capped and spread by the gateway; the breaker opens and the ladder answers",
        manual="ask for the quota in writing before the launch; move background work to other hours",
        alert=("availability-burn-fast",),
        experiment="answer a share of calls with `429` in staging; hypothesis: no caller retries more than once; stop beyond",
        likelihood="possible",
        impact="moderate",
        query="sum by (outcome) (rate(METRIC[5m]))",
        mend=("logs",),
    ),
)
