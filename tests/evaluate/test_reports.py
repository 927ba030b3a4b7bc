"""JUnit, HTML and Prometheus text: nothing unknown looks like a pass, nothing is loaded."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.evaluate.reports.junit import Case, junit
from aegis.evaluate.reports.metrics import Gauge, metrics_text
from aegis.evaluate.reports.page import Line, Mark, Table, page


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(list(Verdict)))
def test_junit_is_xml_whatever_a_model_says(name: str, said: str, verdict: Verdict) -> None:
    """Control characters and marks in answers break no pipeline, and only a pass passes."""
    root = ET.fromstring(junit("suite", [Case(name=name, verdict=verdict, detail=said)]))  # noqa: S314
    suite = root[0]

    assert suite.get("tests") == "1"
    bad = int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
    assert bad == (verdict is not Verdict.PASSED)
    assert (len(suite[0]) == 0) is (verdict is Verdict.PASSED)


@given(st.text(max_size=40))
def test_what_a_model_says_stays_text(said: str) -> None:
    """An answer with a script in it is shown, not run."""
    text = page(
        said, verdict=Verdict.FAILED, lead=[said],
        tables=[Table(title=said, columns=("a", "#b"), lines=(Line(cells=(said, "1")),))],
    )  # fmt: skip
    body = text.split("</style>")[1]

    assert not re.search(r"<(?!/?(?:head|body|h1|h2|p|span|div|table|thead|tbody|tr|th|td|code|html)\b)",
                         body)  # fmt: skip


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    """It can be archived, mailed, opened in ten years."""
    text = page(
        "t", verdict=None, lead=["<script>alert(1)</script>"],
        tables=[Table(title="t", columns=("a",), lines=(
            Line(cells=("x",), mark=Mark(low=0.1, value=0.2, high=0.3, line=0.5)),))],
    )  # fmt: skip

    assert "<script" not in text
    assert not re.search(r"(?:src|href)=|@import|url\(", text)


@pytest.mark.parametrize(
    "mark",
    [
        pytest.param(Mark(low=-5, value=0, high=5), id="beyond-the-scale"),
        pytest.param(Mark(low=0, value=0, high=0), id="a-point"),
        pytest.param(Mark(low=-1, value=-0.5, high=0, scale=(-1, 1), line=0), id="differences"),
    ],
)
def test_a_drawn_interval_stays_in_its_frame(mark: Mark) -> None:
    """Whatever the numbers, the drawing is between its edges and in order."""
    table = Table(title="t", columns=(), lines=(Line(cells=(), mark=mark),))
    text = page("t", verdict=None, lead=[], tables=[table])
    low, high = re.findall(r'class="span" x1="([\d.]+)" x2="([\d.]+)"', text)[0]

    assert 4 <= float(low) <= float(high) <= 196


def test_prometheus_reads_the_scores() -> None:
    """`promtool check metrics` accepts the text, quotes and line ends in labels included."""
    text = metrics_text(
        [
            Gauge(
                dataset='fa"q\\', scorer="regex:a\nb", slice=s, mean=0.9, low=0.8, high=1, samples=9
            )
            for s in ("", "long")
        ]
    )
    assert 'aegis_evaluation_score{dataset="fa\\"q\\\\",scorer="regex:a\\nb",slice=""} 0.9' in text
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run([tool, "check", "metrics"], input=text, text=True, capture_output=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
