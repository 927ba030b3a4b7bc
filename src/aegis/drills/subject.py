"""What is drilled: a plan with its gateway's policy, and where they stand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from aegis.drills.bounds import Bounds, bounds_of
from aegis.drills.types import DrillError, Environment, NotDrilledError
from aegis.gateway.policy import Policy, read_policy
from aegis.plan.types import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A plan with its gateway's policy, read and checked."""

    folder: Path
    plan: Plan
    plan_digest: str
    policy_path: Path
    policy_digest: str
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What is drilled. Without a gateway, one of its own is started for each drill.

    `listen` is the address of the proxy, which a gateway that runs already has as its upstream.
    """

    backend: str
    canary: str = ""
    gateway: str = ""
    listen: tuple[str, int] = ("127.0.0.1", 0)
    environment: Environment = "development"
    reason: str = ""
    rate: float | None = None
    seed: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def read_plan(path: Path) -> tuple[Plan, Path]:
    """The plan of a bundle's folder, or of its `plan.json`; and that file.

    Raises:
        DrillError: there is none.
    """
    file = path / "plan.json" if path.is_dir() else path
    if not file.is_file():
        raise DrillError(f"{file} is not there: `aegis plan BRIEF -o {path}` writes it")
    try:
        return Plan.model_validate_json(file.read_text("utf-8")), file
    except ValueError as error:
        raise DrillError(f"{file} is no plan: {str(error).splitlines()[0]}") from None


def load_bundle(path: Path, *, policy: Path | None = None, answer_s: float | None = None) -> Bundle:
    """A plan with `gateway/policy.yaml` beside it, or the policy that is named.

    Raises:
        NotDrilledError: the plan has no gateway that chats, or lacks a threshold.
        DrillError: there is no plan, or the policy is not its own.
    """
    plan, file = read_plan(path)
    policy_path = policy or file.parent / "gateway" / "policy.yaml"
    if not policy_path.is_file():
        raise NotDrilledError(
            f"{policy_path} is not there: this plan has no gateway to drill, or name it with --policy"
        )
    obeyed, digest = _policy(policy_path)
    if obeyed.plan != plan.id:
        raise DrillError(
            f"{policy_path} is of plan {obeyed.plan}, {file} is plan {plan.id}: thresholds would not "
            "be its own; take both from one bundle"
        )
    if obeyed.paths:
        raise NotDrilledError(
            f"{plan.service} answers at {', '.join(obeyed.paths)}: drills speak the chat interface only"
        )
    return Bundle(
        folder=file.parent, plan=plan, policy_path=policy_path, policy_digest=digest,
        plan_digest="sha256:" + hashlib.sha256(file.read_bytes()).hexdigest(),
        bounds=bounds_of(plan, obeyed, answer_s=answer_s),
    )  # fmt: skip


def _policy(path: Path) -> tuple[Policy, str]:
    try:
        return read_policy(path.read_text("utf-8"))
    except (ValidationError, ValueError) as error:
        raise DrillError(f"{path} is no policy: {str(error).splitlines()[0]}") from None
