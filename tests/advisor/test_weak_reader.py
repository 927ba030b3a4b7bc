"""A real small model as the reader: what it cannot do withholds the commentary."""

from __future__ import annotations

import secrets

import pytest
from tests.advisor.small_model import MISSING, serving_small_model
from tests.evaluate.endpoint import Reply, serving

from aegis.advisor.port import Port
from aegis.advisor.second_reading import read_again

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: `make tools`")
WRITTEN = (
    "Keep the evaluation gate, because it is what keeps a smaller model honest.",
    "The queue is where overload becomes visible.",
)


def _port_to(url: str) -> Port:
    return Port(base_url=url, model="smollm2", api_key=secrets.token_hex(4), timeout_s=150)


def test_a_model_for_which_the_instruction_is_too_long_lets_nothing_stand() -> None:
    with serving_small_model() as url:
        reading = read_again(WRITTEN, _port_to(url))
    assert reading.stands == ()
    assert "could not be asked" in reading.trouble


@pytest.mark.slow
def test_a_model_that_cannot_fill_the_form_lets_nothing_stand() -> None:
    """Behind a server that knows no forms it must follow the instruction by itself, and cannot."""
    httpx2 = pytest.importorskip("httpx2")

    def without_form(path: str, body: dict[str, object]) -> Reply:
        asked = {k: v for k, v in body.items() if k != "response_format"} | {"max_tokens": 100}
        address = url.removesuffix("/v1") + path
        found = httpx2.post(address, json=asked, timeout=150)
        written.append(found.json()["choices"][0]["message"]["content"])
        return Reply(found.json())

    written: list[str] = []
    with serving_small_model(context=8192) as url, serving(without_form) as served:
        reading = read_again(WRITTEN, _port_to(served.url + "/v1"))
    assert reading.stands == ()
    assert "another form" in reading.trouble
    assert all(written)
