"""The page beside the files of one machine."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.host.containers import containers, has_canary, is_managed
from aegis.render.host.units import INSIDE
from aegis.render.shared import evidence
from aegis.render.shared.engines import engine_start
from aegis.render.shared.serving import serving


def readme(plan: Plan) -> Artifact:
    """How to set it up, release, and go back."""
    lines = [*_head(plan), *_order(plan), *_release(plan), *_limits(plan)]
    return Artifact(path="host/README.md", content="\n".join(lines) + "\n", because=("run-where",))


def _head(plan: Plan) -> list[str]:
    return [
        f"# {plan.service} on one machine",
        "",
        (
            f"Rendered from plan `{plan.id}`. The same containers twice: as units of systemd over "
            "podman without root (`systemd/`), and as `compose.yaml`. Choose one in `host.env`."
        ),
        "",
    ]


_DRIVER = (
    "- the driver and NVIDIA's container toolkit; for podman "
    "`nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`, again after each change of the driver"
)


def _needs(plan: Plan) -> list[str]:
    """What the files use; versions are those from which on each of them knows it."""
    gpu = any(c.devices for c in containers(plan))
    model = any(c.model for c in containers(plan))
    image_volume = ", 2.36 or newer for the weights (volumes of type `image`)" if model else ""
    return [
        "## What must be there",
        "",
        (
            "- systemd 250 or newer (encrypted credentials) and podman 4.3 or newer (`--userns=keep-id:uid=`), or "
            f"Docker with compose{image_volume}"
        ),
        *((_DRIVER,) if gpu else ()),
        "- `curl`; under SELinux a policy that lets containers read these folders, or `--security-opt label=disable`",
        "",
    ]


def _order(plan: Plan) -> list[str]:
    secrets = sorted({s for c in containers(plan) for s in c.secrets})
    service = plan.service
    tools = [c.name for c in containers(plan) if c.env_file == "tools"]
    served = [c.name for c in containers(plan) if c.env_file != "tools"]
    return [
        *_needs(plan),
        "## Once, and after each new bundle",
        "",
        "```sh",
        "./setup.sh production --show   # what would change; nothing is touched",
        "sudo ./setup.sh production",
        "```",
        "",
        (
            f"It makes the user, the folders, the files under `/etc/{service}` and `/opt/{service}`, the units "
            "and the kernel's setting; it starts and restarts nothing. Then fill in `host.env` and `tools.env` "
            f"in `/etc/{service}`: they are yours and are never overwritten."
        ),
        "",
        (
            "Secrets never stand in a file of this bundle. For systemd encrypt each one on the machine, "
            "reading it from the terminal:"
        ),
        "",
        "```sh",
        *(
            f"systemd-creds encrypt --name={s} - /etc/credstore.encrypted/{service}-{s}"
            for s in secrets
        ),
        "```",
        "",
        (
            f"For compose put them as files into `SECRETS_DIR`, a folder in memory that only root enters: mode 0400, "
            f"owner {INSIDE}, who reads them inside. It is empty after a restart of the machine: fill it before "
            "Docker starts."
        ),
        "",
        "Then start what serves no model; the first release starts the rest:",
        "",
        "```sh",
        f"systemctl enable --now {service}-network {' '.join(tools)} {service}-backup.timer",
        f"systemctl enable {' '.join(served)}",
        "```",
        "",
        (
            "After a new bundle what runs goes on with what it read: `systemctl reload` Prometheus, Alertmanager "
            "and the proxy (compose: `kill --signal HUP`, `USR2` for the proxy). Changed commands of the model and "
            "of the gateway come with the next release."
        ),
        "",
    ]


def _release(plan: Plan) -> list[str]:
    how = (
        "the new version stands beside the old one and gets the plan's shares of the traffic"
        if has_canary(plan)
        else "there is one place for the model, so it is replaced, with downtime, and watched"
    )
    return [
        "## Release and way back",
        "",
        (
            f"The pipeline writes names and digests into `candidate.env` and runs `./update.sh`: {how}. "
            "Prometheus computes the evidence of each step; worse goes back at once, no data holds. "
            "`./way-back.sh` may be run by hand at any time."
        ),
        "",
        *_judging(plan),
        (
            "`backup.sh` runs nightly by its timer; one that fails is a ticket. Put `BACKUP_DIR` on another disk or "
            "machine. Rehearse the restore on another machine each quarter:"
        ),
        "",
        "```sh",
        "sudo ./setup.sh production   # then the secrets again: encrypted ones open on their own machine only",
        f"sudo tar --extract --gzip --directory / --file {plan.service}-DATE.tar.gz",
        f"sudo sh -c 'rm -f /var/lib/{plan.service}/release/*; cd /etc/{plan.service} && cp stable.env candidate.env'",
        f"sudo /opt/{plan.service}/update.sh",
        "```",
        "",
    ]


def _judging(plan: Plan) -> list[str]:
    """Who moves the traffic: one part only, where a policy judges beside it."""
    if plan.release.strategy not in {"canary", "blue-green", "shadow", "ab"}:
        return []
    mover = (
        "Nothing else moves traffic: the scripts write the weights of `haproxy.cfg`, and "
        "`../rollout/policy.yaml` says `router: none`. Its judge is compiled into the rules of Prometheus; "
        "before everybody meets a version, `update.sh` waits until its margins are proved."
        if has_canary(plan)
        else "There is nothing to compare with: while a version is on trial its series carry `track=canary`, "
        "and the limits of `../rollout/policy.yaml`, compiled into the rules of Prometheus, judge it alone."
    )
    return [
        f"{mover} Development and staging have no traffic to judge by: there a version only has to start.",
        "",
        *_smoke(plan),
    ]


def _smoke(plan: Plan) -> list[str]:
    """A release by switch meets nobody before it: somebody has to send it requests."""
    if plan.release.strategy != "blue-green":
        return []
    return [
        (
            "While the new version has no traffic, send it requests of yours at "
            f"`http://127.0.0.1:8081`, at least {evidence.MINIMUM} in the first hold and more where its "
            "limits are tight (`aegis rollout run --dry-run ../rollout/policy.yaml` says how many): "
            "nobody is switched to what was never asked."
        ),
        "",
    ]


def _limits(plan: Plan) -> list[str]:
    found = serving(plan)
    lines = ["## Assumed here, to be measured in staging", ""]
    if not is_managed(plan):
        lines.append(f"- the model is loaded within {found.startup_s} s")
    lines.append(f"- the longest answer worth waiting for: {found.drain_s} s")
    lines += ["", "## What one machine cannot say", ""]
    lines.append(
        "- it is a single point of failure: a broken disk means downtime until the restore"
    )
    if plan.release.strategy in {"shadow", "ab"}:
        lines.append(
            "- the proxy splits requests by weight: it neither mirrors them nor keeps users apart"
        )
    if found.resource and found.resource != "nvidia.com/gpu" and not is_managed(plan):
        lines.append(
            f"- devices are handed over as `nvidia.com/gpu`; for `{found.resource}` change `--device`"
        )
    if not is_managed(plan) and not engine_start(plan.chosen("engine")).command:
        lines.append(f"- `{plan.chosen('engine')}` brings no server: the engine's image is yours")
    return lines
