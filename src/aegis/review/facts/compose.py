"""Compose files as workloads."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Iterator

from aegis.base.finding import Span
from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import Node
from aegis.review.facts.commands import Place, read_command
from aegis.review.facts.environment import environment_facts
from aegis.review.facts.images import image_of
from aegis.review.facts.types import Fact, Port, Probe, Trait, Variable, Workload
from aegis.review.facts.world import product_of, product_of_command

_DEFAULT = re.compile(r"\$\{\w+(?::?-([^}]*))?\}")
# Profiles of what is no part of the service: tools, helpers, what was before.
_ON_REQUEST = re.compile(
    r"(?:legacy|old|dev(?:el(?:opment)?)?|debug|tools?|tests?|testing|e2e|demo|examples?|local|admin|manual|seed|init"
    r"|setup|maintenance|migrat\w*|certbot|bench\w*|load-?test\w*|optional|experimental|deprecated)$",
    re.IGNORECASE,
)
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")
_HOST_NAMESPACES = (
    ("network_mode", "host"),
    ("pid", "host"),
    ("ipc", "host"),
    ("userns_mode", "host"),
)


def compose_facts(source: Source, document: Node) -> Iterator[Fact]:
    """One workload per service, and what its command says."""
    services = list(document.get("services").items())
    ends = [*(key.line - 1 for _, key, _ in services[1:]), len(source.lines)]
    for (name, key, service), end in zip(services, ends, strict=False):
        if not service.is_mapping:
            continue
        asked = [each.text for each in service.get("profiles").entries()]
        begun = " ".join(word.text for word in service.get("command").words())
        if "start-dev" in begun or (asked and all(_ON_REQUEST.match(each) for each in asked)):
            span = key.span.model_copy(update={"end_line": end})
            yield Trait(span=span, name="optional-service", detail=(*asked, begun)[0])
        yield from _commands(source, service)
        workload = dataclasses.replace(
            _workload(name, key, service), built_from=_built_from(source, service)
        )
        if workload.image is not None:
            yield workload.image
        yield workload
        yield from environment_facts(workload.variables)
        yield from _ray(workload)
        yield from _bind_mounts(service)


_RAY_PORTS = frozenset((8265, 10001, 6379, 8000))


def _ray(workload: Workload) -> Iterator[Trait]:
    """A Ray head whose job interface the host opens, without tokens."""
    mode = workload.variable("RAY_AUTH_MODE")
    if workload.product != "ray" or (mode is not None and mode.value == "token"):
        return
    for port in workload.ports:
        if port.published and port.number in _RAY_PORTS:
            yield Trait(span=port.span, name="ray-without-authentication", detail="published")
            return


def _commands(source: Source, service: Node) -> Iterator[Fact]:
    for part in ("command", "entrypoint"):
        node = service.get(part)
        if node:
            text = " ".join(word.text for word in node.words())
            yield from read_command(text, places_from(source, node.line))


def places_from(source: Source, line: int) -> Place:
    """Finds a piece of a command at or after a line."""

    def place(piece: str) -> Span:
        return source.find(piece, near=line)

    return place


def _workload(name: str, key: Node, service: Node) -> Workload:
    built = bool(service.get("build"))
    never_pulled = built and service.get("pull_policy").text in {"build", "never"}
    image_node = service.get("image")
    image = None
    if image_node and not never_pulled:
        image = image_of(image_node.text, image_node.span, built_here=built)
    command = service.get("command") or service.get("entrypoint")
    words = [*service.get("entrypoint").words(), *service.get("command").words()]
    written = " ".join(word.text for word in words)
    product = (product_of(image.name) if image else None) or product_of_command(written)
    limits = service.get("deploy", "resources", "limits")
    gpus, gpu_span, all_gpus = _gpus(service)
    return Workload(
        span=key.span,
        origin="compose",
        kind="service",
        name=name,
        image=image,
        product=product.id if product else "",
        role=product.role if product else "app",
        command=written,
        command_span=command.span if command else key.span,
        variables=tuple(variables_of(service.get("environment"))),
        ports=tuple(_ports(service)),
        volumes=tuple((_volume_text(each), each.span) for each in service.get("volumes").entries()),
        readiness=_healthcheck(service),
        gpus=gpus,
        gpu_span=gpu_span,
        all_gpus=all_gpus,
        has_memory_limit=bool(limits.get("memory") or service.get("mem_limit")),
        shared_memory=bool(service.get("shm_size")) or service.get("ipc").text == "host",
        runs_as_root=service.get("user").text in {"root", "0", "0:0"}
        if service.get("user")
        else None,
        dangers=tuple(_dangers(service)),
        waits_for=tuple(_waits(service.get("depends_on"))),
    )


def _built_from(source: Source, service: Node) -> str | None:
    """The folder that a service is built from, relative to the repository."""
    build = service.get("build")
    folder = build.get("context").text if build.is_mapping else build.text
    if not build or "$" in folder or "://" in folder:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), folder or "."))
    return "" if path == "." else path


def variables_of(node: Node) -> Iterator[Variable]:
    """Environment in either notation; a variable without a literal has an empty value."""
    for name, key, value in node.items():
        yield Variable(name=name, value=value.text, span=value.span if value.text else key.span)
    for each in node.entries():
        name, _, text = each.text.partition("=")
        yield Variable(name=name, value=text, span=each.span)


def _ports(service: Node) -> Iterator[Port]:
    for each in service.get("ports").entries():
        if each.is_mapping:
            inside, host = each.get("target").text, each.get("host_ip").text
            published = bool(each.get("published"))
        else:
            inside, host, published = *_short_port(each.text), True
        number = inside.partition("-")[0]
        if number.isdigit():
            yield Port(
                number=int(number),
                published=published and not host.startswith(_LOOPBACK),
                span=each.span,
            )


def _short_port(text: str) -> tuple[str, str]:
    """Container port and host address of `[[address:]host port:]container port[/protocol]`."""
    plain = _DEFAULT.sub(lambda match: match[1] or "0", text).partition("/")[0]
    outside, _, inside = plain.rpartition(":")
    host, _, _ = outside.rpartition(":")
    return inside, host


def _volume_text(node: Node) -> str:
    if node.is_mapping:
        return f"{node.get('source').text}:{node.get('target').text}"
    return node.text


def _healthcheck(service: Node) -> Probe | None:
    check = service.get("healthcheck")
    if not check or check.get("disable").is_true:
        return None
    text = " ".join(word.text for word in check.get("test").words())
    return Probe(
        kind="command",
        path=url_path(text),
        span=check.get("test").span if check.get("test") else check.span,
        failures=int(check.get("retries").text or 3) if check.get("retries").text.isdigit() else 3,
    )


def url_path(text: str) -> str:
    """The path that a health command asks for; empty when it asks for none."""
    match = re.search(r"https?://[^\s/\"'|]+(/[^\s\"'|]*)?", text)
    return (match[1] or "/") if match else ""


def _gpus(service: Node) -> tuple[int, Span | None, bool]:
    for device in service.get("deploy", "resources", "reservations", "devices").entries():
        capabilities = [each.text for each in device.get("capabilities").entries()]
        if "gpu" in capabilities or device.get("driver").text == "nvidia":
            count = device.get("count")
            number = _DEFAULT.sub(lambda match: match[1] or "", count.text)
            if number.isdigit():
                return int(number), count.span, False
            ids = list(device.get("device_ids").entries())
            if ids:
                return len(ids), device.span, False
            return 1, (count or device).span, True
    whole = service.get("gpus")
    if whole.text:
        return (int(whole.text) if whole.text.isdigit() else 1), whole.span, whole.text == "all"
    if service.get("runtime").text == "nvidia":
        return 1, service.get("runtime").span, False
    return 0, None, False


def _dangers(service: Node) -> Iterator[tuple[str, Span]]:
    if service.get("privileged").is_true:
        yield "privileged", service.get("privileged").span
    for key, value in _HOST_NAMESPACES:
        if service.get(key).text == value:
            yield f"{key}: {value}", service.get(key).span
    for each in service.get("volumes").entries():
        if "docker.sock" in _volume_text(each) or "containerd.sock" in _volume_text(each):
            yield "the container runtime's socket", each.span
    for each in service.get("cap_add").entries():
        if each.text.upper() in {"SYS_ADMIN", "ALL", "SYS_PTRACE"}:
            yield f"capability {each.text}", each.span


def _waits(node: Node) -> Iterator[tuple[str, str]]:
    for name, _, value in node.items():
        yield name, value.get("condition").text
    for each in node.entries():
        yield each.text, ""


_DATA = re.compile(
    r"/(?:\w*data|uploads?|logs?|outputs?|models?|storage|cache|\.cache|db|tmp|results?|files|docs|"
    r"node_modules|checkpoints|weights|secrets|certs)$"
)


def _bind_mounts(service: Node) -> Iterator[Fact]:
    """A folder of the checkout mounted over the image's code."""
    for each in service.get("volumes").entries():
        outside, _, inside = _volume_text(each).partition(":")
        code = inside.partition(":")[0].rstrip("/")
        folder = outside.startswith("./") or outside == "."
        data = _DATA.search(code) is not None
        over = not data and (
            code in {"/app", "/code", "/src", "/workspace"} or code.startswith("/app/")
        )
        if folder and over and service.get("build") and not re.search(r"\.\w{1,5}$", outside):
            yield Trait(span=each.span, name="source-over-image", detail=outside)
