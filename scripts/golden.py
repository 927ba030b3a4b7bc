"""Writes the golden bundles: what each of some briefs renders to, as files that a person reads.

    python scripts/golden.py           # writes tests/golden/bundles
    git diff tests/golden/bundles      # read it: would you apply this on Friday?

The dossier is left out (its snapshots are elsewhere), and the id of a plan, which changes with every
catalog, stands as `PLAN`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from aegis.brief.read import read_brief
from aegis.operations.bundle import render_all
from aegis.operations.planning import to_text
from aegis.plan.planner import Versions, make_plan

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests/golden/bundles"
ALL = ("",)
_CLUSTER = ("kubernetes/",)
BRIEFS: dict[str, tuple[str, tuple[str, ...]]] = {
    "argo-rollouts": ("examples/support-assistant/brief.yaml", ALL),
    "one-machine": ("examples/vision-inspection/brief.yaml", ALL),
    "vendor": ("examples/startup-two-people/brief.yaml", ("gateway/", "host/", "rollout/")),
    "batch": ("examples/nightly-batch/brief.yaml", ("batch/",)),
    "device": ("examples/phone-speech/brief.yaml", ("edge/",)),
    "isolated": (
        "tests/golden/briefs/rag-air-gapped-police.yaml",
        ("mirror/", "gitops/", "pipelines/"),
    ),
    "flagger": ("tests/golden/briefs/chat-flagger-entry.yaml", (*_CLUSTER, "gitops/")),
    "kserve-models": ("tests/golden/briefs/prediction-kserve-returns.yaml", _CLUSTER),
    "kserve-divided": ("tests/golden/briefs/rag-kserve-divided.yaml", _CLUSTER),
    "groups": ("tests/golden/briefs/chat-two-machines-a-replica.yaml", _CLUSTER),
    "llm-d": ("tests/golden/briefs/completion-llm-d-prefixes.yaml", _CLUSTER),
    "ray": ("tests/golden/briefs/chat-ray-cloud.yaml", _CLUSTER),
    "dynamo": ("tests/golden/briefs/chat-dynamo-two-nodes.yaml", _CLUSTER),
}
"""Golden bundle → its brief and the folders that are kept: whole ones for the two commonest places,
for the others what only they have."""


def bundle(name: str) -> dict[str, str]:
    """The files of a golden bundle by path, as they render today."""
    brief, folders = BRIEFS[name]
    read = read_brief((ROOT / brief).read_text(encoding="utf-8"), path=brief)
    if read.brief is None:
        raise ValueError(f"{brief} is no brief: {read.findings}")
    plan = make_plan(read.brief, Versions(catalog_sha256="0" * 64, aegis_version="golden"))
    return {
        artifact.path: to_text(artifact).replace(plan.id, "PLAN")
        for artifact in render_all(plan)
        if artifact.path.startswith(folders) and not artifact.path.startswith("dossier/")
    }


def main() -> None:
    """Writes every golden bundle anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in BRIEFS:
        for path, text in bundle(name).items():
            file = FOLDER / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
