"""AEG361 to AEG373: who can reach it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity, Span
from aegis.review.facts.python_web import is_health, is_quiet
from aegis.review.facts.types import Port, Route, Trait, Workload
from aegis.review.facts.world import Product, product_by_id
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule
from aegis.review.rules.places import reads_for_others

_PROXY = "publish it on 127.0.0.1 or not at all, and put a gateway with authentication in front"


def _open_port(workload: Workload) -> Port | None:
    """The published port of a product that nobody has to log in to."""
    product = product_by_id().get(workload.product)
    if product is None or product.id == "ray" or not _unguarded(workload, product):
        return None  # a cluster of Ray has a rule of its own
    published = [port for port in workload.ports if port.published]
    known = [port for port in published if port.number in product.ports]
    return next(iter(known or published), None)


def _unguarded(workload: Workload, product: Product) -> bool:
    said = (
        workload.command
        + " "
        + " ".join(f"{each.name}={each.value}" for each in workload.variables)
    )
    lower = said.lower()
    if product.auth == "none":
        return True
    if product.auth == "off":
        return not any(switch.lower() in lower for switch in product.switch)
    return any(unlock.lower() in lower for unlock in product.unlock)


@rule(
    "AEG361",
    checks=Workload,
    severity=Severity.CRITICAL,
    refs=("ATLAS AML.T0040", "ATLAS AML.T0034", "ATLAS AML.M0019"),
)
def open_inference_api(workload: Workload) -> Iterator[Hit]:
    """Inference API published without authentication.

    Anyone who finds the port uses your accelerators, reads your models and, with some servers,
    replaces them.
    """
    port = _open_port(workload)
    said_by_another = "--enable-api" in workload.command
    if port is not None and workload.role in {"model-server", "gateway"} and not said_by_another:
        yield Hit(
            port.span,
            "an inference API answers anyone on a published port",
            label=f"{workload.product}: no login by default",
            mend=_PROXY,
        )


@rule(
    "AEG362",
    checks=Trait,
    severity=Severity.CRITICAL,
    refs=("CVE-2025-62593", "ATLAS AML.CS0023", "CWE-306"),
)
def open_ray_cluster(trait: Trait) -> Iterator[Hit]:
    """Ray cluster without token authentication.

    Its job interface runs any code that is sent to it; authentication is off by default.
    """
    if trait.name == "ray-without-authentication":
        public = trait.detail == "published"
        yield Hit(
            trait.span,
            "a Ray cluster takes jobs from anyone who reaches it",
            label=trait.detail,
            mend="RAY_AUTH_MODE=token (Ray 2.52 or newer) and a network policy",
            severity=None if public else Severity.HIGH,
        )


_OPEN_STORE = "stores are published beyond the services that use them"
_CLOSE_STORE = "drop the port or bind it to 127.0.0.1, and set a login"


@rule("AEG363", checks=Workload, severity=Severity.HIGH, refs=("OWASP LLM08:2025", "CWE-306"))
def open_database(workload: Workload) -> Iterator[Hit]:
    """Vector store or database that the whole network can reach.

    It holds your documents, and whoever writes to it writes your model's context.
    """
    if workload.role not in {"vector-db", "database"} and not _builds_database(workload):
        return
    port = _open_port(workload)
    if port is not None:
        yield Hit(
            port.span,
            _OPEN_STORE,
            label=f"{workload.product}: no login by default",
            mend=_CLOSE_STORE,
        )
        return
    for each in workload.ports:
        if each.published and workload.origin == "compose":
            yield Hit(
                each.span,
                _OPEN_STORE,
                label=workload.product or workload.name,
                mend=_CLOSE_STORE,
                certainty=Certainty.LIKELY,
            )
            return


def _builds_database(workload: Workload) -> bool:
    return workload.role == "app" and any(
        port.number in {5432, 3306, 27017, 7687, 6333, 19530} for port in workload.ports
    )


def _is_page(path: str) -> bool:
    return path in {"", "/"}


def _hosted(routes: list[Route]) -> frozenset[str]:
    """Paths that a platform calls after it has asked for rights: SageMaker's and AgentCore's."""
    paths = {route.path for route in routes}
    whole = {"/ping", "/invocations"} <= paths | {"/ping"} and "/invocations" in paths
    return frozenset(("/ping", "/invocations")) if whole else frozenset()


def _matters(route: Route) -> bool:
    """Whether a route that spends nothing changes something, or answers a question."""
    asks = re.search(r"quer|ask|chat|search|predict|generat|complet|document|user|data", route.path)
    return route.method in {"post", "put", "delete", "patch"} or asks is not None


def _is_door(path: str) -> bool:
    """Whether a route must be open: a health check, or where people log in."""
    doors = re.search(r"log(?:in|out)|auth|regist|sign|callback", path)
    return is_health(path) or _is_page(path) or doors is not None


@rule(
    "AEG365",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("OWASP LLM10:2025", "ATLAS AML.M0019", "CWE-306"),
)
def routes_without_authentication(repository: Repository) -> Iterator[Hit]:
    """Routes that anyone may call.

    Each call spends tokens or accelerator time, and some change data. A small model that only
    its own network reaches weighs less than one that others reach, or that somebody pays for.
    """
    shown = repository.limits_callers and repository.is_demonstration
    for bare, among in _bare(repository):
        large = repository.asks_large_models and not reads_for_others(bare[0].span.path)
        serious = (large or repository.reaches_others) and repository.spends_somewhere
        weight = None if serious else Severity.MEDIUM
        yield Hit(
            bare[0].span,
            "routes that reach a model or data have no authentication",
            label=f"{len(bare)} of {among} routes ask nobody",
            mend="one dependency on the router: FastAPI(dependencies=[Depends(authenticate)])",
            also=tuple(route.span for route in bare[1:]),
            certainty=Certainty.LIKELY,
            severity=Severity.LOW if shown else weight,
        )


def open_to_anyone(repository: Repository) -> frozenset[Span]:
    """Routes of which AEG365 says that they ask nobody who calls."""
    return frozenset(route.span for bare, _ in _bare(repository) for route in bare)


def _bare(repository: Repository) -> Iterator[tuple[list[Route], int]]:
    """Of each file whose routes mostly ask nobody, those that matter, and how many it has."""
    if repository.traits("global-authentication") or repository.guarded_in_front:
        return
    by_file: dict[str, list[Route]] = {}
    for route in repository.all(Route):
        if not is_quiet(route.path) or (route.spends and not _is_door(route.path)):
            by_file.setdefault(route.span.path, []).append(route)
    everything = [route for routes in by_file.values() for route in routes]
    hosted = _hosted(everything)
    guarded = sum(route.authenticated for route in everything) * 2 > len(everything)
    if not repository.spends_somewhere and not repository.calls_models:
        return
    for routes in by_file.values():
        bare = [
            route
            for route in routes
            if not route.authenticated
            and route.path not in hosted
            and (route.spends or _matters(route))
            and not repository.only_inside(route.span.path)
        ]
        if not bare or len(bare) * 2 < len(routes):
            continue
        if guarded and not any(route.spends for route in bare):
            continue  # left open on purpose, where the others ask
        bare.sort(key=lambda route: (not route.spends, _is_page(route.path), route.span.line))
        yield bare, len(routes)


@rule(
    "AEG366",
    checks=Trait,
    severity=Severity.HIGH,
    refs=("CWE-636", "CWE-347"),
    profile=Profile.REVIEW,  # 3 of 13 were worth raising when read blind: others check elsewhere
)
def authentication_fails_open(trait: Trait) -> Iterator[Hit]:
    """Authentication that lets everyone in.

    A token that is not checked, or never ends, is a name tag.
    """
    if trait.name == "fails-open":
        yield Hit(
            trait.span,
            f"authentication fails open: {trait.detail}",
            mend="check signature and expiry, and refuse on any error",
        )


@rule("AEG367", checks=Repository, severity=Severity.HIGH, refs=("CWE-942",))
def open_cross_origin(repository: Repository) -> Iterator[Hit]:
    """Any web page may call the service from a visitor's browser.

    With credentials allowed, it calls as the visitor. A key in a header is none of what a browser
    sends by itself: where every caller is asked for one, a page that lacks it is turned away.
    """
    if repository.traits("origin-checked"):
        return
    keyed = _asks_for_keys_only(repository)
    for trait in repository.traits("open-cors"):
        if repository.only_inside(trait.span.path):
            continue  # no browser reaches it
        credentials = trait.detail == "with credentials"
        yield Hit(
            trait.span,
            f"cross-origin calls are allowed from anywhere ({trait.detail})",
            label="*",
            mend="list the origins of your own pages",
            severity=Severity.LOW if keyed else None if credentials else Severity.MEDIUM,
        )


# What a browser adds to a call by itself, and what makes it do so.
_SENT_ALONE = (
    b"cookies", b"cookie(", b"set-cookie", b"set_cookie", b"sessionmiddleware", b"httpbasic",
    b"basicauth", b"flask_login", b"request.session", b"withcredentials", b"credentials: 'include",
    b'credentials: "include', b"next-auth", b"access-control-allow-credentials",
)  # fmt: skip


def _asks_for_keys_only(repository: Repository) -> bool:
    """Whether every route that matters asks who calls, and nothing that a browser sends tells it."""
    asks = repository.traits("global-authentication") or any(
        route.authenticated for route in repository.all(Route)
    )
    return (
        bool(asks)
        and next(_bare(repository), None) is None
        and not repository.mentions(*_SENT_ALONE)
    )


@rule("AEG368", checks=Trait, severity=Severity.MEDIUM, refs=("CWE-319",), profile=Profile.REVIEW)
def ingress_without_tls(trait: Trait) -> Iterator[Hit]:
    """Entry point without TLS.

    Prompts and keys travel in the clear.
    """
    if trait.name == "ingress-without-tls":
        yield Hit(
            trait.span,
            "an ingress has no TLS",
            label=trait.detail,
            mend="spec.tls with a certificate of your issuer",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG369",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("ATLAS AML.T0086", "ATLAS AML.M0032"),
    profile=Profile.REVIEW,
)
def no_network_policy(repository: Repository) -> Iterator[Hit]:
    """Model or agent pods that may talk to anything.

    Injected text can make an agent send data out; without a limit on egress the cluster lets it.
    """
    servers = [
        each
        for each in repository.all(Workload, production=True)
        if each.origin == "kubernetes" and each.role in {"model-server", "vector-db"}
    ]
    if servers and not repository.kinds & {"NetworkPolicy", "CiliumNetworkPolicy"}:
        yield Hit(
            servers[0].span,
            "model pods have no network policy",
            label="searched all manifests, found none",
            mend="deny egress by default, allow the store, the registry and DNS",
        )


@rule("AEG370", checks=Repository, severity=Severity.CRITICAL, refs=("CWE-668",))
def public_tunnel(repository: Repository) -> Iterator[Hit]:
    """Tunnel that puts the service on the Internet.

    It goes around every firewall and login that you have.
    """
    for workload in repository.all(Workload):
        named = (
            "tunnel run" in workload.command
            or "--token" in workload.command
            or workload.variable("TUNNEL_TOKEN") is not None
        )
        if workload.role == "tunnel" and not named:
            place = next((port.span for port in workload.ports if port.published), None)
            image = workload.image.span if workload.image else workload.span
            also = (image,) if place else ()
            yield Hit(
                image if place is None else place,
                "a public tunnel is part of the deployment",
                label=workload.product,
                mend="remove it; use an ingress with authentication",
                also=also,
            )
    for trait in repository.traits("public-tunnel"):
        yield Hit(
            trait.span,
            "the code opens a public tunnel",
            label="reachable from the Internet",
            mend="remove it outside a demonstration",
            severity=Severity.HIGH,
        )


@rule("AEG371", checks=Trait, severity=Severity.HIGH, refs=("CWE-918", "CWE-22"))
def user_given_location(trait: Trait) -> Iterator[Hit]:
    """URL fetched, or path built, from what the caller sent.

    The server reaches what the caller cannot: the metadata service, the database, the files of
    the host.
    """
    if trait.name == "fetches-given-url":
        yield Hit(
            trait.span,
            "the server fetches a URL that the caller names",
            label="any host, any scheme",
            mend="allow schemes and hosts by list, resolve once, bound size and time",
            certainty=trait.certainty,
        )
    elif trait.name == "path-from-upload":
        yield Hit(
            trait.span,
            "a file path is built from the name of an upload",
            label="`../` walks out",
            mend="store under a generated name, keep the given one as data",
            certainty=trait.certainty,
        )


@rule("AEG372", checks=Workload, severity=Severity.HIGH, refs=("CWE-749",))
def open_admin_interface(workload: Workload) -> Iterator[Hit]:
    """Administration page that anyone on the network may open.

    It shows logs, data and settings, and often changes them.
    """
    port = _open_port(workload)
    if port is not None and workload.role in {"admin-ui", "observability", "app"}:
        yield Hit(
            port.span,
            "an administration page is published without a login",
            label=f"{workload.product}: no login",
            mend=_PROXY,
            severity=Severity.MEDIUM if _only_figures(workload) else None,
        )


def _only_figures(workload: Workload) -> bool:
    """Whether the page shows figures and changes nothing: Prometheus without its write switches."""
    return workload.product == "prometheus" and not re.search(
        r"web\.enable-(?:lifecycle|admin-api|remote-write-receiver)", workload.command
    )


@rule(
    "AEG373",
    checks=Trait,
    severity=Severity.CRITICAL,
    refs=("Rasa documentation, HTTP API security",),
)
def open_rasa_api(trait: Trait) -> Iterator[Hit]:
    """Rasa's HTTP interface enabled without a token.

    Anyone can replace the model, read conversations and send messages as a user.
    """
    if trait.name == "open-rasa-api":
        yield Hit(
            trait.span,
            "Rasa's API is enabled without a token",
            label="no --auth-token",
            mend="--auth-token from a secret, or no --enable-api",
        )
