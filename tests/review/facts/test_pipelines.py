"""Jobs of GitLab, Azure, CircleCI and Jenkins say what those of GitHub say."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegis.review.documents.tree import Limits, read_tree
from aegis.review.engine import Options, collect, review_repository
from aegis.review.facts.types import CiJob
from aegis.review.rule import Profile

APP = "import openai\n\nclient = openai.OpenAI(timeout=20)\n"
GITLAB = """stages: [test, build, ship]
.base:
  before_script: [pip install uv]
check: {stage: test, script: [pytest]}
image: {stage: build, extends: .base, needs: [], script: ["docker push acme/chat:latest"]}
ship: {stage: ship, script: ["kubectl apply -f k8s"]}
review:
  stage: ship
  script: ["docker push acme/chat:$CI_COMMIT_SHA"]
  rules: [{if: '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
"""
AZURE = """trigger: [main]
stages:
  - stage: test
    jobs:
      - job: unit
        steps: [{script: pytest}, {bash: deepeval test run evals, continueOnError: true}]
  - stage: ship
    jobs:
      - job: image
        steps: [{task: Docker@2, inputs: {command: buildAndPush, tags: latest}}]
      - deployment: production
        environment: production
        strategy: {runOnce: {deploy: {steps: [{task: HelmDeploy@0, inputs: {command: upgrade}}]}}}
  - stage: aside
    dependsOn: []
    jobs: [{job: straight, steps: [{script: kubectl apply -f k8s}]}]
"""
CIRCLE = """version: 2.1
jobs:
  test: {docker: [{image: cimg/python:3.12}], steps: [checkout, {run: {name: unit, command: pytest}}]}
  push: {machine: true, steps: [{run: "docker push acme/chat:$CIRCLE_SHA1"}]}
workflows:
  main:
    jobs:
      - test
      - hold: {type: approval}
      - push: {requires: [test]}
      - gcp-gke/deploy: {requires: [push, hold]}
"""
JENKINS = """pipeline {
  stages {
    stage('Build') { steps { sh 'docker build -t acme/chat .' } }
    stage('Push') { steps { script { docker.image('acme/chat').push('latest') } } }
    stage('Deploy') {
      input { message 'now?' }
      steps { sh \"\"\"
        kubectl apply -f k8s
      \"\"\" }
    }
  }
}
"""


def jobs_of(root: Path, path: str, text: str) -> dict[str, CiJob]:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    (root / "app.py").write_text(APP)
    found = collect(read_tree(root, Limits()), Limits()).all(CiJob)
    return {job.name: job for job in found}


@pytest.mark.parametrize(
    ("path", "text", "name", "needs"),
    [
        pytest.param(".gitlab-ci.yml", GITLAB, "ship", {"check", "image"}, id="gitlab-stages"),
        pytest.param(".gitlab-ci.yml", GITLAB, "image", set(), id="gitlab-needs-nothing"),
        pytest.param("azure-pipelines.yml", AZURE, "image", {"unit"}, id="azure-stages"),
        pytest.param(
            "azure-pipelines.yml", AZURE, "straight", set(), id="azure-depends-on-nothing"
        ),
        pytest.param(".circleci/config.yml", CIRCLE, "push", {"test"}, id="circle-requires"),
        pytest.param("Jenkinsfile", JENKINS, "Deploy", {"Build", "Push"}, id="jenkins-order"),
    ],
)
def test_what_a_job_waits_for(
    path: str, text: str, name: str, needs: set[str], tmp_path: Path
) -> None:
    """By stage, by name, or by what stands before it."""
    assert set(jobs_of(tmp_path, path, text)[name].needs) == needs


@pytest.mark.parametrize(
    ("path", "text", "publishes", "deploys", "tests", "guarded"),
    [
        pytest.param(".gitlab-ci.yml", GITLAB, {"image", "review"}, {"ship"}, {"check"}, set(), id="gitlab"),
        pytest.param("azure-pipelines.yml", AZURE, {"image"}, {"production", "straight"}, {"unit"},
                     {"production"}, id="azure"),
        pytest.param(".circleci/config.yml", CIRCLE, {"push"}, {"gcp-gke/deploy"}, {"test"},
                     {"gcp-gke/deploy"}, id="circle"),
        pytest.param("ci/Jenkinsfile", JENKINS, {"Push"}, {"Deploy"}, set(), {"Deploy"}, id="jenkins"),
    ],
)  # fmt: skip
def test_what_a_job_does(
    path: str, text: str, publishes: set[str], deploys: set[str], tests: set[str], guarded: set[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    """Publishes, deploys, tests, and waits for a person."""
    jobs = jobs_of(tmp_path, path, text).values()

    assert {job.name for job in jobs if job.publishes} == publishes
    assert {job.name for job in jobs if job.deploys} == deploys
    assert {job.name for job in jobs if job.tests} == tests
    assert {job.name for job in jobs if job.guarded} == guarded


def test_a_place_is_the_command(tmp_path: Path) -> None:
    """Findings point at the line that releases, and what only moves is named."""
    jobs = jobs_of(tmp_path, "Jenkinsfile", JENKINS)

    assert jobs["Push"].pushes_mutable_only is not None
    assert str(jobs["Push"].pushes_mutable_only) == "Jenkinsfile:4:63"
    assert jobs["Deploy"].deploys is not None
    assert jobs["Deploy"].deploys.line == 7


def test_a_release_without_a_gate_is_found_in_every_notation(tmp_path: Path) -> None:
    """The rules read the same facts; an evaluation that cannot fail is one of them."""
    for path, text in (
        (".gitlab-ci.yml", GITLAB),
        ("azure-pipelines.yml", AZURE),
        ("Jenkinsfile", JENKINS),
    ):
        jobs_of(tmp_path, path, text)
    review = review_repository(tmp_path, Options(profile=Profile.REVIEW, ask_all=True))
    places = {
        (finding.code, span.path)
        for finding in review.findings
        for span in (*((finding.span,) if finding.span else ()), *finding.also)
    }

    assert {
        ("AEG423", path) for path in (".gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile")
    } <= places
    assert ("AEG425", "azure-pipelines.yml") in places
    assert ("AEG444", ".gitlab-ci.yml") in places


def test_a_yaml_with_steps_of_another_kind_is_no_pipeline(tmp_path: Path) -> None:
    """Only steps in the notation of Azure make a pipeline."""
    text = "steps: [{name: a, script_name: x}]\njobs: [{job: a, steps: [{run: pytest}]}]\n"

    assert jobs_of(tmp_path, "flow.yaml", text) == {}
