"""What Serve runs: `serveConfigV2`, a text that KubeRay hands to Ray as it is."""

from __future__ import annotations

import json

from pydantic import JsonValue

from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import Object
from aegis.render.shared.engines import MODEL_DIR
from aegis.render.shared.serving import floor, nodes_per_replica, serving, slots, trial_replicas

_PREFIX_ROUTER = "ray.serve.llm.request_router.PrefixCacheAffinityRouter"
_OWN_APPLICATION = "application:app"


def starts_vllm(plan: Plan) -> bool:
    """Whether Serve LLM serves it; any other engine is an application of yours."""
    return plan.chosen("engine") == "vllm"


def scales(plan: Plan) -> bool:
    """Whether Ray adds and removes workers: its scaler calls the API of Kubernetes from the head."""
    return plan.chosen("scaling") == "queue-signal"


def bounds(plan: Plan, *, trial: bool) -> tuple[int, int]:
    """Least and most replicas of a version."""
    most = trial_replicas(plan) if trial else slots(plan).replicas
    return (min(floor(plan), most) if scales(plan) and not trial else most), most


def config(plan: Plan, *, replicas: int, least: int) -> str:
    """The configuration of Serve for so many replicas, as JSON, which is YAML too."""
    document: Object = {
        "proxy_location": "EveryNode",
        "http_options": {"host": "0.0.0.0", "port": 8000},  # noqa: S104  # inside the pod
        "applications": [_application(plan, replicas, least)],
    }
    return json.dumps(document, indent=2) + "\n"


def _application(plan: Plan, replicas: int, least: int) -> Object:
    if not starts_vllm(plan):
        return {
            "name": plan.service,
            "route_prefix": "/",
            "import_path": _OWN_APPLICATION,
            "args": {"model": MODEL_DIR, "replicas": replicas},
        }
    return {
        "name": plan.service,
        "route_prefix": "/",
        "import_path": "ray.serve.llm:build_openai_app",
        "args": {"llm_configs": [_model(plan, replicas, least)]},
    }


def _model(plan: Plan, replicas: int, least: int) -> JsonValue:
    return {
        "model_loading_config": {"model_id": plan.service, "model_source": MODEL_DIR},
        "engine_kwargs": _engine(plan),
        "deployment_config": _deployment(plan, replicas, least),
    }


def _engine(plan: Plan) -> Object:
    """The arguments of vLLM that the plan decides; a value it does not have is not written."""
    capacity, devices = plan.capacity, max(1, serving(plan).devices)
    tensor = max(1, capacity.tensor_parallel)
    stages = devices // tensor if nodes_per_replica(plan) > 1 else 1
    prefix = plan.chosen("feature-prefix-caching")
    wanted: Object = {
        "tensor_parallel_size": tensor,
        "pipeline_parallel_size": stages if stages > 1 else None,
        "max_model_len": capacity.max_model_len,
        "max_num_seqs": capacity.max_sequences,
        "quantization": "fp8" if capacity.precision == "fp8" else None,
        "enable_prefix_caching": {"on": True, "off": False}.get(prefix),
    }
    return {key: value for key, value in wanted.items() if value is not None}


def _deployment(plan: Plan, replicas: int, least: int) -> Object:
    """How many, how full, and which replica gets a request."""
    full = plan.capacity.max_sequences
    number: Object = (
        {"num_replicas": replicas}
        if least == replicas
        else {
            "autoscaling_config": {
                "min_replicas": least,
                "max_replicas": replicas,
                **({"target_ongoing_requests": full} if full else {}),
            }
        }
    )
    router: Object = (
        {"request_router_config": {"request_router_class": _PREFIX_ROUTER}}
        if plan.chosen("request-routing") == "prefix-aware"
        else {}
    )
    return {**number, **({"max_ongoing_requests": full} if full else {}), **router}
