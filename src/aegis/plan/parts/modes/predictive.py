"""Scores, vectors and pictures: labels come late, features differ, slices fail."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.parts.modes.when import kinds
from aegis.plan.parts.voice import Mode

MODES: tuple[Mode, ...] = (
    Mode(
        id="training-serving-skew",
        applies=kinds("prediction", "ranking"),
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
        query="topk(5, METRIC)",
        mend=("roll-back",),
    ),
    Mode(
        id="feedback-loop",
        applies=kinds("ranking", "prediction"),
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
        query="topk(5, METRIC)",
    ),
    Mode(
        id="late-labels",
        applies=kinds("prediction"),
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
        query="min(METRIC)",
    ),
    Mode(
        id="reindex-forgotten",
        applies=kinds("embedding"),
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
        query="min(METRIC)",
        mend=("roll-back",),
    ),
    Mode(
        id="hard-inputs",
        applies=kinds("vision", "speech"),
        title="What records has changed, and only one slice shows it",
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
        query="min(METRIC)",
        mend=("roll-back",),
    ),
)
