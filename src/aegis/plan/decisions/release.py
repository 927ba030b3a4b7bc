"""How a version reaches users, and what sends it back."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import PRODUCTION, Decision, Weight

CRITERIA: tuple[tuple[str, Weight], ...] = (
    ("harm before it is noticed", "must"),
    ("goes back without a person", "must"),
    ("evidence at this traffic", "high"),
    ("extra capacity", "medium"),
)


@spoken
def decide(case: Case) -> Decision:
    """The strategy that can tell good from bad at this traffic, with an automated way back."""
    return choose(
        id="release-strategy",
        question="How does a new version reach users, and what sends it back?",
        candidates=_ordered(case),
        title="Release by <chosen>, with an automated way back",
        reasons=_reasons(case),
        criteria=CRITERIA,
        later=_LATER["device" if case.on_device else "job" if case.is_batch else "service"],
        improves=("reliable", "understandable"),
        shown_by="**change failure rate** and **time from breach to the old version**",
        revisit_when="traffic changes by a factor, or a rollback turns out to have been wrong",
        applies_to=PRODUCTION,
    )


def _reasons(case: Case) -> list[str]:
    reasons = [
        "models, prompts, engines and configuration are all releases: each passes the same gates"
        if case.is_llm
        else "models, features, engines and configuration are all releases: each passes the same gates",
        "no data is never a pass: a silent metric holds the release",
    ]
    if case.brief.release.rollback in {"none", "manual"}:
        reasons.append(
            f"the brief asks for `{case.brief.release.rollback}` rollback (`release.rollback`): a person who must be woken "
            "is slower than the harm"
        )
    if case.brief.release.strategy == "all-at-once":
        reasons.append(
            "the brief asks for everything at once (`release.strategy`): what goes wrong then reaches "
            "everyone before anyone can look"
        )
    return reasons


def _ordered(case: Case) -> list[Candidate]:
    if case.on_device:
        return [_staged_fleet(), _all_at_once()]
    if case.is_batch:
        return [_job_swap(), _all_at_once()]
    candidates = [_blue_green(case), _canary(case), _shadow(case), _ab(case), _all_at_once()]
    wish = case.brief.release.strategy
    if wish in {"canary", "blue-green", "shadow", "ab"}:
        candidates.sort(key=lambda c: (bool(c.fails), c.id != wish))
    return candidates


def _blue_green(case: Case) -> Candidate:
    quiet = case.numbers.value("traffic.mean") < 0.05
    double = (
        case.capacity is not None and case.capacity.shape == "accelerators" and not case.managed
    )
    fails = ""
    if not quiet and case.brief.release.strategy != "blue-green":
        fails = "everyone would meet the new version at once, though traffic is enough to try it on a few first"
    elif double and case.brief.placement.accelerators:
        fails = "it needs every device twice, and the brief lists the devices there are"
    return Candidate(
        id="blue-green",
        name="blue-green",
        good="the old version stays up beside the new one: the way back is a switch",
        bad="everyone meets the new version together, and it needs the capacity twice while both stand",
        fails=fails,
        wins="so few requests arrive that a share of them could not tell anything; the switch back is instant",
        ratings={
            "harm before it is noticed": "poor",
            "goes back without a person": "good",
            "evidence at this traffic": "fair",
            "extra capacity": "poor",
        },
    )


def _canary(case: Case) -> Candidate:
    del case
    return Candidate(
        id="canary",
        name="canary by weight",
        good="few people meet a bad version, and the evidence comes from real requests",
        bad="at low traffic a step takes long, and two versions answer side by side meanwhile",
        when="enough requests arrive to judge a share of them",
        wins="traffic is enough to judge on a small share of it, so harm stays small",
        ratings={
            "harm before it is noticed": "good",
            "goes back without a person": "good",
            "evidence at this traffic": "good",
            "extra capacity": "good",
        },
    )


def _shadow(case: Case) -> Candidate:
    acts = any(tool.effect != "read" for tool in case.brief.workload.tools)
    return Candidate(
        id="shadow",
        name="shadow traffic, answers discarded",
        good="no user meets the new version; both answers can be compared pair by pair",
        bad="the mirrored capacity is paid in full, and nothing is learned about how users react",
        when="answers can be compared pair by pair before any user meets them, and capacity is spare",
        wins="the brief asks for it: both versions answer the same requests, and the users keep the proven one",
        fails="the agent's tools would act twice" if acts else "",
        ratings={
            "harm before it is noticed": "good",
            "goes back without a person": "good",
            "evidence at this traffic": "fair",
            "extra capacity": "poor",
        },
    )


def _ab(case: Case) -> Candidate:
    kpis = case.brief.release.kpis
    return Candidate(
        id="ab",
        name="A/B by user",
        good="measures whether users and the business gain",
        bad="an experiment, not a safety net: it needs weeks, a fixed question and a sample size",
        when="the question is whether users gain, and weeks are available to find out",
        wins="the brief asks whether users gain, and names the business figure that says so",
        fails="" if kpis else "the brief names no business figure to decide on (`release.kpis`)",
        ratings={
            "harm before it is noticed": "fair",
            "goes back without a person": "fair",
            "evidence at this traffic": "fair",
            "extra capacity": "good",
        },
    )


def _all_at_once() -> Candidate:
    return Candidate(
        id="all-at-once",
        name="everyone at once",
        good="the release is over in a minute",
        bad="so is the service, when the version is bad",
        fails="a hard rule: no untested variant goes to all traffic, and no release without an automated way back",
        ratings={"harm before it is noticed": "poor", "goes back without a person": "poor"},
    )


def _staged_fleet() -> Candidate:
    return Candidate(
        id="staged-fleet",
        name="staged fleet by share of devices",
        good="a bad model meets few devices; the previous one stays on the device as the way back",
        bad="devices report late, some never: a stage lasts days, not minutes",
        wins="devices cannot be recalled in minutes, so each keeps the last good model and returns to it by itself",
        ratings={
            "harm before it is noticed": "good",
            "goes back without a person": "good",
            "evidence at this traffic": "fair",
        },
    )


def _job_swap() -> Candidate:
    return Candidate(
        id="job-swap",
        name="both versions on a sample, then the swap",
        good="the new version scores a sample beside the old one before its results are used",
        bad="a difference that shows only downstream is found a day late: keep the previous output",
        wins="a run can be compared with the last one before anybody reads it, and the last output is the way back",
        ratings={
            "harm before it is noticed": "good",
            "goes back without a person": "good",
            "evidence at this traffic": "good",
        },
    )


_LATER = {
    "service": Later(
        load="a release is watched by the judge, not by a person; the rota reads one verdict",
        maintenance="margins and metrics are reviewed each quarter",
        lock_in="the step list is data; every controller can carry it out",
        drift="each release leaves an evidence record for the auditor",
    ),
    "device": Later(
        load="two versions in the field at any time; support must be able to tell them apart",
        maintenance="the oldest supported model version is a date, not a hope",
        lock_in="the update channel of the platform",
        drift="telemetry is personal data in many places: counters only, with consent",
    ),
    "job": Later(
        load="one comparison report a release",
        maintenance="the sample is drawn again each quarter",
        lock_in="none",
        drift="previous outputs are kept for as long as the retention rule allows",
    ),
}
