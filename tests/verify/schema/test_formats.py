"""Quantities, durations and names, as Kubernetes reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.verify.schema.formats import TEXT_FORMATS, quantity, seconds
from aegis.verify.schema.meta import label_name, label_value, qualified, subdomain


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", Decimal(1)),
        ("500m", Decimal("0.5")),
        (".5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("-1", Decimal(-1)),
        ("1Ki", Decimal(1024)),
        ("2E", Decimal(2 * 10**18)),
        ("2Ei", Decimal(2 * 2**60)),
        ("1e3", Decimal(1000)),
        ("1E3", Decimal(1000)),
        ("10n", Decimal("1e-8")),
        ("", None),
        ("1gi", None),
        ("1 Gi", None),
        ("1KB", None),
        ("one", None),
        ("1e", None),
        ("0x10", None),
    ],
)
def test_a_quantity_is_a_number_or_none(text: str, number: Decimal | None) -> None:
    assert quantity(text) == number


@given(st.integers(0, 10**15), st.sampled_from(["", "m", "k", "M", "Gi", "Ti"]))
def test_a_larger_count_is_a_larger_quantity(count: int, suffix: str) -> None:
    """Order is kept within one suffix."""
    small, large = quantity(f"{count}{suffix}"), quantity(f"{count + 1}{suffix}")

    assert small is not None
    assert large is not None
    assert small < large


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1h30m", 5400.0), ("1.5s", 1.5), ("100ms", 0.1), ("-2m", -120.0), ("0", 0.0), ("10", None),
     ("", None), ("1d", None), ("300000h", 1.08e9), ("3000000h", None)],
)  # fmt: skip
def test_a_duration_follows_go(text: str, amount: float | None) -> None:
    """No days; at most 292 years, since Go counts nanoseconds in 64 bits."""
    assert seconds(text) == (pytest.approx(amount) if amount is not None else None)


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("date-time", "2026-11-22T10:00:00Z", True),
        ("date-time", "2026-11-22T10:00:00.5+02:00", True),
        ("date-time", "2026-11-22", False),
        ("date-time", "2026-13-22T10:00:00Z", False),
        ("date", "2026-02-30", False),
        ("ipv4", "10.0.0.1", True),
        ("ipv4", "::1", False),
        ("ipv6", "::1", True),
        ("uri", "https://a.example/b", True),
        ("uri", "/only/a/path", True),
        ("uri", "no scheme", False),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", True),
        ("uuid", "123", False),
        ("email", "a@b.example", True),
        ("hostname", "a_b.example", True),
        ("hostname", "-a", False),
        ("byte", "aGVsbG8=", True),
        ("byte", "hello!", False),
        ("duration", "10s", True),
        ("duration", "10", False),
    ],
)
def test_a_format_binds(name: str, text: str, *, fits: bool) -> None:
    assert TEXT_FORMATS[name](text) is fits


@pytest.mark.parametrize(
    ("text", "rule", "fits"),
    [
        ("a.b-c", subdomain, True),
        ("A", subdomain, False),
        ("a" * 254, subdomain, False),
        ("a.b", label_name, False),
        ("a" * 63, label_name, True),
        ("app.kubernetes.io/name", qualified, True),
        ("a/b/c", qualified, False),
        ("/a", qualified, False),
        ("A_b.c", qualified, True),
        ("-a", qualified, False),
        ("", label_value, True),
        ("a b", label_value, False),
        ("v1.2", label_value, True),
    ],
)
def test_names_follow_the_syntax(text: str, rule, *, fits: bool) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # four rules of one shape
    assert (rule(text) is None) is fits


def test_a_trailing_newline_is_part_of_the_text() -> None:
    """Python's `$` would let it pass."""
    assert subdomain("a\n") is not None
    assert quantity("1\n") is None
