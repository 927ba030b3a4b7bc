"""The objects of the bundle as a Helm chart, for a team whose cluster takes charts.

The chart is another form of the same objects: what the overlays change by JSON patch is a value here,
an environment is a file of values, and whatever follows from the environment's name is a template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import Object
from aegis.render.kubernetes.overlays import changes, hostnames
from aegis.render.kubernetes.platforms.platform import Platform
from aegis.render.shared.pins import REGISTRY, unset

ROOT = "chart"
_BECAUSE = ("serving-platform", "environments")
_DIGEST = r"^[^@\s]+@sha256:[0-9a-f]{64}$"
_MARK = re.compile(r"__aegis_(\d+)__")


@dataclass(slots=True)
class _Values:
    """Template expressions found so far, and the values of each environment that they read."""

    expressions: list[str] = field(default_factory=list)
    of: dict[str, Object] = field(
        default_factory=lambda: {e: {"environment": e} for e in names.ENVIRONMENTS}
    )

    def mark(self, expression: str) -> str:
        """A word that stands for an expression until the object is text."""
        self.expressions.append(expression)
        return f"__aegis_{len(self.expressions) - 1}__"

    def text(self, content: JsonValue) -> str:
        """An object as a template: JSON is YAML, so that a value may be of any shape."""
        dumped = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        escaped = dumped.replace("{{", '{{ "{{" }}')
        return _MARK.sub(lambda m: self.expressions[int(m[1])], escaped)


def chart(
    plan: Plan, platform: Platform, objects: tuple[Artifact, ...], judged: tuple[Artifact, ...]
) -> tuple[Artifact, ...]:
    """The chart over the objects of the base, and the judges of a release for production only."""
    values = _Values()
    templates = [
        *_templates(plan, platform, objects, values),
        *(_only_production(each) for each in _templates(plan, platform, judged, values)),
        _policy(plan, values),
    ]
    for environment, table in values.of.items():
        table["hostnames"] = hostnames(plan, environment)
    return (
        _file("Chart.yaml", _about(plan)),
        _file("values.yaml", {"images": {v.lower(): "" for v, _ in platform.images(plan)}, "policy": ""}),
        _file("values.schema.json", _schema(plan, platform)),
        _file("README.md", _readme(plan, platform)),
        *(
            _file(f"values-{environment}.yaml", table).model_copy(update={"environment": environment})
            for environment, table in values.of.items()
        ),
        *templates,
    )  # fmt: skip


def _file(path: str, content: JsonValue, because: tuple[str, ...] = _BECAUSE) -> Artifact:
    return Artifact(path=f"{ROOT}/{path}", content=content, because=because)


def _about(plan: Plan) -> Object:
    return {
        "apiVersion": "v2",
        "name": plan.service,
        "description": plan.purpose,
        "type": "application",
        "version": "0.1.0",
        "appVersion": plan.id,
        "annotations": {names.PLAN_LABEL: plan.id},
    }


def _templates(
    plan: Plan, platform: Platform, artifacts: tuple[Artifact, ...], values: _Values
) -> Iterator[Artifact]:
    for artifact in artifacts:
        found = deepcopy(artifact.content)
        if not isinstance(found, dict):
            continue  # a file beside the objects
        if found["kind"] == "HTTPRoute":
            _put(found, ["spec", "hostnames"], values.mark("{{ .Values.hostnames | toJson }}"))
        _of_the_environment(plan, platform, found, values)
        _of_production(plan, platform, found, values)
        _label(found, values)
        name = artifact.path.rsplit("/", 1)[1]
        content = values.text(_pinned(plan, platform, found, values))
        yield _file(f"templates/{name}", content, artifact.because)


def _of_the_environment(plan: Plan, platform: Platform, found: Object, values: _Values) -> None:
    """Each place that an overlay changes reads a value, or the environment's name."""
    tables = {e: dict(_paths(plan, platform, e, found)) for e in names.ENVIRONMENTS}
    for path in dict.fromkeys(path for table in tables.values() for path in table):
        *parents, last = [part for part in path.split("/") if part]
        place = _at(found, parents)
        assert isinstance(place, dict | list)  # noqa: S101  # its parts are what is changed
        there = _at(place, [last])
        by = {e: tables[e].get(path, there) for e in names.ENVIRONMENTS}
        if all(by[e] == _renamed(there, e) for e in names.ENVIRONMENTS):
            expression = f"{{{{ {_printed(str(there))} | toJson }}}}"
        else:
            steps = [_camel(str(found["kind"])), *(s for s in (*parents, last) if s != "spec")]
            for environment, value in by.items():
                _put(values.of[environment], steps, value)
            expression = f"{{{{ .Values.{'.'.join(steps)} | toJson }}}}"
        if isinstance(place, list):
            place[int(last)] = values.mark(expression)
        else:
            place[last] = values.mark(expression)


def _of_production(plan: Plan, platform: Platform, found: Object, values: _Values) -> None:
    """What a release adds in production only; elsewhere the field is null, which is none."""
    for changed, patches in platform.in_production(plan):
        for patch in patches if changed == found["kind"] else ():
            *parents, last = [part for part in str(patch["path"]).split("/") if part]
            place = _at(found, parents)
            assert isinstance(place, dict)  # noqa: S101  # a field is added to a mapping
            added = json.dumps(patch["value"]).replace("{{", '{{ "{{" }}')
            place[last] = values.mark(
                f'{{{{ if eq .Values.environment "production" }}}}{added}{{{{ else }}}}null{{{{ end }}}}'
            )


def _paths(
    plan: Plan, platform: Platform, environment: str, found: Object
) -> Iterator[tuple[str, JsonValue]]:
    kind = str(found["kind"])
    name = f"{kind}/{_at(found, ['metadata', 'name'])}"
    for changed, patches in changes(plan, platform, environment):
        if changed in {kind, name}:
            for patch in patches:
                yield str(patch["path"]), patch["value"]


def _renamed(value: JsonValue, environment: str) -> JsonValue:
    return value.replace("production", environment) if isinstance(value, str) else None


def _printed(value: str) -> str:
    """A text with the environment's name in it as an expression.

    >>> _printed("assistant/production")
    'printf "assistant/%s" .Values.environment'
    """
    if value == "production":
        return ".Values.environment"
    return f'printf "{value.replace("%", "%%").replace("production", "%s")}" .Values.environment'


def _at(found: JsonValue, steps: list[str]) -> JsonValue:
    """What lies at a path; an error where the path leads nowhere."""
    for step in steps:
        if isinstance(found, list):
            found = found[int(step)]
        elif isinstance(found, dict):
            found = found[step]
        else:
            raise KeyError(step)
    return found


def _put(table: Object, steps: list[str], value: JsonValue) -> None:
    for step in steps[:-1]:
        inner = table.setdefault(step, {})
        assert isinstance(inner, dict)  # noqa: S101  # made by this function
        table = inner
    table[steps[-1]] = value


def _camel(kind: str) -> str:
    return kind[0].lower() + kind[1:]


def _label(found: Object, values: _Values) -> None:
    """The environment's label where kustomize sets it: on the object and on its pods."""
    for parents in (["metadata"], ["spec", "template", "metadata"]):
        try:
            metadata = _at(found, parents)
        except KeyError:
            continue
        assert isinstance(metadata, dict)  # noqa: S101  # metadata is a mapping in every kind
        labels = metadata.setdefault("labels", {})
        assert isinstance(labels, dict)  # noqa: S101
        labels[names.ENVIRONMENT_LABEL] = values.mark("{{ .Values.environment | toJson }}")


def _pinned(plan: Plan, platform: Platform, value: JsonValue, values: _Values) -> JsonValue:
    """Each image by the digest that its value states; without one nothing is rendered."""
    match value:
        case dict():
            return {k: _pinned(plan, platform, v, values) for k, v in value.items()}
        case list():
            return [_pinned(plan, platform, v, values) for v in value]
        case str():
            for variable, image in platform.images(plan):
                if value == unset(image):
                    name = f"images.{variable.lower()}"
                    wanted = f'required "{name}: a name with its digest" .Values.{name}'
                    return values.mark(f"{{{{ {wanted} | toJson }}}}")
            return value
        case _:
            return value


def _only_production(template: Artifact) -> Artifact:
    text = f'{{{{- if eq .Values.environment "production" }}}}\n{template.content}{{{{- end }}}}\n'
    return template.model_copy(update={"content": text})


def _policy(plan: Plan, values: _Values) -> Artifact:
    wanted = 'required "policy: --set-file policy=gateway/policy.yaml" .Values.policy'
    content: Object = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{plan.service}-gateway"},
        "data": {"policy.yaml": values.mark(f"{{{{ {wanted} | toJson }}}}")},
    }
    _label(content, values)
    return _file("templates/gateway-policy.yaml", values.text(content), ("gateway",))


def _schema(plan: Plan, platform: Platform) -> Object:
    image: JsonValue = {"type": "string", "pattern": _DIGEST}
    variables = [variable.lower() for variable, _ in platform.images(plan)]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["environment", "hostnames", "images", "policy"],
        "properties": {
            "environment": {"enum": list(names.ENVIRONMENTS)},
            "hostnames": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "images": {
                "type": "object",
                "required": [*variables],
                "properties": dict.fromkeys(variables, image),
                "additionalProperties": False,
            },
            "policy": {"type": "string", "minLength": 1},
        },
    }


def _readme(plan: Plan, platform: Platform) -> str:
    images = " \\\n".join(
        f"  --set images.{v.lower()}={REGISTRY}/{image}@sha256:…"
        for v, image in platform.images(plan)
    )
    return f"""# {plan.service} as a Helm chart

Rendered from plan `{plan.id}`: the objects of `kubernetes/base`, with an environment as a file of values.
Use the chart or the overlays, not both. `kubernetes/cluster` is applied once either way.

```sh
helm upgrade --install {plan.service} chart --namespace staging --values chart/values-staging.yaml \\
  --set-file policy=gateway/policy.yaml \\
{images}
```

- No image without a digest is accepted: `values.schema.json` refuses it before anything is sent.
- Take the digests from `kubernetes/overlays/staging/release.env`, which the pipeline writes.
- Only `values-production.yaml` brings the judges of a release: nothing else has traffic to judge by.
- The way back of a release is the Rollout's (`kubectl argo rollouts abort {plan.service}`); `helm rollback` puts
  the objects of the revision before back, and that change is released step by step again.
"""
