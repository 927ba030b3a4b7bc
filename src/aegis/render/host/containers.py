"""The containers of one machine, described once for systemd and for compose."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.plan.types import Plan
from aegis.render.shared.serving import GATEWAY_PORT, Serving, environment, patience, serving

TRACKS = STABLE, CANARY = "stable", "canary"
SECRETS_DIR = "/run/aegis-secrets"
AUDIT_DIR = "/var/lib/aegis/audit"
# What the gateway reads as files; the upstream's key only where a vendor serves the model.
_GATEWAY_SECRETS = ("audit-key", "caller-keys")
_WATCH_SECRETS = ("page-url", "ticket-url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container; `image` names its variables in the environment file."""

    name: str
    image: str  # ENGINE gives ENGINE_IMAGE and ENGINE_DIGEST
    env_file: str  # which file holds its digests: stable, canary or tools
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()  # path under /etc/SERVICE, path in the container
    data: tuple[tuple[str, str], ...] = ()  # path under /var/lib/SERVICE, path in the container
    model: bool = False
    devices: tuple[int, ...] = ()
    secrets: tuple[str, ...] = ()
    publish: tuple[str, ...] = ()
    stop_s: int = 30
    shared_memory_gib: int = 0
    reload_signal: str = ""


UPSTREAM_URL = "${UPSTREAM_URL}"
"""The vendor's address, which you write into `host.env`; compose and systemd both fill it in."""


def is_managed(plan: Plan) -> bool:
    """Whether a vendor serves the model, so that no engine runs here."""
    return plan.chosen("run-where") == "managed-api"


def has_canary(plan: Plan) -> bool:
    """Whether a version on trial finds room beside the stable one."""
    found = serving(plan)
    return is_managed(plan) or not found.devices or plan.capacity.replicas > 1


def containers(plan: Plan) -> tuple[Container, ...]:
    """Engines and gateways of both versions, the proxy, and what watches them."""
    tracks = (STABLE, CANARY) if has_canary(plan) else (STABLE,)
    engines = () if is_managed(plan) else tuple(_engine(plan, track) for track in tracks)
    gateways = tuple(_gateway(plan, track) for track in tracks)
    return (*engines, *gateways, _proxy(plan), _prometheus(plan), _alertmanager(plan))


def gateway_name(plan: Plan, track: str) -> str:
    """The container of the gateway of a version."""
    return f"{plan.service}-gateway" + ("" if track == STABLE else f"-{CANARY}")


def _engine(plan: Plan, track: str) -> Container:
    found = serving(plan)
    first = 0 if track == STABLE else found.devices
    return Container(
        name=f"{plan.service}-{track}",
        image="ENGINE",
        env_file=track,
        command=found.started,
        environment=environment(plan),
        model=True,
        devices=tuple(range(first, first + found.devices)),
        stop_s=found.drain_s,
        shared_memory_gib=8,
    )


def _gateway(plan: Plan, track: str) -> Container:
    upstream = UPSTREAM_URL if is_managed(plan) else _upstream(plan, track, serving(plan))
    secrets = (*_GATEWAY_SECRETS, *(("upstream-key",) if is_managed(plan) else ()))
    return Container(
        name=gateway_name(plan, track),
        image="GATEWAY",
        env_file=track,
        command=(
            "--policy", "/etc/aegis/policy.yaml",
            "--listen", f"0.0.0.0:{GATEWAY_PORT}",
            "--upstream", upstream,
            *patience(plan),
            "--audit", f"{AUDIT_DIR}/",
        ),
        environment=(
            ("AEGIS_SERVICE", plan.service),
            ("AEGIS_PLAN", plan.id),
            ("AEGIS_TRACK", track),
            ("AEGIS_SECRETS_DIR", SECRETS_DIR),
        ),
        files=((f"gateway-{track}.yaml", "/etc/aegis/policy.yaml"),),
        data=((f"audit/{track}", AUDIT_DIR),),
        secrets=secrets,
        publish=(f"127.0.0.1:{GATEWAY_PORT + (track == CANARY)}:{GATEWAY_PORT}",),
        stop_s=serving(plan).drain_s,
    )  # fmt: skip


def _upstream(plan: Plan, track: str, found: Serving) -> str:
    return f"http://{plan.service}-{track}:{found.start.port}"


def _proxy(plan: Plan) -> Container:
    return Container(
        name=f"{plan.service}-proxy",
        image="PROXY",
        env_file="tools",
        command=("haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"),
        files=(("haproxy.cfg", "/etc/haproxy/haproxy.cfg"),),
        secrets=("tls.pem",),
        publish=("443:8443", "127.0.0.1:8404:8404"),
        reload_signal="USR2",
    )


def _prometheus(plan: Plan) -> Container:
    return Container(
        name=f"{plan.service}-prometheus",
        image="PROMETHEUS",
        env_file="tools",
        command=(
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            "--storage.tsdb.retention.time=60d",
        ),
        files=(("prometheus.yml", "/etc/prometheus/prometheus.yml"), ("rules", "/etc/prometheus/rules")),
        data=(("prometheus", "/prometheus"),),
        publish=("127.0.0.1:9090:9090",),
        reload_signal="HUP",
    )  # fmt: skip


def _alertmanager(plan: Plan) -> Container:
    return Container(
        name=f"{plan.service}-alertmanager",
        image="ALERTMANAGER",
        env_file="tools",
        command=("--config.file=/etc/alertmanager/alertmanager.yaml", "--storage.path=/alertmanager"),
        files=(("alertmanager.yaml", "/etc/alertmanager/alertmanager.yaml"),),
        data=(("alertmanager", "/alertmanager"),),
        secrets=_WATCH_SECRETS,
        publish=("127.0.0.1:9093:9093",),
        reload_signal="HUP",
    )  # fmt: skip


def secret_target(container: Container) -> str:
    """Where a container finds its secrets."""
    if container.image == "ALERTMANAGER":
        return "/etc/alertmanager/secrets"
    return "/etc/haproxy/tls" if container.image == "PROXY" else SECRETS_DIR
