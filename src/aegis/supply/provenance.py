"""Where a model comes from: data, code and weights in one signed statement, link by link.

The statement is SLSA's provenance v1 over in-toto's Statement v1. Every file of the weights is a
subject; data, evaluation, base model, adapters and code are what the build resolved; the inventory
lies beside it. What the statement is worth depends on who signed it and where: it claims no SLSA level.

Source: slsa-framework/slsa, docs/spec/v1.0/provenance.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, JsonValue, ValidationError

from aegis.supply.envelope import Lenient, Resource, Statement
from aegis.supply.errors import SupplyError
from aegis.supply.folder import Folder
from aegis.supply.links import Attested, Link, Role

PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://aegis.dev/model-build/v1"
UNSTATED_BUILDER = "https://aegis.dev/builder/unstated"
_ROLE = "role"


class _Definition(Lenient):
    build_type: str = Field(alias="buildType")
    resolved: tuple[Resource, ...] = Field(alias="resolvedDependencies", default=())


class _Builder(Lenient):
    id: str


class _Details(Lenient):
    builder: _Builder
    byproducts: tuple[Resource, ...] = ()


class _Provenance(Lenient):
    definition: _Definition = Field(alias="buildDefinition")
    details: _Details = Field(alias="runDetails")


def state(weights: Folder, links: Sequence[Link], *, builder: str = UNSTATED_BUILDER) -> Statement:
    """The statement that these links belong together."""
    titles = [link.title for link in links]
    twice = next((title for title in titles if titles.count(title) > 1), "")
    if twice:
        raise SupplyError(f"two links are called `{twice}`: name them apart with NAME=PATH")
    beside = [link for link in links if link.role is Role.INVENTORY]
    predicate: dict[str, JsonValue] = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"model": weights.name},
            "resolvedDependencies": [_resource(link) for link in links if link not in beside],
        },
        "runDetails": {
            "builder": {"id": builder},
            "byproducts": [_resource(link) for link in beside],
        },
    }
    subjects = (Resource(name=file.name, digest={"sha256": file.sha256}) for file in weights.files)
    return Statement(subject=tuple(subjects), predicate_type=PREDICATE_TYPE, predicate=predicate)


def _resource(link: Link) -> JsonValue:
    return Resource(
        name=link.name, uri=link.uri, digest=link.digest, annotations={_ROLE: link.role.value}
    ).written()


def read(statement: Statement) -> Attested:
    """What the statement says.

    Raises:
        SupplyError: it is about something else, or a link in it has no role or digest.
    """
    if statement.predicate_type != PREDICATE_TYPE:
        raise SupplyError(f"the statement is {statement.predicate_type}, not {PREDICATE_TYPE}")
    try:
        found = _Provenance.model_validate(statement.predicate)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SupplyError(f"the provenance lacks `{where}`") from None
    files = {each.name: each.digest.get("sha256", "") for each in statement.subject}
    if len(files) != len(statement.subject) or not all(files.values()):
        raise SupplyError("a subject of the statement stands twice or has no SHA-256")
    resources = (*found.definition.resolved, *found.details.byproducts)
    return Attested(
        files=files, links=tuple(map(_link, resources)), builder=found.details.builder.id
    )


def _link(resource: Resource) -> Link:
    role = resource.annotations.get(_ROLE)
    try:
        return Link(
            role=Role(str(role)), name=resource.name, digest=resource.digest, uri=resource.uri
        )
    except ValueError:
        raise SupplyError(
            f"`{resource.name or resource.uri}` has no role that we know: {role}"
        ) from None
