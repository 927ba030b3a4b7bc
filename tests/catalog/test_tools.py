"""Tools: every one the founding description names, in its category, with both sides."""

from __future__ import annotations

import datetime
import typing

import pytest

from aegis.brief import schema
from aegis.catalog import loader
from aegis.catalog.types import Tool

TOOLS = {tool.id: tool for tool in loader.tools()}
EACH = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)


@pytest.mark.parametrize(
    ("tool_id", "category"),
    [
        pytest.param("terraform", "iac", id="Terraform"),
        pytest.param("crossplane", "iac", id="Crossplane"),
        pytest.param("pulumi", "iac", id="Pulumi"),
        pytest.param("argo-cd", "gitops", id="Argo-CD"),
        pytest.param("flux", "gitops", id="Flux"),
        pytest.param("mlflow", "experiment-tracker", id="MLflow"),
        pytest.param("mlflow", "model-registry", id="MLflow-registry"),
        pytest.param("wandb", "experiment-tracker", id="W-and-B"),
        pytest.param("hugging-face-hub", "model-registry", id="Hugging-Face-Hub"),
        pytest.param("feast", "feature-store", id="Feast"),
        pytest.param("tecton", "feature-store", id="Tecton"),
        pytest.param("langsmith", "evaluation", id="LangSmith"),
        pytest.param("phoenix", "evaluation", id="Phoenix"),
        pytest.param("evidently", "monitoring", id="Evidently"),
        pytest.param("giskard", "evaluation", id="Giskard"),
        pytest.param("kubeflow-pipelines", "pipeline-orchestrator", id="Kubeflow-Pipelines"),
        pytest.param("prefect", "pipeline-orchestrator", id="Prefect"),
        pytest.param("dagster", "pipeline-orchestrator", id="Dagster"),
        pytest.param("airflow", "pipeline-orchestrator", id="Airflow"),
        pytest.param("temporal", "pipeline-orchestrator", id="Temporal"),
        pytest.param("core-ml-tools", "edge-runtime", id="Core-ML"),
        pytest.param("mediapipe", "edge-runtime", id="MediaPipe"),
        pytest.param("executorch", "edge-runtime", id="ExecuTorch"),
        pytest.param("cyclonedx", "supply-chain", id="bill-of-materials"),
        pytest.param("model-signing", "supply-chain", id="signed-artifacts"),
        pytest.param("vault", "secrets", id="secrets"),
    ],
)
def test_tool_of_the_founding_description_is_there(tool_id: str, category: str) -> None:
    """Each tool the founding description names can be compared within its category."""
    tool = TOOLS[tool_id]

    assert category in {tool.category, *tool.also_categories}


def test_every_category_has_a_tool_to_compare_with() -> None:
    """A category without an entry would leave a decision without candidates."""
    categories = set(typing.get_args(Tool.model_fields["category"].annotation))

    assert {tool.category for tool in TOOLS.values()} == categories


@EACH
def test_tool_says_what_it_is_good_for_and_what_it_costs(tool: Tool) -> None:
    """A comparison needs both sides, and few enough of each to be read."""
    assert tool.summary
    assert 1 <= len(tool.good_for) <= 3
    assert 1 <= len(tool.costs) <= 3


@EACH
def test_tool_uses_every_source_it_cites(tool: Tool) -> None:
    """A source that no value refers to would be decoration."""
    used = {tool.version.source, tool.licence.source, tool.maturity.source}
    used |= {support.source for support in tool.capabilities.values()}
    notes = tool.version.note + tool.licence.note + tool.maturity.note

    assert not [key for key in tool.sources if key not in used and f"source {key}" not in notes]


@EACH
def test_tool_also_belongs_only_to_known_categories(tool: Tool) -> None:
    """A misspelt second category would never be found."""
    categories = set(typing.get_args(Tool.model_fields["category"].annotation))

    assert set(tool.also_categories) <= categories - {tool.category}


@pytest.mark.parametrize(
    ("tool_id", "licence"),
    [
        pytest.param("terraform", "BUSL-1.1", id="terraform"),
        pytest.param("vault", "BUSL-1.1", id="vault"),
        pytest.param("phoenix", "Elastic-2.0", id="phoenix"),
        pytest.param("grafana", "AGPL-3.0-only", id="grafana"),
        pytest.param("tecton", "proprietary", id="tecton"),
    ],
)
def test_licence_that_restricts_is_named(tool_id: str, licence: str) -> None:
    """A licence that is not open source, or is copyleft, is there for the decision to weigh."""
    tool = TOOLS[tool_id]

    assert tool.licence.value == licence
    assert any(word in " ".join(tool.costs) for word in ("licence", "proprietary"))


def test_ids_and_aliases_name_one_tool_each() -> None:
    """Two tools that answer to one name would make a brief ambiguous."""
    names = [name for t in TOOLS.values() for name in (t.id, *t.aliases)]

    assert len(names) == len(set(names))
    assert {f"{t}.yaml" for t in TOOLS} == {file.name for file in loader.files("tools")}


def test_sources_were_retrieved_in_november_2026() -> None:
    """The staleness check counts from these dates."""
    dates = {s.retrieved for t in TOOLS.values() for s in t.sources.values()}

    assert dates == {datetime.date(2026, 11, 22)}


WORDS_WITHOUT_AN_ENTRY = {
    "none", "own", "cloud-native", "oci",  # not a product
    "azure-ml", "bicep", "cloudformation", "databricks", "datadog", "ecs", "new-relic", "slurm",
}  # fmt: skip
"""What a brief may name and the catalog does not describe yet: shown as unknown."""


@pytest.mark.parametrize(
    "vocabulary",
    [
        pytest.param(schema.Orchestrator, id="orchestrator"),
        pytest.param(schema.Iac, id="infrastructure-as-code"),
        pytest.param(schema.GitOps, id="GitOps"),
        pytest.param(schema.Registry, id="registry"),
        pytest.param(schema.FeatureStore, id="feature-store"),
        pytest.param(schema.Pipelines, id="pipelines"),
        pytest.param(schema.Observability, id="observability"),
        pytest.param(schema.Secrets, id="secrets"),
    ],
)
def test_word_of_a_brief_leads_to_an_entry(vocabulary: object) -> None:
    """What a team says it runs is found by id or alias, or is a known gap."""
    software = (*TOOLS.values(), *loader.platforms())
    names = {name for entry in software for name in (entry.id, *entry.aliases)}

    unknown = set(typing.get_args(vocabulary)) - names

    assert unknown <= WORDS_WITHOUT_AN_ENTRY


def test_known_gaps_are_gaps() -> None:
    """A word that has an entry by now leaves the list of gaps."""
    names = {name for e in (*TOOLS.values(), *loader.platforms()) for name in (e.id, *e.aliases)}

    assert not WORDS_WITHOUT_AN_ENTRY & names
