"""Who decides about a failure mode, and what that person is asked: money, scope, people or a promise.

What on-call does stands in the runbooks. A row here is a decision that only its owner can take; a
kind may ask in its own words (`Voice.asked`), and then the decision here is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aegis.plan.types import Role


class Answer(NamedTuple):
    """The role that decides, and what it is asked."""

    owner: Role
    decision: str = ""


# A mode, a row.
# fmt: off
ANSWERS: Mapping[str, Answer] = {
    # engines and what operates them
    "vllm-preemption": Answer("platform", "accept shorter answers at the peak, or pay for the devices that long ones need"),
    "vllm-prefix-lost": Answer("model", "let a prompt release wait for its test on time to first token"),
    "vllm-rank-hangs": Answer("platform", "pay for a spare replica, so that a stopped one can simply be removed"),
    "vllm-runs-to-the-limit": Answer("model", "release weights, tokenizer and template only together"),
    "vllm-renamed-metrics": Answer("platform", "give each engine upgrade a day in staging, on the calendar"),
    "vllm-wrong-numbers": Answer("model", "pay for labelled samples of the longest inputs"),
    "sglang-retraction": Answer("platform", "accept refusals at the peak, or pay for memory"),
    "sglang-radix-thrash": Answer("business", "move bulk work to hours or devices of its own"),
    "sglang-mute": Answer("platform", "let a release without metrics be held, also before a deadline"),
    "trtllm-engine-elsewhere": Answer("platform", "buy one device type, or pay for one build for each"),
    "trtllm-compiled-limits": Answer("business", "set the longest input that the product sells"),
    "llamacpp-slots": Answer("platform", "fewer users at once, or a larger machine"),
    "llamacpp-threads": Answer("platform", "give the service a machine to itself"),
    "tgi-maintenance": Answer("platform", "fund the move to a maintained engine this year"),
    "lmdeploy-cache-share": Answer("platform", "give each device one process"),
    "vendor-error-shapes": Answer("business", "ask the vendor for a promise about broken streams, in writing"),
    "tei-truncation": Answer("data", "let long texts be split, at the price of a larger index"),
    "tei-bulk-beside-queries": Answer("platform", "pay for replicas of their own for rebuilds, or let them wait for the night"),
    "tei-overloaded": Answer("service", "let a caller that retries without pause be cut off"),
    "triton-queue": Answer("service", "say after which wait a caller is refused rather than served late"),
    "triton-batching-delay": Answer("platform", "prefer the quiet hour's latency over the peak's throughput, or the reverse"),
    "ort-provider-fallback": Answer("platform", "let a replica refuse to serve on the wrong processor"),
    "ort-arena-grows": Answer("service", "set the largest request that is accepted"),
    "ort-threads": Answer("platform", "fund a load test on the production node type"),
    "openvino-compile-at-start": Answer("platform", "pay for a higher floor until starts are quick"),
    "tree-columns-moved": Answer("data", "make producers announce schema changes, with a date"),
    "tree-missing-values": Answer("data", "name one place that may encode missing values"),
    "whisper-silence": Answer("model", "prefer a missing sentence over an invented one"),
    "ray-head-lost": Answer("platform", "pay for the head's external store, or accept a day without releases"),
    "ray-replica-queue": Answer("service", "say after which wait a caller is refused"),
    "kserve-cold-path": Answer("business", "pay for one warm replica through quiet hours"),
    "dynamo-transfer": Answer("platform", "keep replicas that do both steps as a reserve"),
    "node-drained": Answer("platform", "let node upgrades take as many nights as they need"),
    "host-disk-full": Answer("business", "pay for a second machine, or accept hours without the service"),
    "vector-model-mixed": Answer("data", "pay for a second index with each change of model"),
    # language models
    "kv-cache-full": Answer("platform", "accept refusals at the peak, or pay for the memory"),
    "prompt-release": Answer("model", "release no prompt without its evaluation, whoever asks for it"),
    "injection": Answer("security", "decide which sources outsiders may write, and what may be reached from them"),
    "retrieval-stale": Answer("data", "let it decline when its sources are too old"),
    "agent-loop": Answer("business", "set the sum that one task may spend before it stops"),
    "wrong-act": Answer("business", "say which acts always wait for a person, and who that is"),
    "wrong-adapter": Answer("security", "never give the name of one tenant's adapter to another"),
    "adapter-thrash": Answer("platform", "pay for memory, or separate the tenants"),
    "expert-imbalance": Answer("platform", "accept a slower narrow customer, or pay for copies of hot experts"),
    "vendor-retires": Answer("business", "pay for keeping a second vendor's model evaluated"),
    "vendor-limits": Answer("business", "buy a quota in writing before the launch"),
    # scores, vectors, pictures
    "training-serving-skew": Answer("data", "make one team answer for a feature in training and in production"),
    "feedback-loop": Answer("model", "give a small random share up, so that the model can be proved wrong"),
    "late-labels": Answer("data", "pay for labels by hand where truth comes late"),
    "reindex-forgotten": Answer("data", "pay for a whole rebuild with each change of model"),
    "hard-inputs": Answer("model", "fund samples from each new device or site"),
    # jobs and devices
    "poison-record": Answer("data", "say how many set-aside records stop a run"),
    "wrong-input-day": Answer("data", "let a run refuse stale input, also when its result is awaited"),
    "thermal": Answer("platform", "name the oldest device that is still supported"),
    "fleet-split": Answer("service", "set the date after which old versions lose support"),
    "engine-of-another-board": Answer("platform", "buy one board type, or pay for one build for each"),
    "deadline-miss": Answer("service", "accept the machine's stops, since each one is a deadline missed safely"),
    # releases
    "canary-judged-on-few": Answer("service", "let a release wait for evidence, also when its date was announced"),
    "canary-cold-caches": Answer("platform", "pay for a fresh copy of the stable version during releases"),
    "blue-green-everyone": Answer("business", "accept that everybody meets a new version together, or wait for traffic to canary on"),
    "shadow-side-effects": Answer("service", "let the mirror stand only where nothing can be written"),
    "shadow-starves-stable": Answer("platform", "pay for the dependencies of both versions while a shadow runs"),
    "ab-uneven-arms": Answer("business", "accept that an experiment with uneven arms is thrown away"),
    "first-ring-flatters": Answer("service", "pay for test devices of every supported class"),
    "ring-out-of-reach": Answer("service", "accept that a fleet offline comes back by itself, or not until it surfaces"),
    "swap-without-previous": Answer("data", "keep outputs as long as their errors take to be noticed"),
    # data
    "privacy-leak": Answer("data", "accept no sink without redaction in front, also for debugging"),
    "health-in-passing": Answer("data", "end free text first, though it explains most"),
    "curious-colleague": Answer("data", "have readings without a case looked at every week, by name"),
    "card-in-free-text": Answer("security", "decide which systems may ever hold a card number"),
    "child-discloses": Answer("business", "name the person who is called, and within which time"),
    "age-unknown": Answer("business", "require a login by person instead of by device"),
    "biometric-kept": Answer("data", "forbid diagnostics that carry their input"),
    "secret-in-code": Answer("security", "remove secrets from files; filters only reduce the harm"),
    "licence-in-code": Answer("business", "set the longest suggestion, with counsel"),
    "confidential-crosses": Answer("security", "say which departments may share one service"),
    # every service
    "silent-drift": Answer("model", "pay for labels on a fresh sample, every month"),
    "oom-at-peak": Answer("platform", "accept refusals at the peak, or pay for headroom"),
    "cold-start": Answer("business", "pay for the floor before announced peaks, and announce them"),
    "moving-weights": Answer("platform", "accept nothing that is named by a tag"),
    "import-expiry": Answer("platform", "give the import procedure an owner and a date each quarter"),
    "blind": Answer("platform", "pay for a watch outside the service it watches"),
    # what only some kinds have; these ask in their own words
    "ab-contamination": Answer("business"),
    "all-to-all-slow": Answer("platform"),
    "approval-reflex": Answer("business"),
    "bell-at-eight": Answer("business"),
    "both-away": Answer("business"),
    "cancel-storm": Answer("service"),
    "clock-skew-sensors": Answer("platform"),
    "cut-off-moves": Answer("model"),
    "declines-the-weak": Answer("business"),
    "dirty-lens": Answer("service"),
    "disk-for-one": Answer("platform"),
    "evacuation-cold": Answer("business"),
    "false-calm": Answer("business"),
    "first-search-moved": Answer("data"),
    "frozen-frame": Answer("platform"),
    "hard-pieces-slow": Answer("service"),
    "hint-becomes-answer": Answer("business"),
    "killed-in-background": Answer("service"),
    "late-is-never": Answer("business"),
    "list-grows": Answer("service"),
    "operator-fallback": Answer("model"),
    "patch-forgotten": Answer("business"),
    "preprocess-differs": Answer("model"),
    "reservation-ends": Answer("business"),
    "rich-get-richer": Answer("business"),
    "rights-lag": Answer("security"),
    "rule-too-wide": Answer("business"),
    "seam-lost": Answer("model"),
    "skewed-partition": Answer("data"),
    "small-language": Answer("business"),
    "swap-early": Answer("platform"),
    "switch-half-way": Answer("data"),
    "threshold-probing": Answer("security"),
    "tool-half-done": Answer("service"),
    "two-laws": Answer("data"),
    "unequal-declines": Answer("model"),
}
