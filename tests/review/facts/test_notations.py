"""The same infrastructure in another notation gives the same facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aegis.review.engine import Options, review_repository
from aegis.review.rule import Profile

HCL = """resource "azurerm_cognitive_account" "chat" {
  name = "chat"
}
resource "aws_security_group" "models" {
  ingress {
    from_port   = 8000
    to_port     = 8000
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "google_service_account_key" "app" {}
"""
JSON = {
    "resource": {
        "azurerm_cognitive_account": {"chat": {"name": "chat"}},
        "aws_security_group": {
            "models": [
                {"ingress": [{"from_port": 8000, "to_port": 8000, "cidr_blocks": ["0.0.0.0/0"]}]}
            ]
        },
        "google_service_account_key": {"app": {}},
    }
}
MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {name: engine}
spec:
  template:
    spec:
      containers:
        - name: engine
          image: vllm/vllm-openai:v0.11.0
          args: [--model, acme/chat, --tensor-parallel-size, "4"]
          resources: {limits: {nvidia.com/gpu: 2}}
"""


def codes(root: Path, path: str, text: str) -> set[str]:
    (root / path).write_text(text)
    review = review_repository(root, Options(profile=Profile.REVIEW, ask_all=True))
    return {finding.code for finding in (*review.findings, *review.questions)}


def test_terraform_in_json(tmp_path: Path) -> None:
    """Resources, blocks in lists and lists of words are read as from HCL."""
    pytest.importorskip("tree_sitter_hcl", reason="Terraform is read where the wheel is there")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    found = codes(tmp_path / "a", "main.tf.json", json.dumps(JSON, indent=2))

    assert {"AEG374", "AEG375", "AEG376", "AEG261"} <= found
    assert found == codes(tmp_path / "b", "main.tf", HCL)


def test_manifests_in_json_and_in_lists(tmp_path: Path) -> None:
    """`kubectl get -o json` writes a List; its items are objects like any other."""
    import yaml  # noqa: PLC0415 - the test's own way to write the same twice

    document = yaml.safe_load(MANIFEST)
    for name in "abc":
        (tmp_path / name).mkdir()

    found = codes(tmp_path / "a", "deploy.yaml", MANIFEST)

    assert {"AEG301", "AEG306"} <= found
    assert codes(tmp_path / "b", "deploy.json", json.dumps(document, indent=1)) == found
    listed = {"apiVersion": "v1", "kind": "List", "items": [document]}
    assert codes(tmp_path / "c", "deploy.yaml", json.dumps(listed, indent=1)) == found
