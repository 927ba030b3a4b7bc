"""What Ray Serve on KubeRay cannot express at the release that the bundle is for."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.ray import serve
from aegis.render.shared.gap import Gap
from aegis.render.shared.serving import slots

_UPGRADE = Gap(
    what="Upgrades by KubeRay: `NewCluster` starts a second cluster in full and `NewClusterWithIncrementalUpgrade` "
    "one that grows, beside a trial that stands already; neither asks our analysis before it goes on.",
    instead="`upgradeStrategy: None`, and the version on trial is a RayService of its own, judged by weights: "
    "two versions in full are enough.",
)
_STATE = Gap(
    what="A head that is lost: without a store for its state the workers of that version start anew.",
    instead="Give `gcsFaultToleranceOptions` a Redis of yours by reference, or its `rocksdb` with a volume; the "
    "rehearsal `head-lost` says what it changes.",
)
_ADAPTERS = Gap(
    what="Adapters: Serve LLM loads them by name from an object store, and the brief names none.",
    instead="Add `lora_config` with `dynamic_lora_loading_path` to `serveConfigV2`, and a way out to that store.",
)
_ROLES = Gap(
    what="Separate replicas for reading and writing: this bundle writes one role.",
    instead="State `team.orchestrator: kserve` or `dynamo`, whose bundles write both roles.",
)
_ENGINE = Gap(
    what="Serve LLM starts vLLM and no other engine.",
    instead="`serveConfigV2` names `application:app` of the image `ray-llm`, which is yours: it reads the model "
    "from `/model` and answers as the engine would.",
)
_IN_PLACE = Gap(
    what="Replacing the stable version replica by replica: its cluster is replaced as a whole, and the trial "
    "cannot carry all traffic meanwhile.",
    instead="Add devices for a second version in full, or replace it in an hour without traffic.",
)


def gaps(plan: Plan) -> tuple[Gap, ...]:
    """The rows that this plan meets."""
    rows = (
        (_UPGRADE, True),
        (_STATE, True),
        (_ENGINE, not serve.starts_vllm(plan)),
        (_ADAPTERS, plan.chosen("feature-multi-lora") == "on"),
        (_ROLES, plan.chosen("feature-disaggregation") == "on"),
        (_IN_PLACE, slots(plan).room == "one"),
    )
    met = [gap for gap, meets in rows if meets]
    return (*met, *tracks.strategy_gaps(plan), *tracks.room_gaps(plan))
