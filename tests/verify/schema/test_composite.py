"""Composite resources are judged by the definition that stands beside them."""

from __future__ import annotations

import pytest

from aegis.verify.api import verify_files

XRD = """\
apiVersion: apiextensions.crossplane.io/%s
kind: CompositeResourceDefinition
metadata:
  name: xservings.platform.example
spec:
  group: platform.example
  names: {kind: XServing, plural: xservings}
%s  versions:
    - name: v1
      served: true
      referenceable: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [model]
              properties:
                model: {type: string}
"""
V2 = XRD % ("v2", "")
V1 = XRD % ("v1", "  claimNames: {kind: Serving, plural: servings}\n")


def judged(xrd: str, kind: str, spec: str) -> list[str]:
    text = f"apiVersion: platform.example/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"
    found = verify_files({"x.yaml": xrd, "a.yaml": text}).findings
    return [f.name for f in found if f.span and f.span.path == "a.yaml"]


@pytest.mark.parametrize(
    ("xrd", "kind", "spec", "names"),
    [
        pytest.param(V2, "XServing", "{model: a}", [], id="fine"),
        pytest.param(V2, "XServing", "{modle: a}", ["unknown-field", "missing-field"], id="typo"),
        pytest.param(
            V2,
            "XServing",
            "{model: a, crossplane: {compositionRef: {name: c}}}",
            [],
            id="machinery",
        ),
        pytest.param(V1, "Serving", "{model: a}", [], id="claim"),
        pytest.param(V2, "Serving", "{model: a}", ["unknown-kind"], id="no-claims-in-v2"),
    ],
)
def test_a_composite_resource_follows_its_definition(
    xrd: str, kind: str, spec: str, names: list[str]
) -> None:
    assert judged(xrd, kind, spec) == names
