"""Everything for one machine: containers, proxy, release scripts, what watches it."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.host.compose import compose
from aegis.render.host.proxy import proxy
from aegis.render.host.readme import readme
from aegis.render.host.scripts import environment_files, scripts
from aegis.render.host.setup import setup
from aegis.render.host.units import units
from aegis.render.host.watching import release_rules, scraping

_TIMER = """[Unit]
Description=Nightly backup

[Timer]
OnCalendar=*-*-* 03:17:00
RandomizedDelaySec=900
Persistent=true

[Install]
WantedBy=timers.target
"""


def render_host(plan: Plan) -> tuple[Artifact, ...]:
    """The bundle for one machine, or for the gateway in front of a vendor's API."""
    if plan.chosen("run-where") not in {"single-host", "managed-api"}:
        return ()
    return (
        compose(plan),
        *units(plan),
        *_backup(plan),
        proxy(plan),
        *scraping(plan),
        release_rules(plan),
        setup(plan),
        *scripts(plan),
        *environment_files(plan),
        readme(plan),
    )


def _backup(plan: Plan) -> tuple[Artifact, ...]:
    service = f"""[Unit]
Description=Backup of {plan.service}

[Service]
Type=oneshot
EnvironmentFile=/etc/{plan.service}/host.env
ExecStart=/opt/{plan.service}/backup.sh
"""
    name = f"host/systemd/{plan.service}-backup"
    because = ("disaster-recovery",)
    return (
        Artifact(path=f"{name}.service", content=service, because=because),
        Artifact(path=f"{name}.timer", content=_TIMER, because=because),
    )
