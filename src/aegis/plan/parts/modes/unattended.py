"""Jobs at night and devices in the field: nobody watches while it happens."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.parts.modes.when import kinds
from aegis.plan.parts.voice import Mode

MODES: tuple[Mode, ...] = (
    Mode(
        id="poison-record",
        applies=kinds("batch"),
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
        query="sum(increase(METRIC[1d]))",
        mend=(
            "logs",
            "again",
        ),
    ),
    Mode(
        id="wrong-input-day",
        applies=kinds("batch"),
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
        query="sum(increase(METRIC[1d]))",
        mend=(
            "pause",
            "again",
        ),
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
        query="histogram_quantile(0.99, sum by (le) (rate(METRIC_bucket[15m])))",
        mend=("roll-back",),
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
        query="sum by (track) (increase(METRIC[1d]))",
    ),
    Mode(
        id="deadline-miss",
        applies=kinds("robotics"),
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
        query="histogram_quantile(0.999, sum by (le) (rate(METRIC_bucket[1h])))",
        mend=("roll-back",),
    ),
)
