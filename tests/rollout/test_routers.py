"""Who moves the traffic, one machine at a time. Kubernetes is in `test_kubernetes.py`."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import yaml

from aegis.rollout.routers.plain import EnvoyRuntime, GatewayWeights, Nobody
from aegis.rollout.world import PermanentError, TemporaryError


def test_an_envoy_that_accepts_and_does_not_obey_is_an_error() -> None:
    """Without an admin layer the runtime stays as it was. A double; the real one is in `real/`."""

    def deaf(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"entries": {}} if request.method == "GET" else None)

    client = httpx.Client(transport=httpx.MockTransport(deaf))

    with pytest.raises(PermanentError, match="admin_layer"):
        EnvoyRuntime("http://envoy", "key", client).set_weight(5.0)


GATEWAY = """# written by hand
version: 1
upstreams:
- track: stable
  weight_percent: 100.0  # everybody
  model: m
- track: canary
  weight_percent: 0.0
  model: m
limits: {}
"""


def test_the_gateway_s_file_changes_in_its_two_weights_only(tmp_path: Path) -> None:
    """Comments, order and everything else stay; half a file is never seen."""
    file = tmp_path / "policy.yaml"
    file.write_text(GATEWAY)

    GatewayWeights(file).set_weight(12.5)

    expected = GATEWAY.replace("100.0", "87.5").replace("percent: 0.0", "percent: 12.5")
    assert file.read_text() == expected
    assert GatewayWeights(file).weight() == 12.5
    assert [p.name for p in tmp_path.iterdir()] == ["policy.yaml"]
    assert yaml.safe_load(file.read_text())["upstreams"][1]["weight_percent"] == 12.5


def test_the_gateway_has_to_report_the_new_file(tmp_path: Path) -> None:
    """A weight that is only on disk is not set."""
    file = tmp_path / "policy.yaml"
    file.write_text(GATEWAY)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"policy": "sha256:old"}))
    router = GatewayWeights(
        file, health_url="http://gateway/health", client=httpx.Client(transport=transport),
        tries=2, pause=lambda _: None,
    )  # fmt: skip

    with pytest.raises(TemporaryError, match="does not obey"):
        router.set_weight(5.0)


@pytest.mark.parametrize("text", ["", GATEWAY.replace("track: canary", "track: other")])
def test_a_gateway_file_without_a_canary_is_left_alone(tmp_path: Path, text: str) -> None:
    """Nothing is guessed."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)

    with pytest.raises(PermanentError, match="no weight of the canary"):
        GatewayWeights(file).set_weight(5.0)
    assert file.read_text() == text


def test_nobody_moves_nothing() -> None:
    """The judge alone."""
    Nobody().set_weight(50.0)

    assert Nobody().weight() is None
