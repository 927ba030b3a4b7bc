"""A custom resource is judged as a strict API server judges it: our own vectors.

Each law here stands in Kubernetes' `apiextensions-apiserver` and was seen in the recorded verdicts
of kube-apiserver 1.36.2; these vectors are written by us, so that they can be kept here.
"""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from aegis.verify.schema.compact import Source, Table
from aegis.verify.schema.library import Library

SPEC: dict[str, JsonValue] = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "format": "int32", "minimum": 1},
        "ratio": {"type": "number"},
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
        "mode": {"type": "string", "enum": ["on", "off"], "default": "on"},
        "maybe": {"type": "string", "nullable": True, "enum": ["a"]},
        "port": {
            "x-kubernetes-int-or-string": True,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": "^[0-9]+%?$",
        },
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "any": {"x-kubernetes-preserve-unknown-fields": True},
        "empty": {"type": "object"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "tags": {
            "type": "array",
            "items": {"type": "string"},
            "x-kubernetes-list-type": "set",
        },
        "ports": {
            "type": "array",
            "maxItems": 3,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["number", "protocol"],
            "items": {
                "type": "object",
                "required": ["number"],
                "properties": {
                    "number": {"type": "integer"},
                    "protocol": {"type": "string", "default": "TCP"},
                },
            },
        },
        "nested": {
            "type": "object",
            "default": {},
            "properties": {"deep": {"type": "integer", "default": 7}},
            "x-kubernetes-validations": [{"rule": "self.deep > 5", "message": "too shallow"}],
        },
        "choice": {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        "until": {"type": "string", "format": "date-time"},
        "inner": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
        },
        "replicas": {"type": "integer"},
    },
    "x-kubernetes-validations": [
        {"rule": "!has(self.name) || self.name != 'no'"},
        {"rule": "self.size == oldSelf.size"},
    ],
}
CRD: dict[str, JsonValue] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "spec": {
        "group": "example.org",
        "names": {"kind": "Thing"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC}}},
                "subresources": {"scale": {"specReplicasPath": ".spec.replicas"}},
            },
            {"name": "v1alpha1", "served": False},
        ],
    },
}


def library() -> Library:
    table = Table()
    table.add_crd(CRD, Source(name="test"))
    return Library((table,))


def judged(spec: JsonValue, **more: JsonValue) -> tuple[list[str], JsonValue]:
    """Kinds of the problems, and the object as it would be stored."""
    things = library()
    kind = things.find("example.org/v1", "Thing")
    assert kind is not None
    value: dict[str, JsonValue] = {
        "apiVersion": "example.org/v1",
        "kind": "Thing",
        "metadata": {"name": "a"},
        "spec": spec,
        **more,
    }
    judgement = things.judge(kind, value)
    return [problem.kind for problem in judgement.problems], judgement.value


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        pytest.param({"size": 1}, [], id="the-smallest-object"),
        pytest.param({}, ["missing-field"], id="required"),
        pytest.param({"size": None}, ["missing-field"], id="a-null-is-dropped-then-missing"),
        pytest.param({"size": 1, "what": 1}, ["unknown-field"], id="unknown-field"),
        pytest.param({"size": 1, "empty": {"a": 1}}, ["unknown-field"], id="nothing-allowed"),
        pytest.param({"size": 1, "free": {"a": None}}, [], id="preserved-as-it-is"),
        pytest.param({"size": 1, "any": [1, "a"]}, [], id="any-value"),
        pytest.param({"size": "1"}, ["wrong-type"], id="text-for-number"),
        pytest.param({"size": True}, ["wrong-type"], id="bool-is-no-number"),
        pytest.param({"size": 1.5}, ["wrong-type"], id="fraction-for-integer"),
        pytest.param({"size": 2.0}, [], id="a-whole-float-is-an-integer"),
        pytest.param({"size": 0}, ["value-refused"], id="minimum"),
        pytest.param({"size": 2**31}, ["value-refused"], id="int32"),
        pytest.param({"size": 1, "ratio": 2}, [], id="a-number-may-be-whole"),
        pytest.param({"size": 1, "name": "A"}, ["value-refused"], id="pattern"),
        pytest.param({"size": 1, "name": "a\n"}, ["value-refused"], id="dollar-is-the-end"),
        pytest.param({"size": 1, "name": "abcdef"}, ["value-refused"], id="length"),
        pytest.param({"size": 1, "name": None}, [], id="null-is-absent"),
        pytest.param({"size": 1, "name": "no"}, ["rule-violated"], id="cel"),
        pytest.param({"size": 1, "mode": "up"}, ["value-refused"], id="enum"),
        pytest.param({"size": 1, "maybe": None}, [], id="nullable-adds-null-to-the-enum"),
        pytest.param({"size": 1, "maybe": "b"}, ["value-refused"], id="nullable-enum"),
        pytest.param({"size": 1, "port": 80}, [], id="int-or-string-int"),
        pytest.param({"size": 1, "port": "80%"}, [], id="int-or-string-string"),
        pytest.param({"size": 1, "port": "eighty"}, ["value-refused"], id="int-or-string-pattern"),
        pytest.param({"size": 1, "port": 0.5}, ["wrong-type"], id="int-or-string-fraction"),
        pytest.param({"size": 1, "port": [1]}, ["wrong-type"], id="int-or-string-list"),
        pytest.param({"size": 1, "labels": {"a": 1}}, ["wrong-type"], id="map-of-texts"),
        pytest.param({"size": 1, "labels": {"a": None}}, [], id="null-in-a-map-is-dropped"),
        pytest.param({"size": 1, "tags": ["a", "a"]}, ["duplicate-entry"], id="set"),
        pytest.param({"size": 1, "tags": [None]}, ["wrong-type"], id="null-in-a-list-stays"),
        pytest.param(
            {"size": 1, "ports": [{"number": 1}, {"number": 1, "protocol": "UDP"}]},
            [],
            id="map-keys-differ",
        ),
        pytest.param(
            {"size": 1, "ports": [{"number": 1}, {"number": 1, "protocol": "TCP"}]},
            ["duplicate-entry"],
            id="a-default-counts-as-a-key",
        ),
        pytest.param(
            {"size": 1, "ports": [{"number": n} for n in range(4)]}, ["value-refused"], id="items"
        ),
        pytest.param({"size": 1, "nested": {"deep": 3}}, ["rule-violated"], id="nested-cel"),
        pytest.param({"size": 1, "choice": {}}, ["value-refused"], id="one-of-none"),
        pytest.param(
            {"size": 1, "choice": {"a": "1", "b": "2"}}, ["value-refused"], id="one-of-two"
        ),
        pytest.param({"size": 1, "choice": {"a": "1"}}, [], id="one-of-one"),
        pytest.param({"size": 1, "until": "tomorrow"}, ["value-refused"], id="format"),
        pytest.param(
            {"size": 1, "inner": {"apiVersion": "v1", "kind": "Pod", "x": 1}}, [], id="embedded"
        ),
        pytest.param({"size": 1, "inner": {"kind": "Pod"}}, ["missing-field"], id="embedded-part"),
        pytest.param(
            {"size": 1, "inner": {"apiVersion": "v1", "kind": "P" * 64}},
            ["bad-metadata"],
            id="embedded-kind",
        ),
        pytest.param(
            {"size": 1, "inner": {"apiVersion": "v1", "kind": None}},
            ["missing-field"],
            id="embedded-null",
        ),
        pytest.param({"size": 1, "replicas": -1}, ["value-refused"], id="scale-subresource"),
        pytest.param({"size": 0, "name": "no"}, ["value-refused"], id="rules-need-structure"),
        pytest.param([], ["wrong-type"], id="a-list-for-a-map"),
    ],
)
def test_a_spec_has_these_problems(spec: JsonValue, problems: list[str]) -> None:
    found, _ = judged(spec)

    assert sorted(set(found)) == sorted(set(problems))


def test_the_stored_object_has_defaults_and_no_nulls() -> None:
    """Defaults of a defaulted map come in too; the rule on it sees them."""
    found, stored = judged({"size": 2.0, "name": None, "ports": [{"number": 1}]})

    assert found == []
    assert isinstance(stored, dict)
    assert stored["spec"] == {
        "size": 2,
        "mode": "on",
        "nested": {"deep": 7},
        "ports": [{"number": 1, "protocol": "TCP"}],
    }


@pytest.mark.parametrize(
    ("metadata", "problems"),
    [
        pytest.param({"name": "a", "labels": {"a/b": "c"}}, [], id="fine"),
        pytest.param({}, ["missing-field"], id="no-name"),
        pytest.param({"generateName": "a-"}, [], id="generated"),
        pytest.param({"name": "A"}, ["bad-metadata"], id="upper-case"),
        pytest.param({"name": "a", "label": {}}, ["unknown-field"], id="unknown"),
        pytest.param({"name": "a", "labels": {"a": 1}}, ["wrong-type"], id="label-number"),
        pytest.param({"name": "a", "labels": {"a b": "c"}}, ["bad-metadata"], id="label-key"),
        pytest.param({"name": "a", "labels": {"a": "-"}}, ["bad-metadata"], id="label-value"),
        pytest.param(
            {"name": "a", "annotations": {"a": "x" * 262_144}}, ["bad-metadata"], id="too-large"
        ),
        pytest.param(
            {"name": "a", "annotations": {"a": "x" * 262_143}}, [], id="just-small-enough"
        ),
        pytest.param({"name": "a", "namespace": "A"}, ["bad-metadata"], id="namespace"),
        pytest.param({"name": "a", "creationTimestamp": None}, [], id="null-time"),
        pytest.param({"name": "a", "finalizers": ["a b"]}, ["bad-metadata"], id="finalizer"),
        pytest.param(
            {"name": "a", "ownerReferences": [{"kind": "A"}]}, ["missing-field"], id="owner"
        ),
        pytest.param("a", ["wrong-type"], id="a-text"),
    ],
)
def test_metadata_follows_object_meta(metadata: JsonValue, problems: list[str]) -> None:
    found, _ = judged({"size": 1}, metadata=metadata)

    assert sorted(set(found)) == problems


def test_a_version_that_is_not_served_has_no_schema() -> None:
    kind = library().find("example.org/v1alpha1", "Thing")

    assert kind is not None
    assert not kind.served
    assert kind.root == -1


def test_a_message_of_the_definition_is_what_the_finding_says() -> None:
    things = library()
    kind = things.find("example.org/v1", "Thing")
    assert kind is not None

    problems = things.judge(
        kind,
        {"metadata": {"name": "a"}, "spec": {"size": 1, "nested": {"deep": 1}}},
    ).problems

    assert [problem.message for problem in problems] == ["too shallow"]


def test_a_minimal_definition_does_not_replace_a_described_one() -> None:
    """Projects publish definitions with an open `spec`; the described one keeps judging."""
    described, open_ = Table(), Table()
    described.add_crd(CRD, Source(name="described"))
    schema: JsonValue = {
        "type": "object",
        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    versions: JsonValue = [{"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}}]
    spec: JsonValue = {
        "group": "example.org",
        "names": {"kind": "Thing"},
        "scope": "Namespaced",
        "versions": versions,
    }
    open_.add_crd({"spec": spec}, Source(name="open"))

    assert Library((described, open_)).source("example.org/v1", "Thing").name == "described"
    assert Library((open_, described)).source("example.org/v1", "Thing").name == "described"
