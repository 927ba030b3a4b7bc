"""Every value keeps the words it came from, and what nobody said is not stated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    ],
)
def test_what_is_not_meant_is_not_stated(said: str, field: str) -> None:
    assert understand(said).value(field) is None


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
