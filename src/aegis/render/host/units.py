"""The containers as systemd units over podman, without root."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.host.containers import TRACKS, UPSTREAM_URL, Container, containers, secret_target

USER = "aegis"
INSIDE = 10001  # user and group inside each container
_BECAUSE = ("run-where", "serving-platform", "secrets")


def units(plan: Plan) -> tuple[Artifact, ...]:
    """A unit for each container and one for their network."""
    found = [
        Artifact(path=f"host/systemd/{c.name}.service", content=unit(plan, c), because=_BECAUSE)
        for c in containers(plan)
    ]
    network = Artifact(
        path=f"host/systemd/{plan.service}-network.service",
        content=_network(plan),
        because=("network",),
    )
    return (network, *found)


def _internal(plan: Plan, container: Container) -> bool:
    """Engines have no way out where egress is denied; whoever talks to callers has."""
    return container.model and plan.chosen("network") != "open-egress"


def _network(plan: Plan) -> str:
    inside = "--internal " if plan.chosen("network") != "open-egress" else ""
    return f"""[Unit]
Description=Networks of {plan.service}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
User={USER}
ExecStart=/usr/bin/podman network create --ignore {plan.service}
ExecStart=/usr/bin/podman network create --ignore {inside}{plan.service}-inside

[Install]
WantedBy=multi-user.target
"""


def unit(plan: Plan, c: Container) -> str:
    """A unit that runs one container in the foreground, restarted when it ends."""
    env_file = f"/etc/{plan.service}/{c.env_file}.env"
    lines = [
        "[Unit]",
        f"Description={c.name} (plan {plan.id})",
        f"Requires={plan.service}-network.service",
        f"After={plan.service}-network.service",
        "StartLimitIntervalSec=600",
        "StartLimitBurst=5",
        # What no release has brought yet does not fail at every start of the machine.
        *((f"ConditionPathExists={env_file}",) if c.env_file in TRACKS else ()),
        "",
        "[Service]",
        "Type=exec",
        f"User={USER}",
        *((f"EnvironmentFile=/etc/{plan.service}/host.env",) if UPSTREAM_URL in c.command else ()),
        f"EnvironmentFile={env_file}",
    ]
    lines += [
        f"LoadCredentialEncrypted={s}:/etc/credstore.encrypted/{plan.service}-{s}"
        for s in c.secrets
    ]
    lines += [
        f"ExecStartPre=-/usr/bin/podman rm --force --ignore {c.name}",
        "ExecStart=/usr/bin/podman run " + " \\\n  ".join(_run(plan, c)),
        f"ExecStop=/usr/bin/podman stop --time {c.stop_s} {c.name}",
    ]
    if c.reload_signal:
        lines.append(f"ExecReload=/usr/bin/podman kill --signal {c.reload_signal} {c.name}")
    lines += [
        "Restart=always",
        "RestartSec=5",
        f"TimeoutStopSec={c.stop_s + 15}",
        "NoNewPrivileges=no",  # rootless podman maps users by a helper that has them
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def _run(plan: Plan, c: Container) -> list[str]:
    parts = [
        f"--rm --name {c.name}",
        f"--userns=keep-id:uid={INSIDE},gid={INSIDE} --user {INSIDE}:{INSIDE}",
        "--read-only --tmpfs /tmp --cap-drop=ALL --security-opt=no-new-privileges",
    ]
    networks = [f"{plan.service}-inside"]
    if not _internal(plan, c):
        networks.insert(0, plan.service)
    parts.append(" ".join(f"--network {n}" for n in networks))
    parts += [f"--env {name}={value}" for name, value in c.environment]
    parts += [f"--publish {p}" for p in c.publish]
    parts += [f"--device nvidia.com/gpu={d}" for d in c.devices]
    if c.shared_memory_gib:
        parts.append(f"--shm-size {c.shared_memory_gib}g")
    if c.model:
        source = "${MODEL_IMAGE}@${MODEL_DIGEST}"
        parts.append(f"--mount type=image,source={source},destination=/model")
    parts += [f"--volume /etc/{plan.service}/{a}:{b}:ro" for a, b in c.files]
    parts += [f"--volume /var/lib/{plan.service}/{a}:{b}" for a, b in c.data]
    if c.secrets:
        parts.append(f"--volume %d:{secret_target(c)}:ro")
    parts.append(f"${{{c.image}_IMAGE}}@${{{c.image}_DIGEST}}")
    return [*parts, *([" ".join(c.command)] if c.command else [])]
