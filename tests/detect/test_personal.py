"""Personal data is found by form and check digit; look-alikes stay."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.detect import checkdigits
from aegis.detect.personal import find_personal, redact


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("write to jo.doe+ai@mail.example.org today", "email", id="email"),
        pytest.param("IBAN DE89 3704 0044 0532 0130 00", "iban", id="iban-spaced"),
        pytest.param("GB82WEST12345698765432", "iban", id="iban-compact"),
        pytest.param("card 4111 1111 1111 1111 ok", "payment-card", id="visa-test-number"),
        pytest.param("card 378282246310005", "payment-card", id="amex-test-number"),
        pytest.param("SSN 536-22-1849", "national-id-us-ssn", id="ssn"),
        pytest.param("DNI 12345678Z", "national-id-es-dni", id="dni"),
        pytest.param("NIE X1234567L", "national-id-es-dni", id="nie"),
        pytest.param("CPF 529.982.247-25", "national-id-br-cpf", id="cpf"),
        pytest.param("my BSN is 111222333", "national-id-nl-bsn", id="bsn"),
        pytest.param("NHS number 943 476 5919", "national-id-uk-nhs", id="nhs"),
        pytest.param("call +44 20 7946 0958 now", "phone", id="phone-international"),
        pytest.param("(212) 555-0187", "phone", id="phone-us"),
        pytest.param("tel: 030 123456 78", "phone", id="phone-after-its-word"),
        pytest.param("from 81.2.69.142 at noon", "ip-address", id="ipv4"),
        pytest.param("from 2a00:1450:4009:81f:0:0:0:200e at noon", "ip-address", id="ipv6"),
    ],
)
def test_finds(text: str, kind: str) -> None:
    """One span of the kind, and nothing else."""
    assert [span.kind for span in find_personal(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("order 4111 1111 1111 1112", id="luhn-fails"),
        pytest.param("DE89 3704 0044 0532 0130 01", id="iban-remainder-fails"),
        pytest.param("id 12345678A", id="dni-letter-fails"),
        pytest.param("bind 127.0.0.1 and 10.0.0.4 and 192.168.1.9", id="private-addresses"),
        pytest.param("version 2.31.0.1 of 2026-11-22", id="version-and-date"),
        pytest.param("at 12:45:10 in row 000-12-3456", id="time-and-never-issued"),
        pytest.param("commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", id="digest"),
        pytest.param("@app.get('/x') and user@localhost", id="decorator"),
        pytest.param("0.123456789012345", id="float"),
        pytest.param("111222333 rows", id="number-without-its-word"),
    ],
)
def test_leaves_alone(text: str) -> None:
    """What fails its check digit, names nobody, or is another kind of number."""
    assert find_personal(text) == ()


def test_redaction_names_the_kind_and_keeps_the_rest() -> None:
    """A reader still sees what stood there."""
    assert redact("mail a@b.org, card 4111111111111111.") == "mail [email], card [payment-card]."


@given(st.text(max_size=200))
def test_redaction_is_stable(text: str) -> None:
    """Reading any text is safe, and what was redacted holds nothing more to redact."""
    spans = find_personal(text)

    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert redact(redact(text)) == redact(text)


@given(st.lists(st.integers(0, 9), min_size=4, max_size=18))
def test_luhn_catches_every_single_wrong_digit(digits: list[int]) -> None:
    """The law of the scheme: a number that fits no longer fits after one digit changes."""
    text = "".join(map(str, digits))
    if checkdigits.luhn(text):
        wrong = str((digits[0] + 1) % 10) + text[1:]

        assert not checkdigits.luhn(wrong)


@given(st.lists(st.integers(0, 9), min_size=11, max_size=11))
def test_verhoeff_has_one_check_digit_for_each_number(digits: list[int]) -> None:
    """Exactly one of the ten last digits fits."""
    body = "".join(map(str, digits))

    assert sum(checkdigits.verhoeff(f"{body}{last}") for last in range(10)) == 1


def test_verhoeff_knows_the_published_example() -> None:
    """236 with check digit 3 is the worked example of the literature."""
    assert checkdigits.verhoeff("2363")
