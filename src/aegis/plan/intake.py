"""What the brief says becomes numbers; what it leaves out becomes assumptions and questions."""

from __future__ import annotations

from aegis.base.prose import name
from aegis.brief.schema import ONLINE_KINDS, Tokens
from aegis.plan.case import Case, listed
from aegis.plan.types import Question

# Defaults are assumptions, each with what would settle it. None of them is a published figure.
_LENGTHS: dict[str, tuple[int, int, str]] = {
    "chat": (600, 250, "a chat turn with a short history and an answer of a few paragraphs"),
    "completion": (400, 120, "a completion with some context around the cursor"),
    "rag": (2500, 300, "a question with several retrieved passages and a short answer"),
    "agent": (4000, 400, "an agent step that carries instructions, tool results and a plan"),
}
_TTFT_MS = {"chat": 1000.0, "completion": 300.0, "rag": 1500.0, "agent": 2000.0}
_TPOT_MS = {"chat": 60.0, "completion": 30.0, "rag": 60.0, "agent": 50.0}
_LATENCY_MS = {
    "embedding": 200.0,
    "reranking": 200.0,
    "prediction": 100.0,
    "ranking": 100.0,
    "vision": 500.0,
    "speech": 2000.0,
}
_LOGS = "your request logs; until then `aegis init` asks"


def take_in(case: Case) -> None:
    """Registers every figure that later decisions use, given or assumed."""
    _model(case)
    _traffic(case)
    _lengths(case)
    _objectives(case)
    _evaluation(case)
    _data(case)
    _impact(case)
    _place(case)
    _team(case)


def _model(case: Case) -> None:
    if case.brief.model is None:
        case.ask(
            Question(
                id="model",
                asks="Which model do you want to serve, at which revision and under which licence?",
                decides="the engine, the accelerator, the cost and everything that is pinned",
                decisions=("engine", "accelerator", "quantization"),
                field="model.reference",
                meanwhile="no model is assumed; capacity and cost stay open",
                weight=95,
            )
        )


def _traffic(case: Case) -> None:
    traffic, kind = case.brief.workload.traffic, case.kind
    if kind not in ONLINE_KINDS:
        return
    if traffic.peak_rps:
        case.numbers.given("traffic.peak", traffic.peak_rps, "req/s", "workload.traffic.peak_rps")
    else:
        case.numbers.assume(
            "traffic.peak",
            1.0,
            "req/s",
            reason="no rate is given; one request a second is what one small replica is asked first",
            settled_by=_LOGS,
        )
        case.assumptions.append(
            "Peak traffic is {traffic.peak}, because the brief names none. It decides replicas, "
            "cost and how long a canary needs."
        )
        case.ask(
            Question(
                id="peak",
                asks="How many requests a second arrive in your busiest minute?",
                decides="the number of replicas, the cost and how fast a canary can judge",
                decisions=("run-where", "accelerator", "scaling", "release-strategy"),
                field="workload.traffic.peak_rps",
                meanwhile="{traffic.peak} is assumed",
                weight=90,
            )
        )
    peak = case.numbers.value("traffic.peak")
    if traffic.mean_rps:
        case.numbers.given("traffic.mean", traffic.mean_rps, "req/s", "workload.traffic.mean_rps")
    else:
        case.numbers.assume(
            "traffic.mean",
            peak / 4,
            "req/s",
            reason="a quarter of the peak: days have nights and weeks have weekends",
            settled_by=_LOGS,
        )
        case.assumptions.append(
            "Mean traffic is {traffic.mean}, a quarter of the peak. It decides utilisation and "
            "therefore cost per request."
        )
    burst = traffic.burstiness
    if burst is not None:
        case.numbers.given("traffic.burstiness", burst, "", "workload.traffic.burstiness")
    else:
        case.numbers.assume(
            "traffic.burstiness",
            1.0,
            "",
            reason="arrivals of many independent people are close to Poisson",
            settled_by="the variance of the gaps between requests in your logs",
        )
    if growth := traffic.growth_percent_per_month:
        case.numbers.given(
            "traffic.growth", growth, "% a month", "workload.traffic.growth_percent_per_month"
        )


def _length(case: Case, which: str, tokens: Tokens | None, default: int, reason: str) -> None:
    key = f"tokens.{which}"
    path = f"workload.{which}_tokens"
    if tokens:
        case.numbers.given(f"{key}.mean", tokens.mean, "tokens", f"{path}.mean")
        for further in ("p50", "p90", "p99", "longest"):
            if value := getattr(tokens, further):
                case.numbers.given(f"{key}.{further}", value, "tokens", f"{path}.{further}")
        if tokens.p95:
            case.numbers.given(f"{key}.p95", tokens.p95, "tokens", f"{path}.p95")
            return
    else:
        case.numbers.assume(f"{key}.mean", default, "tokens", reason=reason, settled_by=_LOGS)
        case.assumptions.append(
            f"The {which} has {{{key}.mean}} on average, because the brief does not say. It decides "
            "memory for the KV cache and the time to first token."
        )
    case.numbers.assume(
        f"{key}.p95",
        _tail(tokens, 2.5 * case.numbers.value(f"{key}.mean")),
        "tokens",
        reason="lengths of real traffic have a long tail; two and a half times the mean, within what the brief says",
        settled_by=_LOGS,
    )


def _tail(tokens: Tokens | None, guess: float) -> float:
    """The guess at the 95th percentile, between the percentiles that are known."""
    if tokens is None:
        return guess
    most = tokens.p99 or tokens.longest or guess
    return max(min(guess, most), tokens.p90 or 0)


def _lengths(case: Case) -> None:
    workload = case.brief.workload
    if case.kind not in _LENGTHS:
        return
    given_in, given_out, reason = _LENGTHS[case.kind]
    _length(case, "input", workload.input_tokens, given_in, reason)
    _length(case, "output", workload.output_tokens, given_out, reason)
    if workload.shared_prefix_percent is not None:
        case.numbers.given(
            "tokens.shared_prefix",
            workload.shared_prefix_percent,
            "%",
            "workload.shared_prefix_percent",
        )


def _objective(
    case: Case, number: str, field: str, default: float | None, unit: str, reason: str
) -> None:
    value = getattr(case.brief.objectives, field)
    if value is not None:
        case.numbers.given(number, value, unit, f"objectives.{field}")
    elif default is not None:
        case.numbers.assume(
            number,
            default,
            unit,
            reason=reason,
            settled_by="what your users notice; agree it with the owner of the product",
        )
        case.assumptions.append(
            f"The objective `{field}` is {{{number}}}, because the brief sets none. It decides "
            "when somebody is woken and when a release goes back."
        )


def _objectives(case: Case) -> None:
    kind, brief = case.kind, case.brief
    around_the_clock = brief.team.on_call == "24x7"
    availability = 99.9 if around_the_clock else 99.5
    if kind in ONLINE_KINDS:
        _objective(
            case, "slo.availability", "availability_percent", availability, "%",
            "nobody can promise more than the rota can keep"
            if not around_the_clock
            else "a rota around the clock can keep it with one zone lost",
        )  # fmt: skip
    else:
        _objective(
            case, "slo.availability", "availability_percent", 99.0, "%",
            "share of runs or inferences that end with a usable result",
        )  # fmt: skip
    if case.is_llm:
        reason = "a person waits for the first word and then reads along"
        _objective(case, "slo.ttft", "ttft_p95_ms", _TTFT_MS[kind], "ms", reason)
        _objective(case, "slo.tpot", "tpot_p95_ms", _TPOT_MS[kind], "ms", reason)
        _objective(case, "slo.latency", "latency_p95_ms", None, "ms", "")
    elif kind in _LATENCY_MS:
        _objective(
            case, "slo.latency", "latency_p95_ms", _LATENCY_MS[kind], "ms",
            "the caller waits for this answer inside another request",
        )  # fmt: skip
        _objective(case, "slo.latency_p99", "latency_p99_ms", None, "ms", "")
    if kind in ONLINE_KINDS:
        _objective(case, "slo.goodput", "goodput_percent", None, "%", "")
    case.numbers.assume(
        "slo.window",
        28.0,
        "days",
        reason="four whole weeks, so that every window has the same number of weekends",
        settled_by="the period in which you report to your users",
    )
    device = brief.workload.device
    if device:
        for field, number, unit in (
            ("latency_ms", "device.latency", "ms"),
            ("memory_mb", "device.memory", "MB"),
            ("power_w", "device.power", "W"),
        ):
            value = getattr(device, field)
            if value is not None:
                case.numbers.given(number, value, unit, f"workload.device.{field}")
        if kind == "robotics" and device.power_w is None:
            case.ask(
                Question(
                    id="power",
                    asks="How much power may inference draw on the robot, and how warm may it get?",
                    decides="the precision, the model size and the duty cycle",
                    decisions=("quantization", "edge-runtime"),
                    field="workload.device.power_w",
                    meanwhile="no power budget is assumed; the pilot measures it first",
                    weight=88,
                )
            )
    if job := brief.workload.batch:
        case.numbers.given("batch.items", job.items, "items", "workload.batch.items")
        case.numbers.given(
            "batch.deadline", job.deadline_hours, "h", "workload.batch.deadline_hours"
        )


def _evaluation(case: Case) -> None:
    sets = case.brief.evaluation
    for i, dataset in enumerate(sets or ()):
        key = f"evaluation.{dataset.name}"
        case.numbers.given(f"{key}.items", dataset.items, "items", f"evaluation.{i}.items")
        case.numbers.given(f"{key}.threshold", dataset.threshold, "", f"evaluation.{i}.threshold")
    if not sets:
        what = {
            "rag": "Which questions with known answers and passages may be used to judge it?",
            "agent": "Which recorded tasks with known outcomes may be used to judge it?",
            "chat": "Which conversations may be used to judge its answers?",
            "speech": "Which recordings with transcripts may be used to judge it?",
        }.get(case.kind, "Which labelled examples may be used to judge it?")
        case.ask(
            Question(
                id="evaluation",
                asks=what,
                decides="the evaluation gate, and with it whether production may open at all",
                decisions=("evaluation-stack", "release-strategy"),
                field="evaluation",
                meanwhile="production stays closed; staging may start",
                weight=100,
            )
        )


def _data(case: Case) -> None:
    data = case.brief.data
    if not data.classes:
        case.assumptions.append(
            "Requests are treated as **personal data**, because the brief does not say what they "
            "contain. It decides redaction, retention and who may read logs."
        )
        case.ask(
            Question(
                id="data-classes",
                asks="What do requests and answers contain: personal, health, payment data, or none "
                "of these?",
                decides="redaction, retention, residency and which requirements apply",
                decisions=("data-retention", "network", "run-where"),
                field="data.classes",
                meanwhile="personal data is assumed",
                weight=80,
            )
        )
    if data.retention_days is not None:
        case.numbers.given("retention.days", data.retention_days, "days", "data.retention_days")
        return
    case.numbers.assume(
        "retention.days",
        30.0,
        "days",
        reason="long enough to investigate an incident that is noticed late, and no longer",
        settled_by="your data protection officer",
    )
    case.assumptions.append(
        "Redacted requests, answers and decisions are kept for {retention.days}. It decides the "
        "audit store and the erasure path."
    )
    if case.is_llm or case.personal:
        case.ask(
            Question(
                id="retention",
                asks="How long may requests and answers be kept, and who may read them?",
                decides="the audit store, the erasure path and the evidence after an incident",
                decisions=("data-retention",),
                field="data.retention_days",
                meanwhile="{retention.days} after redaction are assumed",
                weight=60 if case.personal else 35,
            )
        )


def _impact(case: Case) -> None:
    if case.brief.impact.level is None and not case.brief.impact.areas:
        case.assumptions.append(
            "Impact is treated as **moderate**, because the brief does not say what a wrong answer "
            "does to somebody. It decides which reviews stand before production."
        )
        case.ask(
            Question(
                id="impact",
                asks="What happens to a person when an answer is wrong and nobody notices?",
                decides="security review, compliance assessment and red-teaming before production",
                decisions=("release-strategy", "gateway"),
                field="impact.level",
                meanwhile="moderate impact is assumed",
                weight=70,
            )
        )


def _place(case: Case) -> None:
    placement = case.brief.placement
    if placement.where is None and not case.on_device:
        case.assumptions.append(
            "It runs in a **public cloud**, because the brief does not say. It decides prices, "
            "tenancy and residency."
        )
        case.ask(
            Question(
                id="where",
                asks="Where may it run: a public cloud (which region), your own machines, or both?",
                decides="the platform, prices, residency and who patches the hosts",
                decisions=("run-where", "accelerator", "network"),
                field="placement.where",
                meanwhile="a public cloud is assumed",
                weight=65,
            )
        )
    if placement.zones:
        case.numbers.given("placement.zones", placement.zones, "zones", "placement.zones")


def _team(case: Case) -> None:
    team = case.brief.team
    if team.on_call is None:
        case.assumptions.append(
            "Nobody is **on call** at night, because the brief does not say. It decides what may "
            "page and what must heal by itself."
        )
        case.ask(
            Question(
                id="on-call",
                asks="Who can stop a release on a Saturday night?",
                decides="whether a release may bake over a weekend, and what may page",
                decisions=("release-strategy", "monitoring-stack"),
                field="team.on_call",
                meanwhile="nobody is assumed; releases start on working days only",
                weight=40,
            )
        )
    if team.size:
        case.numbers.given("team.size", team.size, "people", "team.size")
    if owners := team.owners:
        named = listed(f"{role}: {name(who)}" for role, who in sorted(owners.items()))
        case.assumptions.append(f"Owners are as the brief names them ({named}).")
