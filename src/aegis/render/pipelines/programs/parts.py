"""What the programs share: their head, and the call of `release.sh`."""

from __future__ import annotations

from aegis.plan.types import Plan

RUN = '''SCRIPT = Path(__file__).with_name("release.sh")
LIMIT_S = 3600  # of one step
UNREACHABLE = 75  # what release.sh ends with when the repository could not be reached
# What the scripts see of this machine: its other settings and secrets are none of their business.
KEPT = ("PATH", "HOME", "TMPDIR", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")


class Refused(Exception):
    """The step gave its answer, and it is no. Asking again would not change it."""


class Unreachable(Exception):
    """The repository could not be reached. Both steps may be repeated."""


def run(step: str, target: str, commit: str, *, repository: str, token: str) -> str:
    """What `release.sh` answers: nothing from the gate, the name of the branch from a proposal."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    ran = subprocess.run(
        ["timeout", "-k", "30", str(LIMIT_S), "sh", str(SCRIPT), step, target, commit],
        env={**kept, "REPOSITORY": repository, "RELEASE_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{step} of {target} ended with {ran.returncode}: {ran.stderr.strip()[-2000:]}"
    if ran.returncode == UNREACHABLE:
        raise Unreachable(said)
    if ran.returncode != 0:
        raise Refused(said)
    return ran.stdout.strip()
'''
"""For the four systems whose workers hold the repository's tools; a pod has its image instead."""


def filled(plan: Plan, text: str) -> str:
    """A program with what the plan says: the service, the plan, and where a person is asked."""
    approved = '("production",)' if plan.brief.high_impact else "()"
    for name, said in (
        ("@RUN@", RUN.strip()),
        ("@SERVICE@", plan.service),
        ("@PLAN@", plan.id),
        ("@APPROVED@", approved),
    ):
        text = text.replace(name, said)
    return text
