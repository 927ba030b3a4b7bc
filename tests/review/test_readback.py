"""The reader of finished pages: it finds every planted figure and accepts every true one."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.base.number import Assumption, Estimate, Fact, Given
from aegis.brief.read import read_brief
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan
from aegis.review.readback import unmatched_numbers

_BRIEF = """
name: help-desk
purpose: Answers questions about the Series 7 printers of our shop
users: {who: customers}
workload: {kind: chat, traffic: {peak_rps: 20, mean_rps: 5}, input_tokens: {mean: 1234}}
model: {reference: meta-llama/Llama-3.1-8B-Instruct}
objectives: {availability_percent: 99.95}
data: {classes: [personal]}
team: {size: 4, orchestrator: kubernetes}
"""


@cache
def _plan() -> Plan:
    brief = read_brief(_BRIEF).brief
    assert brief is not None
    plan = make_plan(brief, Versions(catalog_sha256="0" * 64, aegis_version="0.1.0"))
    ours = {
        "x.rate": Fact(value=1500000, unit="req/s", source=Given(path="x")),
        "x.wait": Estimate(value=812.6, low=640.2, high=1234.5, unit="ms", formula="f", inputs=()),
        "x.share": Assumption(value=0.0995, unit="", reason="because", settled_by="a count"),
    }
    return plan.model_copy(update={"numbers": {**plan.numbers, **ours}})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The peak is 20 req/s.", id="given"),
        pytest.param("It holds 1,500,000 req/s at most.", id="thousands"),
        pytest.param("It holds 1.5M req/s.", id="multiple"),
        pytest.param(r"About 813 ms \[640–1,230\][^x.wait].", id="interval"),
        pytest.param("Between 640 and 1,230 ms.", id="range in words"),
        pytest.param("a share of 0.0995", id="small"),
        pytest.param("**99.95** % are good", id="bold, unit after the markup"),
        pytest.param("served by Llama\\-3.1\\-8B\\-Instruct", id="escaped name of the model"),
        pytest.param("see `--max-num-seqs 777`", id="code span"),
        pytest.param("``a ` 31 `` and ` 32 `", id="code span with a backtick"),
        pytest.param("```sh\ncurl :8080 -m 17\n```", id="code block"),
        pytest.param("[the page](https://example.org/a(7)/2024?x=31)", id="link target"),
        pytest.param("<https://example.org/31>", id="bare link"),
        pytest.param("[^a.77]: Given by the brief.", id="label of a footnote"),
        pytest.param("1. first\n2. second\n3. third", id="list markers"),
        pytest.param("p95 and L40S and FP8 and v3", id="digits inside words"),
        pytest.param("encrypted with AES-256", id="term with a hyphen"),
        pytest.param(
            "answers questions about the Series 7 printers of our shop", id="words of the brief"
        ),
    ],
)
def test_accepts_what_the_plan_knows(text: str) -> None:
    assert unmatched_numbers(text, _plan()) == []


@pytest.mark.parametrize(
    ("text", "numeral"),
    [
        pytest.param("It takes 37 ms.", "37", id="unknown value"),
        pytest.param("The wait is 20 ms.", "20", id="known value, other unit"),
        pytest.param("It costs $20 a month.", "20", id="known value, a currency before it"),
        pytest.param("It costs USD20.", "20", id="currency code without a space"),
        pytest.param("41% faster", "41", id="unknown value as a percentage"),
        pytest.param("twenty to 35x faster", "35", id="factor"),
        pytest.param("It holds 1,500,001 req/s.", "1,500,001", id="one more than known"),
        pytest.param("About 815 ms.", "815", id="near an estimate"),
        pytest.param("About 800 ms.", "800", id="rounder than three digits"),
        pytest.param("99.9 % are good", "99.9", id="rounder availability"),
        pytest.param("up to 20–37 req/s", "37", id="second of a range"),
        pytest.param("| a | 37 |\n| --- | --- |", "37", id="cell of a table"),
        pytest.param(
            "47. not the start of a list", "47", id="number that only looks like a marker"
        ),
        pytest.param("in **3**7 ms", "37", id="split by markup"),
        pytest.param("3\\7 and `x` 38 ms", "38", id="after a code span"),
        pytest.param("sub-37 latency", "37", id="after a hyphen"),
        pytest.param("Series 41 printers", "41", id="another name"),
        pytest.param("½ of the traffic", "½", id="fraction sign"),
        pytest.param("within ٣٧ ms", "٣٧", id="other digits"),
        pytest.param("release 9.8.7", "9.8.7", id="version nobody named"),
        pytest.param("since 2019-01-31", "2019", id="date nobody named"),
        pytest.param("a `` half open 37 ms", "37", id="unclosed code span"),
        pytest.param("[37 ms](https://example.org)", "37", id="text of a link"),
        pytest.param("> [!NOTE]\n> 37 ms", "37", id="callout"),
        pytest.param("- [ ] wait 37 ms", "37", id="task"),
    ],
)
def test_finds_a_planted_figure(text: str, numeral: str) -> None:
    assert numeral in [s.numeral for s in unmatched_numbers(text, _plan())]


@pytest.mark.parametrize(
    ("body", "numerals"),
    [
        pytest.param("<p>20 req/s</p>", [], id="known"),
        pytest.param('<p><button class="n">813</button> ms [640–1,230]</p>', [], id="button"),
        pytest.param("<p>20 ms</p>", ["20"], id="other unit"),
        pytest.param("<p>3<b>7</b> ms</p>", ["37"], id="split by an element"),
        pytest.param("<p>a</p><p>37</p>", ["37"], id="block"),
        pytest.param('<p title="37 ms">a</p>', ["37"], id="title"),
        pytest.param("<pre>37</pre><code>38</code><script>39</script>", [], id="code"),
        pytest.param("<svg><text>37 ms</text></svg>", ["37"], id="drawing of ours"),
        pytest.param('<figure class="chart"><svg><text>37</text></svg></figure>', [], id="chart"),
        pytest.param("<br>37<hr>", ["37"], id="void elements"),
        pytest.param("<p>&#51;7 ms</p>", ["37"], id="character reference"),
    ],
)
def test_reads_html_as_it_is_seen(body: str, numerals: list[str]) -> None:
    page = f"<!doctype html><html><head><style>a{{b:37px}}</style></head><body>{body}</body></html>"
    assert [s.numeral for s in unmatched_numbers(page, _plan())] == numerals


@settings(deadline=None, max_examples=15)
@given(st.integers(min_value=10_000_019, max_value=10**12), st.sampled_from(["ms", "USD", "", "%"]))
def test_any_large_figure_that_is_planted_is_found(value: int, unit: str) -> None:
    """Whatever the figure and its unit, as long as it is no number of the plan."""
    assert value not in {n.value for n in _plan().numbers.values()}
    for text in (f"It is {value} {unit}.", f"**{value:,}** {unit}", f"| {value} {unit} |"):
        assert unmatched_numbers(text, _plan())


@settings(deadline=None, max_examples=15)
@given(st.text())
def test_never_fails(text: str) -> None:
    """Any text gets an answer, and each finding points into it."""
    assert isinstance(unmatched_numbers(text, _plan()), list)


def test_says_where() -> None:
    (stray,) = unmatched_numbers("fine\n\nbut 37 ms here", _plan())
    assert (stray.numeral, stray.line) == ("37", 3)
    assert "but 37 ms here" in str(stray)
