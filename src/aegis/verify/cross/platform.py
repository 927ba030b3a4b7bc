"""Platforms and operators: pairings of versions, plugins, drivers, policies, chaos."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text
from aegis.verify.objects import Bundle, Hit, Object
from aegis.verify.text import load

_VERSION = re.compile(r"^v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?")
_GATEWAY_PLUGIN = "argoproj-labs/gatewayAPI"
_AI_GROUP, _AI_NAMESPACE = "aigateway.envoyproxy.io", "io.envoy.ai_gateway"
_LASTING_CHAOS = ("NetworkChaos", "StressChaos", "IOChaos", "DNSChaos", "HTTPChaos", "TimeChaos")
_INSTANT_ACTIONS = ("pod-kill", "container-kill")

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """From `since` on, `chart` needs `other` (a chart, or Kubernetes) at least at `least`."""

    chart: str
    since: Version
    other: str
    least: Version
    source: str


PAIRINGS = (
    Pairing(chart="ai-gateway-helm", since=(1, 0, 0), other="gateway-helm", least=(1, 8, 1),
            source="envoyproxy/ai-gateway site/docs/compatibility.md, v1.0.x row"),
    Pairing(chart="ai-gateway-helm", since=(1, 0, 0), other="Kubernetes", least=(1, 32, 0),
            source="envoyproxy/ai-gateway site/docs/compatibility.md, v1.0.x row"),
    Pairing(chart="dynamo-platform", since=(1, 0, 0), other="grove-charts", least=(0, 1, 0),
            source="dynamo#10419: topology needs Grove alpha.11 or later"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A Helm chart that the bundle installs."""

    item: Object
    path: Steps
    name: str
    version: str
    values: Map


def charts(bundle: Bundle) -> Iterator[Chart]:
    """Charts of Flux HelmReleases, Argo CD Applications and kustomizations."""
    for item in bundle.of("HelmRelease"):
        path: Steps = ("spec", "chart", "spec")
        spec = mapping(dig(item.full, *path))
        values = mapping(dig(item.full, "spec", "values"))
        yield _chart(item, (*path, "version"), spec.get("chart"), spec.get("version"), values)
    for item in bundle.of("Application", group="argoproj.io"):
        single = dig(item.full, "spec", "source")
        sources = [(("spec", "source"), single)] if isinstance(single, dict) else []
        for where, source in (*sources, *maps(item.full, "spec", "sources")):
            entry = mapping(source)
            yield _chart(item, (*where, "targetRevision"), entry.get("chart"),
                         entry.get("targetRevision"), _helm_values(entry))  # fmt: skip
    for item in bundle.of("kustomization"):
        for where, entry in maps(item.full, "helmCharts"):
            values = mapping(entry.get("valuesInline"))
            yield _chart(item, (*where, "version"), entry.get("name"), entry.get("version"), values)


def _chart(item: Object, path: Steps, name: JsonValue, version: JsonValue, values: Map) -> Chart:
    short = text(name).rpartition("/")[2]
    return Chart(item=item, path=path, name=short, version=str(version or ""), values=values)


def _helm_values(source: Map) -> Map:
    given = dig(source, "helm", "valuesObject")
    if isinstance(given, dict):
        return given
    loaded = load(text(dig(source, "helm", "values")))
    return mapping(loaded.documents[0].value) if loaded.documents else {}


def version_of(words: str) -> Version | None:
    """The first three numbers of a version.

    >>> version_of("v1.8"), version_of("1.10.0-rc1"), version_of("main")
    ((1, 8, 0), (1, 10, 0), None)
    """
    found = _VERSION.match(words.strip().lstrip("^~>=< "))
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def pairings(bundle: Bundle) -> Iterator[Hit]:
    """Charts that are released in pairs have versions that go together (P12, P22)."""
    known = {chart.name: chart for chart in charts(bundle) if chart.name}
    for pairing in PAIRINGS:
        chart, other = known.get(pairing.chart), known.get(pairing.other)
        cluster = bundle.kubernetes if pairing.other == "Kubernetes" else ""
        given = other.version if other is not None else cluster
        mine = version_of(chart.version) if chart is not None else None
        theirs = version_of(given)
        if chart is None or mine is None or theirs is None:
            continue
        if mine < pairing.since or theirs >= pairing.least:
            continue
        least = ".".join(map(str, pairing.least))
        yield Hit(name="unpaired-versions", object=chart.item, path=chart.path,
                  message=f"{chart.name} {chart.version} needs {pairing.other} {least} or later, "
                  f"not {given}",
                  also=(other.item.span(other.path),) if other is not None else ())  # fmt: skip


def token_limits(bundle: Bundle) -> Iterator[Hit]:
    """A token limit is counted: a cost from the response, and a store for the counters (P12)."""
    limited = list(_limits(bundle))
    configured = [
        (chart.item, chart.path, dig(chart.values, "config", "envoyGateway", "rateLimit"))
        for chart in charts(bundle)
        if chart.name == "gateway-helm"
    ]
    configured += [
        (item, ("data",), "rateLimit" if "rateLimit:" in str(item.full.get("data")) else None)
        for item in bundle.of("ConfigMap", group="")
        if item.name == "envoy-gateway-config"
    ]
    for item, path in limited:
        if configured and not any(value for _, _, value in configured):
            yield Hit(name="token-limit-without-counter", object=item, path=path,
                      message="Envoy Gateway has no `rateLimit` backend in this bundle",
                      also=(configured[0][0].span(configured[0][1]),))  # fmt: skip
    for item in bundle.of("AIGatewayRoute"):
        if dig(item.full, "spec", "llmRequestCosts") and not limited:
            yield Hit(name="token-limit-without-counter", object=item,
                      path=("spec", "llmRequestCosts"),
                      message="costs are computed and no BackendTrafficPolicy uses them")  # fmt: skip


def counted_costs(bundle: Bundle) -> Iterator[Hit]:
    """A limit counts a cost that some route computes; another name is always nothing."""
    computed = {
        text(cost.get("metadataKey"))
        for field in ("llmRequestCosts", "globalLLMRequestCosts")
        for item in bundle.of("AIGatewayRoute", "GatewayConfig", group=_AI_GROUP)
        for _, cost in maps(item.full, "spec", field)
    }
    for item in bundle.of("BackendTrafficPolicy") if computed else ():
        for path, rule in maps(item.full, "spec", "rateLimit", "global", "rules"):
            used = mapping(dig(rule, "cost", "response", "metadata"))
            key = text(used.get("key"))
            if used.get("namespace") == _AI_NAMESPACE and key not in computed:
                yield Hit(name="token-limit-without-counter", object=item,
                          path=(*path, "cost", "response", "metadata", "key"),
                          message=f"no route computes `{key}`")  # fmt: skip


def _limits(bundle: Bundle) -> Iterator[tuple[Object, Steps]]:
    for item in bundle.of("BackendTrafficPolicy"):
        if dig(item.full, "spec", "rateLimit", "global") is not None:
            yield item, ("spec", "rateLimit", "global")
    for item in bundle.of("QuotaPolicy"):
        yield item, ("spec",)


def plugins(bundle: Bundle) -> Iterator[Hit]:
    """Argo Rollouts gets its plugins from an image (P15)."""
    for item in bundle.of("ConfigMap", group=""):
        for key in ("trafficRouterPlugins", "metricProviderPlugins", "stepPlugins"):
            words = text(dig(item.full, "data", key))
            for plugin in _plugin_list(words):
                location = text(plugin.get("location"))
                if location.startswith(("http://", "https://")):
                    yield Hit(name="plugin-downloaded-at-start", object=item, path=("data", key),
                              message=f"plugin `{text(plugin.get('name'))}` is downloaded at "
                              "every start")  # fmt: skip


def _plugin_list(words: str) -> Iterator[Map]:
    try:
        value = load(words).documents[0].value if words else None
    except (IndexError, yaml.YAMLError):
        return
    for entry in listing(value):
        yield mapping(entry)


def pools_behind_plugins(bundle: Bundle) -> Iterator[Hit]:
    """The Gateway API plugin weighs Services, not pools (P16)."""
    for item in bundle.of("Rollout", group="argoproj.io"):
        path: Steps = ("spec", "strategy", "canary", "trafficRouting", "plugins", _GATEWAY_PLUGIN)
        plugin = mapping(dig(item.full, *path))
        names = {text(plugin.get("httpRoute"))}
        names |= {text(route.get("name")) for _, route in maps(plugin, "httpRoutes")}
        for name in sorted(names - {""}):
            route = bundle.find("HTTPRoute", name, item.namespace)
            for rule_path, rule in maps(route.full if route else None, "spec", "rules"):
                for steps, backend in maps(rule, "backendRefs"):
                    if backend.get("kind") == "InferencePool" and route is not None:
                        yield Hit(name="pool-behind-rollout-plugin", object=item, path=path,
                                  message=f"HTTPRoute `{name}` leads to an InferencePool",
                                  also=(route.span((*rule_path, *steps)),))  # fmt: skip


def policy_kinds(bundle: Bundle) -> Iterator[Hit]:
    """Kyverno's first policy kinds are on their way out (P21)."""
    for item in bundle.of("ClusterPolicy", "Policy", "CleanupPolicy", group="kyverno.io"):
        yield Hit(name="deprecated-policy-kind", object=item, path=("kind",),
                  message=f"{item.kind} of kyverno.io is deprecated since Kyverno 1.17")  # fmt: skip


def drivers(bundle: Bundle) -> Iterator[Hit]:
    """GPU drivers are upgraded by people (P23)."""
    for item in bundle.of("ClusterPolicy", group="nvidia.com"):
        path: Steps = ("spec", "driver", "upgradePolicy", "autoUpgrade")
        if dig(item.full, *path) is True:
            yield Hit(name="unattended-driver-upgrade", object=item, path=path,
                      message="autoUpgrade drains serving nodes without asking")  # fmt: skip
    for chart in charts(bundle):
        automatic = dig(chart.values, "driver", "upgradePolicy", "autoUpgrade")
        if chart.name == "gpu-operator" and automatic is True:
            yield Hit(name="unattended-driver-upgrade", object=chart.item, path=chart.path,
                      message="autoUpgrade drains serving nodes without asking")  # fmt: skip


def compositions(bundle: Bundle) -> Iterator[Hit]:
    """Crossplane objects have the v2 form (P24)."""
    group = "apiextensions.crossplane.io"
    for item in bundle.of("Composition", group=group):
        spec = mapping(item.value.get("spec"))
        if spec.get("mode") not in (None, "Pipeline") or "resources" in spec:
            field = "resources" if "resources" in spec else "mode"
            yield Hit(name="crossplane-v1-form", object=item, path=("spec", field),
                      message="a Composition must be `mode: Pipeline`")  # fmt: skip
    for item in bundle.of("CompositeResourceDefinition", group=group):
        if not item.api_version.endswith("/v2"):
            continue
        for field in ("claimNames", "connectionSecretKeys"):
            if dig(item.value, "spec", field) is not None:
                yield Hit(name="crossplane-v1-form", object=item, path=("spec", field),
                          message=f"`{field}` is gone in v2 definitions")  # fmt: skip


def chaos(bundle: Bundle) -> Iterator[Hit]:
    """Experiments end, and their daemon knows the node's container runtime (P25)."""
    for item in bundle.of(*_LASTING_CHAOS, "PodChaos", group="chaos-mesh.org"):
        spec = mapping(item.full.get("spec"))
        if not spec.get("duration") and spec.get("action") not in _INSTANT_ACTIONS:
            yield Hit(name="chaos-without-end", object=item, path=("spec",),
                      message="`duration` is not given")  # fmt: skip
    for chart in charts(bundle):
        runtime = dig(chart.values, "chaosDaemon", "runtime")
        if chart.name == "chaos-mesh" and runtime in (None, "docker"):
            yield Hit(name="chaos-daemon-socket", object=chart.item, path=chart.path,
                      message="chaosDaemon.runtime is Docker unless it is set")  # fmt: skip
