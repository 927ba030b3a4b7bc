"""What every service meets: drift, silence, memory at the peak, weights that move."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.parts.modes.when import always, on_accelerator, served
from aegis.plan.parts.voice import Mode

MODES: tuple[Mode, ...] = (
    Mode(
        id="silent-drift",
        applies=always,
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
        query="topk(5, METRIC)",
    ),
    Mode(
        id="oom-at-peak",
        applies=on_accelerator,
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
        query="max by (pod) (METRIC)",
        mend=(
            "pods",
            "shed",
        ),
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
        query="max by (pod) (METRIC)",
        mend=(
            "pods",
            "floor",
        ),
    ),
    Mode(
        id="moving-weights",
        applies=lambda case: served(case) or case.on_device or case.is_batch,
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
        query="max(METRIC) - min(METRIC)",
        mend=(
            "pods",
            "roll-back",
        ),
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
        mend=(
            "pods",
            "engine-log",
        ),
    ),
    Mode(
        id="blind",
        applies=always,
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
        query="absent(METRIC)",
        mend=(
            "ask",
            "status",
        ),
    ),
)
