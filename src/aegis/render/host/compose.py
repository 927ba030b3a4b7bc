"""The same containers for a team that runs compose."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.host.containers import UPSTREAM_URL, Container, containers, secret_target
from aegis.render.host.units import INSIDE

Object = dict[str, JsonValue]


def compose(plan: Plan) -> Artifact:
    """`compose.yaml`; digests come from the environment files, secrets from files."""
    found = containers(plan)
    secrets = sorted({s for c in found for s in c.secrets})
    return Artifact(
        path="host/compose.yaml",
        content={
            "name": plan.service,
            "services": {_short(plan, c): _service(plan, c) for c in found},
            "networks": {
                "outside": {},
                "inside": {"internal": plan.chosen("network") != "open-egress"},
            },
            # `SECRETS_DIR` is a folder that only root reads, filled by the secret store.
            "secrets": {s: {"file": f"${{SECRETS_DIR:?}}/{s}"} for s in secrets},
        },
        because=("run-where", "serving-platform", "secrets"),
    )


def _short(plan: Plan, c: Container) -> str:
    return c.name.removeprefix(f"{plan.service}-")


def _service(plan: Plan, c: Container) -> Object:
    prefix = {"stable": "STABLE_", "canary": "CANARY_"}.get(c.env_file, "")

    def pinned(image: str) -> str:
        name, digest = f"{prefix}{image}_IMAGE", f"{prefix}{image}_DIGEST"
        return f"${{{name}:?}}@${{{digest}:?}}"

    volumes: list[JsonValue] = [f"/etc/{plan.service}/{a}:{b}:ro" for a, b in c.files]
    volumes += [f"/var/lib/{plan.service}/{a}:{b}" for a, b in c.data]
    if c.model:
        volumes.append({"type": "image", "source": pinned("MODEL"), "target": "/model"})
    closed = c.model and plan.chosen("network") != "open-egress"
    service: Object = {
        "image": pinned(c.image),
        "container_name": c.name,
        "restart": "always",
        "user": f"{INSIDE}:{INSIDE}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp"],  # noqa: S108  # a mount of its own
        "networks": ["inside"] if closed else ["outside", "inside"],
        "stop_grace_period": f"{c.stop_s}s",
    }
    if c.command:
        service["command"] = [each.replace(UPSTREAM_URL, "${UPSTREAM_URL:?}") for each in c.command]
    if c.environment:
        service["environment"] = dict(c.environment)
    if volumes:
        service["volumes"] = volumes
    if c.publish:
        service["ports"] = list(c.publish)
    if c.secrets:
        target = secret_target(c)
        service["secrets"] = [{"source": s, "target": f"{target}/{s}"} for s in c.secrets]
    if c.shared_memory_gib:
        service["shm_size"] = f"{c.shared_memory_gib}gb"
    if c.devices:
        ids: list[JsonValue] = [str(d) for d in c.devices]
        device: Object = {"driver": "nvidia", "device_ids": ids, "capabilities": ["gpu"]}
        service["deploy"] = {"resources": {"reservations": {"devices": [device]}}}
    return service
