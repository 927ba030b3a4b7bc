"""`aegis gateway`: the data plane that a plan's policy configures."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aegis.cli import serving
from aegis.gateway.policy import Policy
from aegis.gateway.reloading import PolicyError, PolicyFile


@click.command("gateway")
@click.option(
    "--policy",
    "policy_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
)
@click.option(
    "--upstream", required=True, help="base URL of the model that serves the stable version"
)
@click.option(
    "--canary-upstream", default=None, help="base URL of the version on trial [default: --upstream]"
)
@click.option("--answer-s", type=click.FloatRange(min=1), default=120.0, show_default=True,
              help="longest silence of the model, in seconds; an answer that is not streamed is silent "
              "until its end")  # fmt: skip
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="address and port")
@click.option("--audit", "audit_place", default=None, metavar="PLACE",
              help="where audit records go: a file; a folder/ (a file a day, erased after the policy's "
              "retention); - for standard output; without it nothing is kept")  # fmt: skip
@click.option("--check", is_flag=True, help="read the policy, say what it does, and stop")
def gateway(
    policy_path: Path,
    *,
    upstream: str,
    canary_upstream: str | None,
    answer_s: float,
    listen: str,
    audit_place: str | None,
    check: bool,
) -> None:
    """Serve an OpenAI-compatible endpoint in front of a model, obeying a plan's policy.

    Limits by request, token and caller; guardrails on the way in and out, also while streaming;
    circuit breaker; metrics at /metrics; audit. A changed policy file is obeyed within two seconds
    and no request is lost; an invalid one is refused and the old policy stays. Credentials are
    files in the folder that AEGIS_SECRETS_DIR names; the policy holds their names only.
    """
    try:
        file = PolicyFile(policy_path)
    except PolicyError as error:
        raise click.UsageError(str(error)) from None
    policy, digest = file.first
    if check:
        click.echo(_said(policy, digest))
        return
    serving.needs("httpx", what="the gateway")
    serving.needs("uvicorn", what="the gateway")
    import httpx  # noqa: PLC0415  # the extra

    from aegis.gateway.app import Gateway  # noqa: PLC0415  # after the extra was found

    if not audit_place and policy.audit.keep != "none":
        click.echo(
            f"the policy keeps audit records for {policy.audit.retention_days:g} days, and no --audit "
            "says where: nothing is kept",
            err=True,
        )
    urls = {"stable": upstream.rstrip("/"), "canary": (canary_upstream or upstream).rstrip("/")}
    app = Gateway(
        policy,
        policy_digest=digest,
        policy_file=file,
        upstreams=urls,
        client=httpx.AsyncClient(
            timeout=httpx.Timeout(answer_s, connect=5.0),
            limits=httpx.Limits(max_connections=None),  # the policy says how many run at once
        ),
        keys=_keys(policy),
        audit=serving.audit(audit_place, keep_days=policy.audit.retention_days),
    )
    serving.serve(app, listen)


def _keys(policy: Policy) -> dict[str, str]:
    folder = os.environ.get("AEGIS_SECRETS_DIR")
    keys: dict[str, str] = {}
    for upstream in policy.upstreams:
        if folder and upstream.credential_file:
            file = Path(folder) / upstream.credential_file
            if file.is_file():
                keys[upstream.track] = file.read_text("utf-8").strip()
    return keys


def _said(policy: Policy, digest: str) -> str:
    rails = ", ".join(f"{g.id} ({g.on}: {g.action})" for g in policy.guardrails)
    shares = ", ".join(f"{u.track} {u.weight_percent:g} %" for u in policy.upstreams)
    return f"{policy.service}, plan {policy.plan}, {digest[:19]}…\n  weights: {shares}\n  guardrails: {rails}"
