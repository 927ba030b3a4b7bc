"""Evaluation and monitoring stacks, and whether the model is trained again."""

from __future__ import annotations

from aegis.catalog.loader import tools
from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import Decision

_EVALUATION = {
    "langsmith": "LangSmith",
    "phoenix": "Phoenix",
    "giskard": "Giskard",
    "langfuse": "Langfuse",
}
_HOSTED = {"langsmith"}
_FOR_TEXT = {"langsmith", "phoenix", "langfuse"}  # traces of prompts: nothing to show elsewhere


@spoken
def evaluation(case: Case) -> Decision:
    """What judges a release before users do."""
    mine = next((o for o in case.brief.team.observability if o in _EVALUATION), "")
    candidates = [
        Candidate(
            id="aegis-evaluate",
            name="`aegis evaluate` over versioned data sets".replace("`", ""),
            good="paired comparison with the running release, per slice, with a stated error rate; runs offline",
            bad="no page for annotators: labels come from your own process",
            wins="the gate needs a verdict with an error rate, from files that are versioned like code",
        ),
        *(
            _platform(case, tool, name, mine=mine)
            for tool, name in _EVALUATION.items()
            if case.is_llm or tool == mine or tool not in _FOR_TEXT
        ),
        Candidate(
            id="eyeball",
            name="a few people trying it",
            good="finds what no metric was written for",
            bad="nobody can say how sure they are, or repeat it",
            fails="cannot open a gate: there is no number, no repeat and no record; keep it as an addition",
        ),
    ]
    sets = case.brief.evaluation
    return choose(
        id="evaluation-stack",
        question="What judges a release before users do?",
        candidates=candidates,
        title="Judge releases with <chosen>",
        reasons=[
            "an evaluation set stands in the brief; its path and digest go into the plan"
            if sets
            else "no evaluation set is named: building one is the first task, and production waits for it",
            "prompts are code: a changed prompt is a release and meets the same gate"
            if case.is_llm
            else "thresholds and features are code: a change of either is a release and meets the same gate",
        ],
        later=Later(
            load="a verdict with a reason instead of a dashboard to interpret",
            maintenance="data sets are refreshed each quarter from production cases, with consent",
            lock_in="records are JSON lines",
            drift="a set that no longer looks like traffic judges the past: drift of the set itself is measured",
        ),
        improves=("reliable", "understandable"),
        shown_by="**regressions found before release** against **found by users**",
        revisit_when="annotators need a workplace, or several teams share data sets",
    )


def _platform(case: Case, tool: str, title: str, *, mine: str) -> Candidate:
    entry = next((t for t in tools() if t.id == tool), None)
    good = "; ".join(entry.good_for) if entry else "tracing and annotation in one place"
    return Candidate(
        id=tool,
        name=title,
        good=f"[[{good}]]" if any(c.isdigit() for c in good) else good,
        bad="one more system that holds prompts and answers",
        fails="it is its vendor's service and nothing may leave"
        if case.out_of_reach(tool)
        else "it would hold sensitive data at another company, and the brief names no agreement for that"
        if tool in _HOSTED and case.sensitive
        else "",
        when="annotators need a workplace, or several teams share data sets",
    ) if tool != mine else Candidate(
        id=tool,
        name=f"{title}, fed by the gate",
        good="the team reads traces there already",
        bad="it shows; it does not decide: the gate stays outside",
    )  # fmt: skip


@spoken
def monitoring(case: Case) -> Decision:
    """Where metrics, logs and traces go, and what wakes whom."""
    mine = set(case.brief.team.observability)
    hosted = mine & {"datadog", "new-relic", "cloud-native"}
    known = {"cloud-native": "your cloud's own", "datadog": "Datadog", "new-relic": "New Relic"}
    return choose(
        id="monitoring-stack",
        question="Where do metrics, logs and traces go, and what wakes whom?",
        candidates=(
            Candidate(
                id="hosted",
                name=f"the hosted service you have ({', '.join(known[h] for h in sorted(hosted))})"
                if hosted
                else "a hosted service",
                good="nothing to operate; alerts reach the phones they already reach",
                bad="priced by series and by gigabyte: labels from prompts ruin the bill and the privacy",
                fails="nothing may leave"
                if case.isolated
                else ("" if hosted else "the team has none today"),
                wins="the team already reads it at night",
            ),
            Candidate(
                id="prometheus",
                name="Prometheus, Alertmanager and Grafana, with OpenTelemetry for traces",
                good="every engine speaks it; rules and their unit tests are files in the bundle",
                bad="storage and retention are yours",
                wins="the rules, their tests and the dashboards are files that travel with the plan",
            ),
            Candidate(
                id="none",
                name="logs, read when something is wrong",
                good="nothing to set up",
                bad="the users are the monitoring",
                fails="a hard rule: no production plan without monitoring and alerting",
            ),
        ),
        title="Watch it with <chosen>",
        reasons=[
            "page on symptoms that users feel, by burn rate; everything else is a ticket",
            "drift and answer quality are watched as verdicts with an error rate, not as lines to eyeball",
        ],
        later=Later(
            load="few alerts, each with a runbook that starts with one command",
            maintenance="metric names are checked against the engine version at each upgrade",
            lock_in="rules are the common format",
            drift="labels never carry prompts, users or answers",
        ),
        improves=("reliable", "understandable"),
        shown_by="**pages per week** and **pages without an action** (none)",
        revisit_when="a page turns out to need no action, or an incident had no alert",
    )


@spoken
def training(case: Case) -> Decision:
    """Whether the model is trained again, and what starts it."""
    model = case.brief.model
    ours = bool(model and model.training.by_us)
    cadence = model.training.cadence if model else "never"
    consent = case.brief.data.training_consent
    return choose(
        id="continuous-training",
        question="Is the model trained again, and what starts it?",
        candidates=(
            Candidate(
                id="none",
                name="no training of our own",
                good="no training data to collect, consent or poison",
                bad="improvement waits for the next published version",
                fails="the brief says that you train it (`model.training.by_us`)" if ours else "",
                wins="the weights come from somebody else; what changes here is "
                + (
                    "prompts, retrieval and guardrails"
                    if case.is_llm
                    else "the version that is served and the thresholds around it"
                )
                + ", and each of them is released through the same gates",
            ),
            Candidate(
                id="on-drift",
                name="training started by a drift verdict",
                good="trains when the world moved, not when the calendar did",
                bad="labels arrive after drift does: the trigger must wait for them",
                fails=""
                if cadence == "on-drift"
                else "the brief asks for a calendar (`model.training.cadence`)",
                wins="a drift verdict with a stated false-alarm budget starts it, and the gate decides whether it ships",
            ),
            Candidate(
                id="scheduled",
                name=f"training by calendar ({cadence})",
                good="predictable load, predictable review",
                bad="a bad week of data is trained in on schedule: ingestion checks come first",
                wins="the calendar starts it, ingestion checks guard it, and the gate decides whether it ships",
            ),
        ),
        title="Continuous training: <chosen>",
        reasons=[
            f"consent for training on user data: `{consent}` (`data.training_consent`)",
            *(
                [
                    "feedback loops are named: a model that shapes its own training data is compared on a held-back share of traffic"
                ]
                if ours
                else []
            ),
        ],
        later=Later(
            load="a retrained model is a release like any other",
            maintenance="training code is tested on each change of its data",
            lock_in="none",
            drift="the purpose for which data was collected is checked again at each training",
        ),
        improves=("valuable",),
        shown_by="**quality on the newest labelled slice**",
        revisit_when="drift is detected twice in a quarter, or labels become available",
    )
