"""Objects that a composition is made of, and the patches that fill them.

Source: crossplane-contrib/function-patch-and-transform v0.10.8.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.render.iac.shape import Object

_AWS = "aws.m.upbound.io/v1beta1"


def resource(
    name: str,
    what: str,
    settings: Object,
    *,
    patches: Sequence[JsonValue] = (),
    tagged: bool = True,
    placed: bool = True,
    first: Object | None = None,
) -> Object:
    """One composed object; `placed` where the kind has a region, `tagged` where it has tags."""
    group, _, kind = what.partition("/")
    base: Object = {
        "apiVersion": f"{group}.{_AWS}",
        "kind": kind,
        "spec": {"forProvider": settings, **({"initProvider": first} if first else {})},
    }
    common: list[JsonValue] = []
    if placed:
        common.append(told("spec.region", "region"))
    if tagged:
        settings["tags"] = {"managed-by": names.MANAGED_BY}
        common += [
            told("metadata.name", "tags.service"),
            told("spec.environment", "tags.environment"),
        ]
    return {"name": name, "base": base, "patches": [*common, *patches]}


def told(path: str, to: str) -> Object:
    return {
        "type": "FromCompositeFieldPath",
        "fromFieldPath": path,
        "toFieldPath": f"spec.forProvider.{to}",
        "policy": {"fromFieldPath": "Required"},
    }


def known(name: str, to: str) -> Object:
    """What the platform team's EnvironmentConfigs say."""
    return {**told(name, to), "type": "FromEnvironmentFieldPath"}


def out(name: str) -> Object:
    return {
        "type": "ToCompositeFieldPath",
        "fromFieldPath": "status.atProvider.arn",
        "toFieldPath": f"status.{name}",
    }


def joined(form: str, to: str, *paths: str) -> Object:
    return {
        "type": "CombineFromComposite",
        "combine": {
            "strategy": "string",
            "variables": [{"fromFieldPath": path} for path in paths],
            "string": {"fmt": form},
        },
        "toFieldPath": to,
        "policy": {"fromFieldPath": "Required"},
    }
