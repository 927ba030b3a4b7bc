"""PromQL is read as Prometheus reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.verify.promql.parser import PromqlError, parse


@pytest.mark.parametrize(
    ("query", "kind", "metrics"),
    [
        ("up", "vector", {"up"}),
        ('up{job="a", x!~"b|c",}', "vector", {"up"}),
        ("sum(rate(x[5m]))", "vector", {"x"}),
        ("sum by (a, b) (rate(x[5m])) / on(a) group_left(b) y", "vector", {"x", "y"}),
        ("histogram_quantile(0.9, sum(rate(x_bucket[5m])) by (le))", "vector", {"x_bucket"}),
        ("rate(x[5m:1m])", "vector", {"x"}),
        ("max_over_time(deriv(x[5m])[1h:5m] offset 1d)", "vector", {"x"}),
        ("x @ start() - x offset -5m", "vector", {"x"}),
        ("x or vector(0)", "vector", {"x"}),
        ("1 > bool 2", "scalar", set()),
        ("scalar(x) * 2 ^ -1", "scalar", {"x"}),
        ("x[5m]", "matrix", {"x"}),
        ('{__name__="a"}', "vector", {"a"}),
        ('{"a.b", c="d"}', "vector", {"a.b"}),
        ("vllm:num_requests_waiting > 5 # queue", "vector", {"vllm:num_requests_waiting"}),
        ("day_of_week() == bool 1", "vector", set()),
        ('label_replace(x, "a", "$1", "b", "(.*)")', "vector", {"x"}),
        ("quantile(0.9, x) unless on() y", "vector", {"x", "y"}),
        ("-x ^ 2", "vector", {"x"}),
        ("avg_over_time(x[1h30m])", "vector", {"x"}),
        ("Inf + NaN + 0x1F + 1e3", "scalar", set()),
    ],
)
def test_a_query_gives_this_kind_and_reads_these_metrics(
    query: str, kind: str, metrics: set[str]
) -> None:
    parsed = parse(query)

    assert parsed.kind == kind
    assert parsed.metrics == metrics


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(rate(x[5m])", "`)` expected"),
        ("rate(x)", "needs a matrix, not a vector; add a range"),
        ("rate(sum(x)[5m])", "subquery"),
        ("nosuch(x)", "no function `nosuch`"),
        ("topk(x)", "takes 2 arguments"),
        ("1 > 2", "needs `bool`"),
        ("x and 1", "vectors on both sides"),
        ("x{}", None),
        ("{}", "matcher that is not empty"),
        ('{job=~".*"}', "matcher that is not empty"),
        ("x{a=1}", "text in quotes"),
        ("x y", "left over"),
        ("()", "where a value should"),
        ("sum(x, y)", "takes 1 arguments"),
        ("x[five]", "no duration"),
        ("x + bool y", "belongs to a comparison"),
        ('"a" + 1', "cannot take a string"),
        ("round(x, 1, 2)", "got 3 arguments"),
        ("x{a=~'b'", "`}` expected"),
        ("", "the end"),
        ("(" * 200 + "1" + ")" * 200, "nested too deeply"),
    ],
)
def test_a_fault_is_named(query: str, words: str | None) -> None:
    """`x{}` is fine, since the name selects."""
    if words is None:
        assert parse(query).metrics == {"x"}
        return
    with pytest.raises(PromqlError) as caught:
        parse(query)
    assert words in str(caught.value)
    assert 0 <= caught.value.at <= len(query)


@given(st.text(alphabet=list("x1(){}[]=~!<>+-*/,:@\"'` \nab5ms"), max_size=40))
def test_any_text_is_a_query_or_a_named_fault(text: str) -> None:
    """Never another exception, and the fault has a place in the text."""
    fault: PromqlError | None = None
    try:
        parse(text)
    except PromqlError as error:
        fault = error
    assert fault is None or 0 <= fault.at <= len(text)
