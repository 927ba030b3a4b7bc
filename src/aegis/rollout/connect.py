"""Sources and routers as a policy names them; paths are relative to the policy's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aegis.rollout.policy import (
    ArgoRouter,
    EndpointSource,
    EnvoyRouter,
    FileSource,
    GatewayRouter,
    HTTPRouteRouter,
    KServeRouter,
    NoRouter,
    Policy,
    PrometheusSource,
)
from aegis.rollout.routers.kubernetes import (
    ArgoSteps,
    Cluster,
    HTTPRouteWeights,
    KServeCanary,
    object_url,
)
from aegis.rollout.routers.plain import EnvoyRuntime, GatewayWeights, Nobody
from aegis.rollout.sources.documents import FromEndpoint, FromFile
from aegis.rollout.sources.prometheus import FromPrometheus
from aegis.rollout.world import PermanentError, Router, Source

if TYPE_CHECKING:
    import httpx


def http_client(ca_file: str | None = None) -> httpx.Client:
    """The client for sources and routers.

    Raises:
        PermanentError: the extra is not installed.
    """
    try:
        import httpx  # noqa: PLC0415  # the extra
    except ModuleNotFoundError:
        raise PermanentError(
            "a rollout over HTTP needs an extra: pip install 'aegis-deploy[measure]'"
        ) from None
    import ssl  # noqa: PLC0415

    verify: ssl.SSLContext | bool = True
    if ca_file and Path(ca_file).is_file():
        verify = ssl.create_default_context(cafile=ca_file)
    return httpx.Client(timeout=10.0, verify=verify, trust_env=False)


def make_source(policy: Policy, folder: Path) -> Source:
    """The source that a policy names."""
    match policy.source:
        case PrometheusSource() as spec:
            return FromPrometheus(
                spec, policy.metrics, http_client(), token=_token(spec.token_file, folder)
            )
        case EndpointSource() as spec:
            return FromEndpoint(spec.url, http_client(), token=_token(spec.token_file, folder))
        case FileSource() as spec:
            return FromFile(folder / spec.path)


def make_router(policy: Policy, folder: Path) -> Router:
    """The router that a policy names."""
    match policy.router:
        case EnvoyRouter() as spec:
            return EnvoyRuntime(spec.admin_url, spec.key, http_client())
        case GatewayRouter() as spec:
            client = http_client() if spec.health_url else None
            return GatewayWeights(folder / spec.policy, health_url=spec.health_url, client=client)
        case HTTPRouteRouter() as spec:
            cluster = _cluster(spec, HTTPRouteWeights.API, HTTPRouteWeights.PLURAL, folder)
            return HTTPRouteWeights(cluster, stable=spec.stable, canary=spec.canary)
        case KServeRouter() as spec:
            return KServeCanary(_cluster(spec, KServeCanary.API, KServeCanary.PLURAL, folder))
        case ArgoRouter() as spec:
            return ArgoSteps(_cluster(spec, ArgoSteps.API, ArgoSteps.PLURAL, folder))
        case NoRouter():
            return Nobody()


def _cluster(
    spec: HTTPRouteRouter | KServeRouter | ArgoRouter, api: str, plural: str, folder: Path
) -> Cluster:
    url = object_url(spec.api_url, api, spec.namespace, plural, spec.name)
    return Cluster(http_client(spec.ca_file), url, token=lambda: _token(spec.token_file, folder))


def _token(file: str | None, folder: Path) -> str | None:
    if file is None:
        return None
    path = folder / file
    return path.read_text("utf-8").strip() if path.is_file() else None
