"""Every value keeps the words it came from, and what nobody said is not stated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.advisor.asides import asides
from aegis.advisor.understanding import Understood, understand
from aegis.brief.positions import Plain


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        pytest.param("an 8B chatbot for 500 support agents on AWS", "model.parameters_b", 8, id="size"),
        pytest.param("an 8B chatbot for 500 support agents on AWS", "users.count", 500, id="people"),
        pytest.param("an 8B chatbot for 500 support agents on AWS", "workload.kind", "chat", id="kind"),
        pytest.param("p95 under 2 s please", "objectives.latency_p95_ms", 2000, id="seconds"),
        pytest.param("first token within half a second", "objectives.ttft_p95_ms", 500, id="half-a-second"),
        pytest.param("p95 has been 4s; we need it under one and a half", "objectives.latency_p95_ms", 1500,
                     id="what-is-wanted-outranks-what-has-been"),
        pytest.param("three nines, please", "objectives.availability_percent", 99.9, id="nines"),
        pytest.param("uptime of 99,95 %", "objectives.availability_percent", 99.95, id="continental-decimal"),
        pytest.param("budget $40k a month", "budget.monthly_usd", 40000, id="money-a-month"),
        pytest.param("we may spend 120,000 USD per year", "budget.monthly_usd", 10000, id="money-a-year"),
        pytest.param("spend is 9,500 USD monthly today and must halve", "budget.monthly_usd", 4750, id="halved"),
        pytest.param("20k rps on Black Friday", "workload.traffic.peak_rps", 20000, id="rps"),
        pytest.param("4,320 calls per day to transcribe", "workload.traffic.mean_rps", 0.05, id="a-day-is-a-mean"),
        pytest.param("twenty-five hundred engineers", "users.count", 2500, id="number-words"),
        pytest.param("1.2M MAU, roughly 3% use the assistant", "users.count", 36000, id="a-share-of-all"),
        pytest.param("200-300 users", "users.count", 300, id="range-upper-end"),
        pytest.param("800 conseillers, hébergé chez nous", "placement.where", "on-premises", id="french"),
        pytest.param("zweitausendfünfhundert Nutzer, eigenes Rechenzentrum", "users.count", 2500, id="german"),
        pytest.param("dos mil quinientos usuarios en la nube", "users.count", 2500, id="spanish"),
        pytest.param("Qwen2.5-14B for us", "model.reference", "Qwen/Qwen2.5-14B-Instruct", id="one-model-fits"),
        pytest.param("gemma 27b for us", "model.reference", "gemma 27b", id="two-models-fit-so-as-said"),
        pytest.param("dev box: gemma 2b. prod: gemma 27b.", "model.parameters_b", 27.0, id="production-outranks"),
        pytest.param("4 x A100-80GB, on prem", "placement.accelerators.0.count", 4, id="devices"),
        pytest.param("no evaluation set yet", "evaluation", "no", id="no-evaluation"),
        pytest.param("we have 300 labelled tickets", "evaluation.items", 300, id="labelled"),
        pytest.param("on kuberntes", "team.orchestrator", "kubernetes", id="another-typo"),
        pytest.param("we run kubernets", "team.orchestrator", "kubernetes", id="typo"),
        pytest.param("AWS Ireland", "placement.clouds.0.regions", ["eu-west-1"], id="place-and-provider"),
        pytest.param("nothing may leave Frankfurt (Azure)", "data.residency", "Frankfurt", id="residency"),
        pytest.param("a team of two runs it", "team.size", 2, id="team"),
        pytest.param("Our competitor has 64 H100; we have two L4", "placement.accelerators.0.id", "nvidia-l4",
                     id="ours-not-a-competitor's"),
        pytest.param("Trained on 128 A100s, serving should fit on two L40S", "placement.accelerators.0.count", 2,
                     id="serving-not-training"),
        pytest.param("Last year 900 users, today 2,500", "users.count", 2500,
                     id="a-bare-number-leans-on-the-unit-before"),
        pytest.param("40 Anfragen pro Sekunde, nein, Moment, 14.", "workload.traffic.peak_rps", 14, id="a-correction"),
        pytest.param("25 rps. Actually scratch that, 40 rps.", "workload.traffic.peak_rps", 40,
                     id="a-second-value-corrects"),
        pytest.param("On average 8 requests a second, 45 at peak.", "workload.traffic.peak_rps", 45,
                     id="a-peak-without-its-unit"),
        pytest.param("120 texts per second to embed", "workload.traffic.peak_rps", 120, id="any-noun-a-second"),
        pytest.param("Pro Tag kommen ungefähr 3.000 E-Mails", "workload.traffic.mean_rps", 0.034722,
                     id="the-time-stands-first"),
        pytest.param("La disponibilidad actual es del 98 %, necesitamos 99,5 %", "objectives.availability_percent",
                     99.5, id="wanted-outranks-today"),
        pytest.param("TTFT under a second", "objectives.ttft_p95_ms", 1000, id="a-second-is-one"),
        pytest.param("TTFT < 500 ms p95, TPOT < 40 ms", "objectives.tpot_p95_ms", 40, id="each-figure-its-own-words"),
        pytest.param("a bank with 2 million customers wants a bot for its 4,300 employees", "users.count", 4300,
                     id="those-who-use-it-outrank-a-company's-customers"),
        pytest.param("2,000 of the 14,000 seats get it", "users.count", 2000, id="a-part-of-all"),
        pytest.param("ten percent of 5,000 staff", "users.count", 500, id="a-share-before-all"),
        pytest.param("40 stores with 12 employees each use it", "users.count", 480, id="places-times-people"),
        pytest.param("Un demi-million d'abonnés", "users.count", 500_000, id="half-a-million-french"),
        pytest.param("une vingtaine d'utilisateurs", "users.count", 20, id="about-twenty-french"),
        pytest.param("un milliard d'utilisateurs", "users.count", 1_000_000_000, id="one-milliard-french"),
        pytest.param("12 users, three engineers look after it", "team.size", 3, id="who-runs-it"),
        pytest.param("wir sind zu viert", "team.size", 4, id="german-by-fours"),
        pytest.param("We tried Mistral 7B and it was not good; the plan is Qwen3 32B", "model.reference",
                     "Qwen/Qwen3-32B",
                     id="the-model-that-is-not-taken-back"),
        pytest.param("gpt-4o is the prototype, prod needs Llama 3.3 70B", "model.reference",
                     "meta-llama/Llama-3.3-70B-Instruct", id="production-outranks-a-prototype"),
        pytest.param("the 14B Qwen3", "model.reference", "Qwen/Qwen3-14B", id="size-before-family"),
        pytest.param("embeddings with multilingual-e5-large", "model.reference", "intfloat/multilingual-e5-large",
                     id="a-name-as-the-catalog-has-it"),
        pytest.param("2 nodes 8xH100", "placement.accelerators.0.count", 16, id="devices-of-several-machines"),
        pytest.param("AWS or Azure, not decided", "placement.where", "cloud", id="one-of-two-clouds-is-a-cloud"),
        pytest.param("On quitte OVH pour GCP (Belgique)", "placement.clouds.0.provider", "gcp",
                     id="leaving-one-for-another"),
        pytest.param("customers in Singapore, hosting on GCP in Sydney", "placement.clouds.0.regions",
                     ["australia-southeast1"], id="the-place-beside-the-provider"),
        pytest.param("k8s yes, eks no: rke2", "team.orchestrator", "kubernetes", id="said-no-behind-it"),
        pytest.param("no tenemos datos de evaluacion", "evaluation", "no", id="accents-left-out"),
        pytest.param("production comes in summer, until then staging", "goal.environment", "staging",
                     id="staging-until-then"),
    ],
)  # fmt: skip
def test_what_is_said_is_stated(said: str, field: str, value: Plain) -> None:
    assert understand(said).value(field) == value


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param("we do not use AWS anymore", "placement.clouds.0.provider", id="any-more"),
        pytest.param(
            "we are migrating away from AWS", "placement.clouds.0.provider", id="away-from"
        ),
        pytest.param("no health data at all", "data.classes", id="no-data-of-a-class"),
        pytest.param("prompts of 900 tokens", "users.count", id="tokens-are-no-users"),
        pytest.param(
            "costs 0.5 dollars per million tokens", "budget.monthly_usd", id="a-price-is-no-budget"
        ),
        pytest.param("30 s audio clips", "objectives.latency_p95_ms", id="a-length-is-no-latency"),
        pytest.param("8B or 14B, not decided", "model.parameters_b", id="either-or-is-a-question"),
        pytest.param(
            "AWS or Azure, we have not decided",
            "placement.clouds.0.provider",
            id="one-cloud-or-another",
        ),
        pytest.param(
            "OVH ou nos serveurs, à vous de dire", "placement.where", id="one-place-or-another"
        ),
        pytest.param(
            "Which is better, Llama 70B or Qwen 72B?", "model.reference", id="one-model-or-another"
        ),
        pytest.param(
            "Our competitor has 64 H100", "placement.accelerators.0.id", id="a-competitor's-devices"
        ),
        pytest.param(
            "I used AWS at my last job",
            "placement.clouds.0.provider",
            id="another-employer's-cloud",
        ),
        pytest.param(
            "Notre concurrent utilise 32 H100",
            "placement.accelerators.0.id",
            id="a-competitor-french",
        ),
        pytest.param(
            "Früher AWS, heute alles im Keller", "placement.clouds.0.provider", id="the-past-german"
        ),
        pytest.param(
            "The old system answers in 12 seconds", "objectives.latency_p95_ms", id="the-old-system"
        ),
        pytest.param(
            "Backups go to AWS, inference stays here",
            "placement.clouds.0.provider",
            id="another-thing's-cloud",
        ),
        pytest.param("La reunión es con 15 personas el 4 de abril", "users.count", id="a-meeting"),
        pytest.param(
            "ISO 42001 is what the customer asks for", "users.count", id="the-number-of-a-norm"
        ),
        pytest.param("We are 99% sure", "team.size", id="a-share-is-no-team"),
        pytest.param("150 concurrent users", "users.count", id="at-once-is-not-how-many"),
        pytest.param("a couple of hundred users", "users.count", id="nobody-said-how-many-hundred"),
        pytest.param("a city with 80,000 inhabitants", "users.count", id="all-of-a-town"),
        pytest.param(
            "churn scores for 3 million customers", "users.count", id="people-who-are-scored"
        ),
        pytest.param(
            "GLM-4.5 as a coding agent",
            "workload.traffic.peak_rps",
            id="a-version-and-as-are-no-rate",
        ),
        pytest.param(
            "40 tokens per second", "workload.traffic.peak_rps", id="tokens-are-no-requests"
        ),
        pytest.param(
            "6 calls per minute per nurse", "workload.traffic.peak_rps", id="the-load-of-one-person"
        ),
        pytest.param(
            "Rate limit 10 requests per second per key", "workload.traffic.peak_rps", id="a-limit"
        ),
        pytest.param(
            "Rollback has to take less than 5 minutes",
            "objectives.latency_p95_ms",
            id="a-rollback-is-no-answer",
        ),
        pytest.param(
            "Alert me if p95 goes above 3 s",
            "objectives.latency_p95_ms",
            id="a-threshold-of-an-alert",
        ),
        pytest.param(
            "Revenue is 40 million dollars a year", "budget.monthly_usd", id="what-is-earned"
        ),
        pytest.param(
            "A licence costs $30 per user per month", "budget.monthly_usd", id="another's-price"
        ),
        pytest.param(
            "The hardware cost us 250,000 dollars", "budget.monthly_usd", id="what-was-paid"
        ),
        pytest.param("Is HIPAA relevant for us?", "frameworks", id="a-question-whether"),
        pytest.param(
            "Brauchen wir überhaupt Kubernetes?",
            "team.orchestrator",
            id="a-question-whether-german",
        ),
        pytest.param(
            "SOC 2 oui, HIPAA non : pas aux États-Unis",
            "jurisdictions",
            id="said-no-behind-it-french",
        ),
        pytest.param("PCI does not apply", "frameworks", id="does-not-apply"),
        pytest.param(
            "It handles photos? No, only letters", "workload.kind", id="one's-own-question-denied"
        ),
        pytest.param(
            "Our production line has 3 shifts", "goal.environment", id="a-factory-is-no-environment"
        ),
        pytest.param(
            "My colleague Virginia wants AWS",
            "placement.clouds.0.regions",
            id="a-person-is-no-place",
        ),
    ],
)
def test_what_is_not_meant_is_not_stated(said: str, field: str) -> None:
    assert understand(said).value(field) is None


def test_what_was_tried_and_liked_is_still_meant() -> None:
    understood = understand("My colleague tried bge-m3 and liked it")

    assert understood.value("model.reference") == "BAAI/bge-m3"


def test_a_stretch_about_others_ends_where_the_sentence_comes_back_to_us() -> None:
    text = "our competitor has 64 h100, a whole hall of them, but we have two l4"

    assert [text[a.start : a.end].strip() for a in asides(text)] == [
        "our competitor has 64 h100",
        "a whole hall of them",
    ]


def test_a_question_of_nothing_but_a_bracket_has_no_stretch() -> None:
    assert understand("(? no, we use AWS").value("placement.clouds.0.provider") == "aws"


def test_two_values_for_one_field_become_a_question() -> None:
    understood = understand("an assistant with 8B or 14B")
    assert [first.field for first, _ in understood.unsure] == ["model.parameters_b"]


def test_the_turn_of_a_sentence_is_heard() -> None:
    understood = understand("we do not use AWS anymore, everything is moving to GCP")
    assert understood.value("placement.clouds.0.provider") == "gcp"


def _spans_hold(understood: Understood) -> bool:
    return all(
        understood.said[s.start : s.end] == s.words and s.words.strip() for s in understood.stated
    )


@given(st.text(max_size=300))
def test_any_text_is_read_and_spans_point_into_it(text: str) -> None:
    assert _spans_hold(understand(text))


@given(st.text(alphabet="0123456789 .,%$€kKmMbB/xX-", max_size=80))
def test_figures_without_words_state_little_and_never_crash(text: str) -> None:
    understood = understand(text)
    assert _spans_hold(understood)
    assert understood.value("users.count") is None


def test_invisible_characters_and_full_width_digits_change_nothing() -> None:
    understood = understand("５００ sup\u200bport agents")
    assert understood.value("users.count") == 500
    assert _spans_hold(understood)
