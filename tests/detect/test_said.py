"""What people paste into a conversation is found in their own forms, and stand-ins are left alone."""

from __future__ import annotations

import pytest

from aegis.detect.said import find_said, mask_said

VALUE = "kX7Zq2Wv" + "9Rt4Yp6L"


@pytest.mark.parametrize(
    "form",
    [
        "the admin password is {}, put it in the compose file",
        "Login is svc with password {} on the host",
        "Das Passwort lautet {}.",
        "Le mot de passe de la base est {}",
        "La contraseña es {}",
        "docker login -u ci -p {} registry.example.com",
        "PGPASSWORD={} psql -h db",
        "https://hooks.example.com/in?token={}&channel=ops",
        "machine git.example.com\nlogin deploy\npassword {}",
        '- name: API_TOKEN\n  value: "{}"',
    ],
)
def test_a_pasted_credential_is_found_and_masked(form: str) -> None:
    text = form.format(VALUE)
    (span,) = find_said(text)
    assert text[span.start : span.end] == VALUE
    assert VALUE not in mask_said(text)


@pytest.mark.parametrize(
    "text",
    [
        "the password is stored in Vault",
        "token budget is 12000000 per day",
        "the api key comes from ${API_KEY}",
        "a key is <your-key-123>",
        "the secret is in the store under prod/db",
        "our tokens per second is 2500tok",
        "key metrics: p95latency",
    ],
)
def test_what_only_speaks_of_credentials_is_left_alone(text: str) -> None:
    assert find_said(text) == ()
