"""When an object of an operator is healthy: what GitOps waits for before it calls a sync done.

Argo CD v3.5.1 ships no health check for these kinds (`resource_customizations/`) but those marked,
and Flux knows a condition `Ready` only where the kind has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegis.plan.types import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A kind and the condition that says that it serves."""

    group: str
    version: str
    kind: str
    condition: str = "Ready"

    shipped: bool = False
    """Whether Argo CD brings a check of its own."""

    per_parent: bool = False
    """Whether each parent of the object tells for itself, as a pool's gateways do."""

    @property
    def current(self) -> str:
        """CEL of Flux that holds when it serves."""
        return f"has(status.{self._where}) && {self._found}"

    @property
    def waits(self) -> str:
        """CEL of Flux that holds while it does not serve yet."""
        return f"!has(status.{self._where}) || !{self._found}"

    @property
    def _where(self) -> str:
        return "parents" if self.per_parent else "conditions"

    @property
    def _found(self) -> str:
        holds = f"conditions.exists(c, c.type == '{self.condition}' && c.status == 'True')"
        if self.per_parent:
            return f"status.parents.exists(p, p.{holds})"
        return f"status.{holds}"

    @property
    def lua(self) -> str:
        """The check of Argo CD; what is not ready progresses, so that a slow load is no failure."""
        holders = "obj.status.parents" if self.per_parent else "{obj.status}"
        return f"""\
local health = {{status = "Progressing", message = "not {self.condition} yet"}}
if obj.status ~= nil then
  for _, holder in ipairs({holders} or {{}}) do
    for _, condition in ipairs(holder.conditions or {{}}) do
      if condition.type == "{self.condition}" then
        health.message = condition.message or condition.reason or ""
        if condition.status == "True" then
          health.status = "Healthy"
        end
      end
    end
  end
end
return health
"""


KINDS: Mapping[str, tuple[Health, ...]] = {
    "flagger": (
        Health(
            group="flagger.app", version="v1beta1", kind="Canary", condition="Promoted", shipped=True,
        ),
    ),
    "kserve": (
        Health(group="serving.kserve.io", version="v1alpha2", kind="LLMInferenceService"),
    ),
    "lws": (
        Health(
            group="leaderworkerset.x-k8s.io", version="v1", kind="LeaderWorkerSet",
            condition="Available",
        ),
    ),
    "llm-d": (
        *(
            Health(group=f"{kind.lower()}.x-k8s.io", version="v1", kind=kind, condition="Available")
            for kind in ("LeaderWorkerSet", "DisaggregatedSet")
        ),
        Health(
            group="inference.networking.k8s.io", version="v1", kind="InferencePool",
            condition="Accepted", per_parent=True,
        ),
    ),
    "ray-serve": (Health(group="ray.io", version="v1", kind="RayService"),),
    "nvidia-dynamo": (
        Health(group="nvidia.com", version="v1beta1", kind="DynamoGraphDeployment"),
    ),
}  # fmt: skip


def health_of(plan: Plan) -> tuple[Health, ...]:
    """The kinds of the plan's platform that GitOps has to be told about."""
    return KINDS.get(plan.chosen("serving-platform"), ())
