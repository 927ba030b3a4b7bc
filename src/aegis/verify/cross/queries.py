"""PromQL wherever it stands: does it parse, and do its metrics exist?"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aegis.base import conventions
from aegis.catalog.loader import engines
from aegis.verify.access import Steps, dig, listing, maps, text, walk
from aegis.verify.objects import Bundle, Hit, Object
from aegis.verify.promql.parser import Matcher, Parsed, PromqlError, parse

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\[\[.*?\]\]")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][^}]*\}|\$[A-Za-z_]\w*")
_RANGE_VARIABLE = re.compile(r"\[\s*(?:\$\{?[A-Za-z_]\w*\}?|\{\{.*?\}\})(?=\s*[:\]])")
_OFFSET_VARIABLE = re.compile(r"(?<=offset )\s*(?:\$\{?[A-Za-z_]\w*\}?|\{\{.*?\}\})")
_TARGET_LABELS = frozenset((
    "__name__", "job", "instance", "le", "quantile", "namespace", "pod", "container", "service",
    "endpoint", "node", "cluster", "region", "zone", "environment", "env", "track", "prometheus",
    "prometheus_replica", "replica", "app", "release", "team", "tenant",
))  # fmt: skip
"""Labels that Prometheus, its operator or an organisation gives to every target."""

_SCRAPERS = frozenset(("PodMonitor", "ServiceMonitor", "Probe", "ScrapeConfig", "prometheus"))
_SUFFIXES = ("_bucket", "_sum", "_count", "_total", "_created")


@dataclass(frozen=True, slots=True)
class Site:
    """One query and where it stands."""

    object: Object
    path: Steps
    query: str


def sites(bundle: Bundle) -> Iterator[Site]:
    """Every PromQL query of a bundle."""
    for find in (_rules, _analyses, _triggers, _metric_templates, _panels, _probes):
        yield from find(bundle)


def _rules(bundle: Bundle) -> Iterator[Site]:
    for item in bundle.of("PrometheusRule", "prometheus-rules"):
        base: Steps = () if item.family else ("spec",)
        for group_path, group in maps(item.full, *base, "groups"):
            for steps, rule in maps(group, "rules"):
                if query := text(rule.get("expr")):
                    yield Site(item, (*group_path, *steps, "expr"), query)


def _analyses(bundle: Bundle) -> Iterator[Site]:
    for item in bundle.of("AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun"):
        for path, metric in maps(item.full, "spec", "metrics"):
            if query := text(dig(metric, "provider", "prometheus", "query")):
                yield Site(item, (*path, "provider", "prometheus", "query"), query)


def _triggers(bundle: Bundle) -> Iterator[Site]:
    for item in bundle.of("ScaledObject", "ScaledJob"):
        for path, trigger in maps(item.full, "spec", "triggers"):
            query = text(dig(trigger, "metadata", "query"))
            if trigger.get("type") == "prometheus" and query:
                yield Site(item, (*path, "metadata", "query"), query)


def _metric_templates(bundle: Bundle) -> Iterator[Site]:
    for item in bundle.of("MetricTemplate"):
        if dig(item.full, "spec", "provider", "type") == "prometheus":
            yield Site(item, ("spec", "query"), text(dig(item.full, "spec", "query")))


def _panels(bundle: Bundle) -> Iterator[Site]:
    for item in bundle.of("grafana"):
        for path, value in walk(item.full):
            if path and path[-1] == "expr" and isinstance(value, str) and value:
                yield Site(item, path, value)


def _probes(bundle: Bundle) -> Iterator[Site]:
    """What experiments ask before, while and after they break something."""
    for item in bundle.of("ChaosEngine"):
        for path, value in walk(item.full.get("spec"), ("spec",)):
            if path[-1] == "promProbe/inputs" and (query := text(dig(value, "query"))):
                yield Site(item, (*path, "query"), query)
    for item in bundle.of("StatusCheck", "Workflow", group="chaos-mesh.org"):
        for path, value in walk(item.full.get("spec"), ("spec",)):
            asked = text(dig(value, "url")) if path[-1] == "http" else ""
            body = text(dig(value, "body"))
            if asked.endswith("/api/v1/query") and body.startswith("query="):
                yield Site(item, (*path, "body"), body.removeprefix("query="))


def plain(query: str) -> str:
    """The query with template variables replaced by what may stand there.

    >>> plain('rate(x{job="{{args.job}}"}[$__rate_interval])')
    'rate(x{job="x"}[5m])'
    """
    query = _RANGE_VARIABLE.sub("[5m", query)
    query = _OFFSET_VARIABLE.sub("5m", query)
    query = _TEMPLATE.sub("x", query)
    return _VARIABLE.sub("x", query)


@functools.lru_cache(maxsize=2048)
def _parsed(query: str) -> Parsed | PromqlError:
    try:
        return parse(query)
    except PromqlError as error:
        return error


def queries(bundle: Bundle) -> Iterator[Hit]:
    """Every query parses."""
    for site in sites(bundle):
        made = _parsed(plain(site.query))
        if isinstance(made, PromqlError):
            yield Hit(name="invalid-promql", object=site.object, path=site.path,
                      message=f"{made} (character {made.at + 1})")  # fmt: skip


def recorded_names(objects: Iterable[Object]) -> frozenset[str]:
    """Names that recording rules make, wherever they stand in the files."""
    found: set[str] = set()
    for item in objects:
        if item.kind in {"PrometheusRule", "prometheus-rules"}:
            base: Steps = () if item.family else ("spec",)
            for _, group in maps(item.full, *base, "groups"):
                found |= {text(rule.get("record")) for _, rule in maps(group, "rules")}
    return frozenset(found - {""})


@functools.cache
def catalog_metrics() -> frozenset[str]:
    """Names that the catalog's engines and Aegis itself export."""
    names = {metric.name for engine in engines() for metric in engine.metrics}
    ours = {value for value in vars(conventions).values() if isinstance(value, str)}
    return frozenset(names | {value for value in ours if value.startswith("aegis_")})


@functools.cache
def _metric_labels() -> Mapping[str, frozenset[str]]:
    """Labels that an engine of the catalog gives to its metrics, where it is known."""
    found: dict[str, frozenset[str]] = {}
    for engine in engines():
        for metric in engine.metrics:
            known = found.get(metric.name, frozenset())
            found[metric.name] = known | frozenset(metric.labels)
    return found


def _added_labels(bundle: Bundle) -> frozenset[str]:
    """Labels that scraping adds in this bundle: relabelled, or taken from pods and Services."""
    found = set(_TARGET_LABELS)
    for item in bundle.objects:
        if item.kind in _SCRAPERS or "scrape_configs" in item.value:
            for path, value in walk(item.full):
                if path and path[-1] in {"targetLabel", "target_label"}:
                    found.add(text(value))
                elif path and path[-1] in {"podTargetLabels", "targetLabels"}:
                    found |= {re.sub(r"[^A-Za-z0-9_]", "_", text(name)) for name in listing(value)}
                elif len(path) > 1 and path[-2] == "labels":
                    found.add(str(path[-1]))
    return frozenset(found)


def labels(bundle: Bundle) -> Iterator[Hit]:
    """A label that selects an engine's metric is one that the engine or its scraping gives."""
    if bundle.metrics is not None:
        return
    known, added = _metric_labels(), _added_labels(bundle)
    for site in sites(bundle):
        made = _parsed(plain(site.query))
        for selector in () if isinstance(made, PromqlError) else made.selectors:
            own = known.get(selector.name) or known.get(base_name(selector.name))
            if not own or selector.name in bundle.recorded:
                continue
            for matcher in selector.matchers:
                if matcher.label in own or matcher.label in added or _allows_none(matcher):
                    continue
                near = difflib.get_close_matches(matcher.label, sorted(own), n=1, cutoff=0.5)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                yield Hit(name="unknown-label", object=site.object, path=site.path,
                          message=f"`{selector.name}` has no label `{matcher.label}`{hint}")  # fmt: skip


def _allows_none(matcher: Matcher) -> bool:
    """Whether a series without the label is selected too."""
    if matcher.operator in {"=", "!="}:
        return (matcher.value == "") is (matcher.operator == "=")
    return matcher.operator == "!~" or matcher.value.startswith(("|", ".*")) or not matcher.value


def base_name(metric: str) -> str:
    """The name without the suffix that a histogram or counter adds.

    >>> base_name("vllm:time_to_first_token_seconds_bucket")
    'vllm:time_to_first_token_seconds'
    """
    for suffix in _SUFFIXES:
        if metric.endswith(suffix):
            return metric[: -len(suffix)]
    return metric


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def metrics(bundle: Bundle) -> Iterator[Hit]:
    """A metric with an engine's prefix is one that the engine exports (pitfall P19)."""
    known = catalog_metrics() if bundle.metrics is None else bundle.metrics
    names = {*known, *map(base_name, known)}
    prefixes = {name.partition(":")[0] for name in known if ":" in name} | {"aegis"}
    by_spelling = {_squeezed(name): name for name in names}
    for site in sites(bundle):
        made = _parsed(plain(site.query))
        if isinstance(made, PromqlError):
            continue
        for metric in sorted(made.metrics):
            if metric in bundle.recorded or metric in names or base_name(metric) in names:
                continue
            if metric.startswith("aegis:") and not bundle.recorded:
                continue  # our own rules, which stand elsewhere
            other = by_spelling.get(_squeezed(metric)) or by_spelling.get(
                _squeezed(base_name(metric))
            )
            prefix = re.split(r"[:_]", metric, maxsplit=1)[0]
            if other is None and prefix not in prefixes:
                continue
            near = other or next(iter(difflib.get_close_matches(metric, names, n=1)), "")
            hint = f"; did you mean `{near}`?" if near else ""
            yield Hit(name="unknown-metric", object=site.object, path=site.path,
                      message=f"no engine of the catalog exports `{metric}`{hint}")  # fmt: skip
