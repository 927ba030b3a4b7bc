"""KServe 0.20: LLMInferenceService for language models on vLLM, InferenceService for all others."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.brief.schema import LLM_KINDS
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import policies
from aegis.render.kubernetes.objects import ROLE_LABEL, Object, Scaled, selector
from aegis.render.kubernetes.platforms import inference, tracks
from aegis.render.kubernetes.platforms.kserve import language, predictive
from aegis.render.kubernetes.platforms.kserve.gaps import gaps
from aegis.render.kubernetes.platforms.kserve.operate import operate
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.workload import parts
from aegis.render.shared.pins import Parts


def is_language(plan: Plan) -> bool:
    """Whether the plan is served by an LLMInferenceService, whose presets start vLLM."""
    return plan.kind in LLM_KINDS and plan.chosen("engine") == "vllm"


def _workload(plan: Plan) -> tuple[Artifact, ...]:
    return language.workload(plan) if is_language(plan) else predictive.workload(plan)


def _canary(plan: Plan) -> tuple[Artifact, ...]:
    return language.trial(plan) if is_language(plan) else predictive.trial(plan)


def _services(plan: Plan) -> tuple[Artifact, ...]:
    return tracks.services(plan) if is_language(plan) else predictive.services(plan)


def _policies(plan: Plan) -> tuple[Artifact, ...]:
    return language.policies(plan) if is_language(plan) else policies(plan, selector(plan))


def _scaled(plan: Plan) -> tuple[Scaled, ...]:
    return language.scaled(plan) if is_language(plan) else predictive.scaled(plan)


def _one_replica(plan: Plan) -> Changes:
    return language.one_replica(plan) if is_language(plan) else predictive.one_replica(plan)


def _monitors(plan: Plan) -> tuple[Artifact, ...]:
    if not is_language(plan):
        return tracks.monitors(plan, selector(plan), selector(plan))
    fronts, engines = ({**tracks.pods(plan), ROLE_LABEL: r} for r in (tracks.FRONT, tracks.ENGINE))
    return tracks.monitors(plan, fronts, engines)


def _images(plan: Plan) -> Parts:
    return language.images(plan) if is_language(plan) else parts(plan)


def _beside(plan: Plan) -> int:
    """Gateways and KServe's picker; the other pods of a group."""
    if not is_language(plan):
        return 0
    return tracks.fronts(plan) + 1 + tracks.followers(plan)


def _pods(plan: Plan) -> Object:
    return tracks.pods(plan) if is_language(plan) else selector(plan)


def _also(plan: Plan) -> tuple[str, ...]:
    if not is_language(plan):
        return ()
    return ("gateway-api-inference-extension", *(("lws",) if language.wide(plan) else ()))


KSERVE = Platform(
    needs=("kserve",),
    also=_also,
    workload=_workload,
    canary=_canary,
    services=_services,
    images=_images,
    route=tracks.weighed_route,
    monitors=_monitors,
    endpoints=1,
    beside=_beside,
    assumed=lambda plan: tracks.assumed(plan) if is_language(plan) else (),
    once=lambda plan: inference.guard(plan) if is_language(plan) else (),
    policies=_policies,
    scaled=_scaled,
    one_replica=_one_replica,
    pods=_pods,
    judged=lambda _: (),
    gaps=lambda plan: gaps(plan, language=is_language(plan)),
    operate=lambda plan: operate(plan, language=is_language(plan)),
    mounted=("spec/template/volumes[]/image/reference", "spec/prefill/template/volumes[]/image/reference",
             "spec/worker/volumes[]/image/reference", "spec/volumes[]/image/reference"),
)  # fmt: skip
