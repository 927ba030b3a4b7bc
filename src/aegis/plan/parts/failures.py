"""How this system breaks, told as it happened to somebody, and how it comes back."""

from __future__ import annotations

from collections.abc import Callable

from aegis.base import conventions as names
from aegis.catalog.loader import engines
from aegis.plan.case import Case
from aegis.plan.parts.objectives import Watching
from aegis.plan.parts.voice import Mode, voice_of
from aegis.plan.parts.voice import mode as told
from aegis.plan.types import FailureMode


def failure_modes(case: Case, watching: Watching) -> tuple[FailureMode, ...]:
    """The modes of this kind, engine, release and data class; always drift and silence."""
    alerts = {a.id: a for a in watching.alerts}
    found = []
    said = voice_of(case)
    for mode in (*said.own_modes, *MODES):
        if not mode.applies(case):
            continue
        alert = next(
            (a for a in (*mode.alert, "telemetry-silent") if a in alerts), "telemetry-silent"
        )
        metric = engine_metric(case, mode.metric) or alerts[alert].metric
        found.append(
            FailureMode.model_validate(
                {
                    "id": mode.id,
                    "title": mode.title,
                    "story": mode.story,
                    "trigger": mode.trigger,
                    "first_sign": mode.first_sign.replace("METRIC", f"`{metric}`"),
                    "metric": metric,
                    "automatic": mode.automatic,
                    "manual": mode.manual,
                    "alert": alert,
                    "runbook": alerts[alert].runbook,
                    "experiment": mode.experiment,
                    "likelihood": mode.likelihood,
                    "impact": mode.impact,
                }
            )
        )
    return tuple(told(said, mode) for mode in found)


def engine_metric(case: Case, means: str) -> str:
    """The chosen engine's own name for a meaning; our own names pass through."""
    if means.startswith("aegis_"):
        return means
    entry = next((e for e in engines() if e.id == case.chosen("engine")), None)
    if entry is None:
        return ""
    return next((m.name for m in entry.metrics if m.means == means), "")


def _always(case: Case) -> bool:
    del case
    return True


def _own_engine(case: Case) -> bool:
    return bool(case.chosen("engine"))


def _own_llm(case: Case) -> bool:
    return case.is_llm and not case.managed


def _on_accelerator(case: Case) -> bool:
    return case.capacity is not None and case.capacity.shape == "accelerators" and not case.managed


def _kinds(*kinds: str) -> Callable[[Case], bool]:
    return lambda case: case.kind in kinds


MODES: tuple[Mode, ...] = (
    Mode(
        id="silent-drift",
        applies=_always,
        title="The world moves and nobody notices: silent drift",
        story="every dashboard is green, no request fails, and week by week the answers fit the users' "
        "questions less; the first report comes from a person who stopped using it",
        trigger="inputs, users or facts change while the model stays",
        first_sign="the drift detector's evidence METRIC climbs while errors stay flat",
        metric=names.DRIFT_EVIDENCE,
        automatic="a ticket names the column or topic that moved and since when; a quality verdict on "
        "fresh samples follows by itself",
        manual="label a sample of the new traffic, add it to the evaluation set, then decide between "
        "prompt, retrieval and training",
        alert=("drift-detected",),
        experiment="replay last month's traffic with one topic doubled in staging; hypothesis: the detector "
        "names it within its stated delay; stop if the false-alarm budget is used",
        likelihood="likely",
        impact="moderate",
    ),
    Mode(
        id="oom-at-peak",
        applies=_on_accelerator,
        title="Out of memory at the peak, then replica by replica",
        story="one replica meets a burst of large requests and dies; its share goes to the others, which "
        "now meet a larger burst, and minutes later none is left, during the busiest hour of the week",
        trigger="more or larger requests at once than the memory plan allowed",
        first_sign="a restart with exit code `137` or a device error in the log while METRIC rises",
        metric="queue_depth",
        automatic="the limit on what runs at once and the queue limit refuse what does not fit with `429`; the spare "
        "replica holds the rest; retries of callers are capped at the gateway",
        manual="lower the limit on what runs at once first, add capacity second; never raise the memory share of the "
        "engine during an incident",
        alert=("shedding", "availability-burn-fast"),
        experiment="send requests of the largest permitted size at peak rate in staging; hypothesis: requests are "
        "shed and no replica restarts; stop at the first restart",
        likelihood="possible",
        impact="high",
    ),
    Mode(
        id="kv-cache-full",
        applies=_own_llm,
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
    ),
    Mode(
        id="retrieval-stale",
        applies=_kinds("rag"),
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
    ),
    Mode(
        id="agent-loop",
        applies=_kinds("agent"),
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
    ),
    Mode(
        id="cold-start",
        applies=lambda case: case.chosen("scaling") == "queue-signal",
        title="Scaling answers the peak after the peak",
        story="the campaign mail went out on the hour; new replicas were ready when the queue had already given up",
        trigger="a burst shorter than the time to load the weights",
        first_sign="replicas are starting while requests are shed",
        metric="queue_depth",
        automatic="the floor holds a burst; the queue limit refuses early instead of late",
        manual="raise the floor before planned events; keep weights on the node",
        alert=("shedding", "ttft-burn-fast"),
        experiment="triple traffic within a minute in staging; hypothesis: the floor holds until the new replica is ready; "
        "stop when the availability objective is missed",
        likelihood="likely",
        impact="moderate",
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
    ),
    Mode(
        id="training-serving-skew",
        applies=_kinds("prediction", "ranking"),
        title="The feature in production is not the feature of training",
        story="a default was nought in training and missing in production; scores were plausible, decisions were not, "
        "and the monthly report found it",
        trigger="a changed transform, a late stream, a new default",
        first_sign="the feature's distribution moves on the day of a deployment, not of an event",
        metric=names.DRIFT_EVIDENCE,
        automatic="the release judge compares score distributions of both versions on the same requests; freshness "
        "beyond the objective falls back",
        manual="replay one hour of logged requests through the training transform and compare value by value",
        alert=("freshness-burn-fast", "drift-detected"),
        experiment="delay one stream in staging; hypothesis: the age alert fires and scores fall back; stop after both",
        likelihood="likely",
        impact="high",
    ),
    Mode(
        id="feedback-loop",
        applies=_kinds("ranking", "prediction"),
        title="The model trains on its own decisions",
        story="what was shown was clicked, what was clicked was learned; what was blocked never came back to prove the "
        "model wrong",
        trigger="labels that exist only for what the model allowed",
        first_sign="diversity of outcomes falls while the offline metric improves",
        metric=names.DRIFT_EVIDENCE,
        automatic="a small random share of traffic is held out of the model's influence and judged separately",
        manual="compare the held-out share with the rest before each training; weight labels by how they came to be",
        alert=("drift-detected",),
        experiment="train on logged decisions only, offline; hypothesis: the held-out slice exposes the loss; never promote",
        likelihood="likely",
        impact="moderate",
    ),
    Mode(
        id="late-labels",
        applies=_kinds("prediction"),
        title="Truth arrives weeks later",
        story="the quality chart was flat because the labels behind it were months old; when they came, the "
        "attack pattern had already moved on",
        trigger="labels that depend on disputes, returns or repayments",
        first_sign="the newest labelled slice is older than the attack",
        metric=names.EVALUATION_SCORE,
        automatic="score drift and early proxies are judged daily; verdicts carry the age of their labels",
        manual="sample and label by hand where the proxy moved; tighten the rule layer in front meanwhile",
        alert=("accuracy-verdict", "calibration-verdict", "drift-detected"),
        experiment="hide the newest labels offline; hypothesis: the proxy detects the planted pattern in days; stop after a week",
        likelihood="likely",
        impact="high",
    ),
    Mode(
        id="reindex-forgotten",
        applies=_kinds("embedding", "reranking"),
        title="New vectors meet an old index",
        story="the model was upgraded, the index was not; distances still look like distances, and search returns "
        "neighbours from another geometry",
        trigger="a model change without a rebuild of everything that stored its output",
        first_sign="recall on the probe queries falls at the moment of the release",
        metric=names.EVALUATION_SCORE,
        automatic="vectors carry the model's digest; a query with another digest is refused, not answered",
        manual="roll the model back first, then rebuild beside the old index and switch both together",
        alert=("accuracy-verdict", "drift-detected"),
        experiment="query a staging index with another model's vectors; hypothesis: every query is refused; stop at one answer",
        likelihood="possible",
        impact="high",
    ),
    Mode(
        id="hard-inputs",
        applies=_kinds("vision", "speech"),
        title="The camera, the microphone or the accent changed",
        story="a firmware update changed compression; accuracy fell only for one device type, and the average hid it",
        trigger="a new device, codec, light, noise or dialect",
        first_sign="one slice of the quality verdict falls while the mean holds",
        metric=names.EVALUATION_SCORE,
        automatic="verdicts are computed per slice and one failing slice fails the verdict",
        manual="collect samples of that slice with consent, label, and add the slice to the gate for good",
        alert=("accuracy-verdict", "drift-detected"),
        experiment="re-encode the evaluation set with a harsher codec; hypothesis: the slice verdict fails, the mean does not; "
        "stop after the run",
        likelihood="likely",
        impact="moderate",
    ),
    Mode(
        id="poison-record",
        applies=_kinds("batch"),
        title="One record stops the night",
        story="an input of an unexpected encoding ended the run at the last chunk; the retry started from the beginning "
        "and met it again",
        trigger="an input that the schema allowed and the code did not",
        first_sign="the run ends early with part of the items, METRIC stands still",
        metric=names.JOB_ITEMS,
        automatic="chunks resume where they stopped; a failing record is set aside with its reason and counted",
        manual="read the set-aside records; rerun them after the mend, not the whole night",
        alert=("availability-missed", "completion-missed"),
        experiment="plant one broken record in staging; hypothesis: the run completes and lists it; stop at a second failure",
        likelihood="likely",
        impact="low",
    ),
    Mode(
        id="wrong-input-day",
        applies=_kinds("batch"),
        title="The run scored yesterday again",
        story="the upstream table was late; the job found the old partition, scored it, and everything was on time and wrong",
        trigger="an input that is present and stale",
        first_sign="the number of changed results is near nought",
        metric=names.JOB_ITEMS,
        automatic="the run refuses an input whose watermark it has already scored, and consumers keep the last good output",
        manual="wait for the input, start the run by hand, tell the consumers the new time",
        alert=("completion-missed",),
        experiment="present the same partition twice in staging; hypothesis: the second run refuses; stop if it scores",
        likelihood="possible",
        impact="moderate",
    ),
    Mode(
        id="thermal",
        applies=lambda case: case.on_device,
        title="The device gets warm and slow",
        story="in the lab it held the deadline; in a pocket in summer, or beside a motor, the clock fell and every answer came late",
        trigger="sustained inference, heat, an old battery",
        first_sign="METRIC moves for one device class in the afternoon",
        metric=names.DEVICE_LATENCY,
        automatic="the duty cycle is lowered before the system throttles; the simpler answer takes over",
        manual="compare by device class and temperature; ship the smaller precision to the affected class only",
        alert=("latency-burn-fast", "availability-burn-fast"),
        experiment="run at full rate in a warm chamber; hypothesis: the duty cycle falls and the deadline holds; stop at the "
        "device's own limit",
        likelihood="likely",
        impact="moderate",
    ),
    Mode(
        id="fleet-split",
        applies=lambda case: case.on_device,
        title="Half of the fleet never updated",
        story="the new model needed a newer app; old apps reported success because they had nothing to do",
        trigger="devices offline, pinned, or too old",
        first_sign="versions in the field stop converging",
        metric=names.DEVICE_INFERENCES,
        automatic="stages count devices that confirm the digest, not offers; a model names the oldest app it serves",
        manual="decide a date for the old version, tell support, keep its evaluation alive until then",
        alert=("telemetry-silent",),
        experiment="hold back a tenth of test devices; hypothesis: the stage stays open and says why; stop after its hold",
        likelihood="likely",
        impact="low",
    ),
    Mode(
        id="deadline-miss",
        applies=_kinds("robotics"),
        title="A correct answer, too late to be safe",
        story="the perception answer was right; by then the arm had moved; a late answer is a wrong one",
        trigger="contention on the board, a page fault, a logging burst",
        first_sign="METRIC shows single inferences beyond the deadline while the mean holds",
        metric=names.DEVICE_LATENCY,
        automatic="the watchdog stops waiting at the deadline and commands the safe state without the model",
        manual="pin cores and memory, move logging off the path, re-measure the worst case, not the mean",
        alert=("latency-burn-fast",),
        experiment="stall the inference thread on a test stand; hypothesis: the safe state is reached within the deadline of the "
        "watchdog; stop by the hardware stop",
        likelihood="possible",
        impact="high",
    ),
    Mode(
        id="import-expiry",
        applies=lambda case: case.isolated,
        title="Behind the gap, something expires",
        story="no route out also means no time service, no certificate renewal and no advisory; on a Sunday every replica "
        "refused every other",
        trigger="a certificate, a licence or a signature root that nobody carried in",
        first_sign="certificates with little time left, or clocks that differ",
        metric=names.GATEWAY_REQUESTS,
        automatic="expiry is probed daily inside; a ticket opens a month ahead",
        manual="run the import procedure with the new roots; verify by digest, restart one replica first",
        alert=("availability-burn-fast",),
        experiment="issue a certificate of one day in staging; hypothesis: the ticket opens and the renewal is rehearsed; stop before expiry",
        likelihood="possible",
        impact="high",
    ),
    Mode(
        id="moving-weights",
        applies=lambda case: _own_engine(case) or case.on_device or case.is_batch,
        title="The same name, other weights",
        story="a restart pulled the branch's newest commit; two replicas of one version gave different answers, and the rollback "
        "rolled back to something new",
        trigger="a model, image or prompt named by something that can move",
        first_sign="answers differ between replicas of one version",
        metric=names.EVALUATION_SCORE,
        automatic="everything is loaded by digest and refused otherwise; the digest is a label of every metric",
        manual="compare digests of all replicas, pin, redeploy; then ask what else was named by a tag",
        alert=("drift-detected",),
        experiment="offer another file under the same name in staging; hypothesis: the loader refuses it; stop if it loads",
        likelihood="possible",
        impact="high",
    ),
    Mode(
        id="privacy-leak",
        applies=lambda case: case.personal or not case.brief.data.classes,
        title="Personal data stands where nobody looks for it",
        story="a debug line printed the request on errors; the log store kept it for a year, readable by everyone with a dashboard",
        trigger="a new log line, a new field, a new tool",
        first_sign="the daily scan of log samples finds spans that redaction should have caught",
        metric="",
        automatic="redaction stands before the sink, not after it; the scan opens a ticket with masked evidence",
        manual="stop the sink, erase by the retention path, tell the data protection owner the same day",
        alert=("guardrail-shift", "telemetry-silent"),
        experiment="send a planted synthetic identity through staging; hypothesis: it is found in no sink; stop at the first find",
        likelihood="likely",
        impact="high",
    ),
    Mode(
        id="blind",
        applies=_always,
        title="No alert, because no data",
        story="the scrape target was renamed in a release; every chart went flat at a calm value and the service was down for an hour "
        "before a customer called",
        trigger="a renamed metric, an expired token, a full disk at the collector",
        first_sign="METRIC is absent",
        metric="",
        automatic="absence is itself an alert; a release without data is held, never promoted",
        manual="ask the service directly first; then follow the path: exporter, scrape, rule, route",
        alert=("telemetry-silent",),
        experiment="stop the collector in staging; hypothesis: the alert arrives and the running release is held; stop after both",
        likelihood="possible",
        impact="high",
    ),
)
