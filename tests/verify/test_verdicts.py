"""Agreement with a real API server, where its recorded verdicts are at hand."""

from __future__ import annotations

import gzip
import importlib.resources
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aegis.verify.schema.compact import read
from aegis.verify.schema.library import built_in

ROOT = Path(__file__).resolve().parents[2]
FEWEST = 6870
MAX_FILE_BYTES = 2_000_000


def shared() -> Path:
    """The folder with the verdicts, or a loud skip."""
    named = os.environ.get("AEGIS_SHARED", "")
    for folder in (Path(named) if named else ROOT / "shared", ROOT.parent / "shared"):
        if (folder / "crds" / "_verdicts" / "changes.jsonl.gz").is_file():
            return folder
    pytest.skip(
        "RECORDED VERDICTS ABSENT: set AEGIS_SHARED to the folder with crds/_verdicts; "
        "agreement with the API server is not checked in this run"
    )


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    folder = shared()
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "AEGIS_SHARED": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_aegis_says_what_the_api_server_said() -> None:
    """Every recorded verdict agrees; fewer than 6,870 would break the promise of the project."""
    said = run("benchmarks.verify", "--json")

    assert said.stdout, said.stderr
    result = json.loads(said.stdout)
    assert result["vectors"] == 6876
    assert result["agree"] == result["vectors"] >= FEWEST
    assert result["examples_agree"] == result["examples"] == 876
    assert result["unchecked_rules"] == 0
    assert result["warm_mean_ms"] <= 0.3
    assert result["bundle_load_ms"] <= 1000


@pytest.mark.slow
def test_the_kinds_that_come_with_aegis_are_made_from_the_published_definitions(
    tmp_path: Path,
) -> None:
    """The build gives the committed bytes again; the core kinds are carried over."""
    committed = importlib.resources.files("aegis.verify") / "data" / "kinds.json.gz"
    out = tmp_path / "kinds.json.gz"
    out.write_bytes(committed.read_bytes())

    said = run("benchmarks.verify.build_kinds", str(shared()), str(out))

    assert said.returncode == 0, said.stderr
    assert gzip.decompress(out.read_bytes()) == gzip.decompress(committed.read_bytes())


def test_the_file_of_kinds_is_small_and_names_its_sources() -> None:
    """Each source has a licence that allows it, and a commit to look it up."""
    data = (importlib.resources.files("aegis.verify") / "data" / "kinds.json.gz").read_bytes()
    table = read(gzip.decompress(data))

    assert len(data) < MAX_FILE_BYTES
    assert {source.licence for source in table.sources} == {"Apache-2.0"}
    assert all(len(source.commit) == 40 for source in table.sources)
    assert {kind.source for kind in table.kinds} == set(range(len(table.sources)))


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1", "Deployment"),
        ("v1", "Service"),
        ("policy/v1", "PodDisruptionBudget"),
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("argoproj.io/v1alpha1", "Application"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("serving.kserve.io/v1alpha2", "LLMInferenceService"),
        ("serving.kserve.io/v1beta1", "InferenceService"),
        ("ray.io/v1", "RayService"),
        ("nvidia.com/v1beta1", "DynamoGraphDeployment"),
        ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"),
        ("disaggregatedset.x-k8s.io/v1", "DisaggregatedSet"),
        ("inference.networking.k8s.io/v1", "InferencePool"),
        ("llm-d.ai/v1alpha2", "InferenceObjective"),
        ("aigateway.envoyproxy.io/v1beta1", "AIGatewayRoute"),
        ("gateway.envoyproxy.io/v1alpha1", "BackendTrafficPolicy"),
        ("flagger.app/v1beta1", "Canary"),
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
        ("external-secrets.io/v1", "ExternalSecret"),
        ("kueue.x-k8s.io/v1beta2", "ClusterQueue"),
        ("chaos-mesh.org/v1alpha1", "NetworkChaos"),
        ("litmuschaos.io/v1alpha1", "ChaosEngine"),
        ("policies.kyverno.io/v1", "ImageValidatingPolicy"),
        ("policy.sigstore.dev/v1beta1", "ClusterImagePolicy"),
        ("karpenter.sh/v1", "NodePool"),
        ("nvidia.com/v1", "ClusterPolicy"),
        ("apiextensions.crossplane.io/v2", "CompositeResourceDefinition"),
        ("opentelemetry.io/v1beta1", "OpenTelemetryCollector"),
    ],
)
def test_every_kind_that_a_bundle_may_hold_is_known(api_version: str, kind: str) -> None:
    """Each is served in the version that Aegis renders."""
    found = built_in().find(api_version, kind)

    assert found is not None
    assert found.served
