"""Brief → judged plan → bundle on disk."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

from aegis import __version__
from aegis.base.artifact import Artifact
from aegis.base.finding import Finding, Severity
from aegis.base.model import Frozen
from aegis.base.say import say
from aegis.brief.read import ReadBrief, read_brief
from aegis.brief.schema import Orchestrator
from aegis.catalog.loader import digest
from aegis.operations.results import PlanResult, WrittenFile
from aegis.plan.case import SERVED_FROM_FILES
from aegis.plan.choose import NoOptionError
from aegis.plan.planner import Versions, make_plan, with_admission
from aegis.plan.types import Plan
from aegis.review.plans import BLOCKS_PRODUCTION
from aegis.review.plans.judge import (
    bundle_of,
    hear_waivers,
    judge_brief,
    judge_bundle,
    judge_plan,
    judge_text,
)

INDEX = "bundle.json"
YOURS = frozenset({"site.yaml", "release.env", "host.env", "candidate.env", "tools.env"})
"""Files that are written once, to be filled in by you, and never again."""


def plan_brief(
    text: str,
    *,
    path: str,
    today: datetime.date,
    orchestrator: Orchestrator | None = None,
    also: Sequence[str] = (),
) -> PlanResult:
    """The plan of a brief with its bundle; findings say where and why when there is none.

    Nothing is written. A hard finding refuses: the result then carries no bundle. `orchestrator`
    stands for `team.orchestrator`, whatever the brief says of it; `also` names forms of the bundle
    that are written on request only.
    """
    read = read_brief(text, path=path)
    if orchestrator and read.brief:
        team = read.brief.team.model_copy(update={"orchestrator": orchestrator})
        read = dataclasses.replace(read, brief=read.brief.model_copy(update={"team": team}))
    judged = _judged(read, today)
    plan = judged.plan
    if plan is None or judged.refused:
        return judged
    from aegis.operations.bundle import platform_gaps, render_all  # noqa: PLC0415  # a plan needs no renderer

    bundle = tuple(a.model_copy(update={"content": to_text(a)}) for a in render_all(plan, also))
    findings = [
        *judged.findings,
        *judge_bundle(bundle_of(plan, bundle)),
        *_not_rendered(plan, bundle),
        *platform_gaps(plan),
    ]
    for page in bundle:
        if page.path.endswith(".md") and isinstance(page.content, str):
            # Read-me files beside artifacts name versions and settings; figures are the dossier's.
            known = plan if page.path.startswith("dossier/") else None
            findings += judge_text(page.content, path=page.path, plan=known)
    return _opened(plan, findings, read, today).model_copy(update={"bundle": bundle})


def decide(text: str, *, path: str, today: datetime.date) -> PlanResult:
    """The judged plan of a brief without its bundle: for an answer, where nothing is applied."""
    read = read_brief(text, path=path)
    judged = _judged(read, today)
    if judged.plan is None or judged.refused:
        return judged
    return _opened(judged.plan, list(judged.findings), read, today)


def _judged(read: ReadBrief, today: datetime.date) -> PlanResult:
    """The plan as its brief and its own rules judge it, before anything is rendered."""
    if read.brief is None:
        return PlanResult(
            plan=None, findings=read.findings, refused=any(f.hard for f in read.findings)
        )
    findings = [_placed(f, read) for f in judge_brief(read.brief, today=today)]
    try:
        plan = make_plan(read.brief, Versions(catalog_sha256=digest(), aegis_version=__version__))
    except NoOptionError as error:
        findings.append(_no_option(error))
        return PlanResult(plan=None, findings=_sorted(findings), refused=True)
    findings += [_placed(f, read) for f in judge_plan(plan)]
    plan = with_admission(plan, tuple(_reason(f) for f in findings if f.hard))
    refused = not plan.admissible.holds
    return PlanResult(plan=plan, findings=_sorted(findings), refused=refused)


def _opened(
    plan: Plan, findings: list[Finding], read: ReadBrief, today: datetime.date
) -> PlanResult:
    """Which environments may open, once the waivers are heard."""
    if read.brief is not None:
        findings = list(hear_waivers(findings, read.brief, today).stand)
    if any(f.hard for f in findings):
        return PlanResult(plan=plan, findings=_sorted(findings), refused=True)
    blocked = not plan.promotable.holds or any(f.code in BLOCKS_PRODUCTION for f in findings)
    return PlanResult(
        plan=plan,
        findings=_sorted(findings),
        staging_open=plan.brief.model is not None and is_served(plan),
        production_open=not blocked,
    )


def write_bundle(result: PlanResult, folder: Path, *, part: bool = False) -> PlanResult:
    """Writes plan and bundle; files that an earlier plan wrote and this one does not are removed.

    Files that nobody of us wrote are left alone, and a file of ours that was changed by hand is
    kept beside the new one as `<name>.yours`. With `part` the bundle is only some of its targets:
    the files of the others stay.
    """
    if result.plan is None or result.refused:
        return result
    known = _known(folder)
    written = []
    for path, content, because, executable in _contents(result.plan, result.bundle):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_file() and target.name in YOURS:
            written.append(WrittenFile(path=path, sha256=_sha(content), because=because))
            continue
        _keep_hand_made(target, content, known.get(path))
        target.write_text(content, encoding="utf-8")
        if executable:
            target.chmod(0o755)
        written.append(WrittenFile(path=path, sha256=_sha(content), because=because))
    for path, sha in () if part else known.items():
        stale = folder / path
        if path in {w.path for w in written} or not stale.is_file():
            continue
        if _sha(stale.read_text(encoding="utf-8", errors="replace")) == sha:
            stale.unlink()
    there = {w.path for w in written}
    kept = [w for w in written_before(folder) if part and w.path not in there]
    index = _Index(plan=result.plan.id, files=(*written, *kept))
    (folder / INDEX).write_text(index.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return result.model_copy(update={"written": tuple(written), "folder": str(folder)})


def load_plan(path: Path) -> Plan:
    """A plan from `plan.json`, checked against its own id."""
    return Plan.model_validate_json(path.read_text(encoding="utf-8"))


def is_served(plan: Plan) -> bool:
    """Whether the bundle holds what serves the model; where it does not, staging cannot start."""
    return plan.chosen("serving-platform") in SERVED_FROM_FILES | {""}


def to_text(artifact: Artifact) -> str:
    """An artifact as the text of its file: YAML, JSON or as it is."""
    content = artifact.content
    if isinstance(content, str):
        return content if content.endswith("\n") else f"{content}\n"
    if artifact.path.endswith(".json"):
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if artifact.documents and isinstance(content, list):
        return str(
            yaml.dump_all(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
        )
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


_Base = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Base):  # type: ignore[misc, valid-type]  # the compiled one where it is there
    """No aliases; text of several lines as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


# Plain words to this writer, and something else to readers: booleans of old, numbers of YAML 1.2. The
# id of a plan can be one: digits after a nought, or around a single `e`.
_READ_AS_ELSE = re.compile(
    r"[yYnN]|[-+]?0[0-9]+|[-+]?(?:\.[0-9]+|[0-9]+\.?[0-9]*)[eE][-+]?[0-9]+|0o[0-7]+"
)


def _block_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else '"' if _READ_AS_ELSE.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block_text)


def _contents(
    plan: Plan, bundle: tuple[Artifact, ...]
) -> list[tuple[str, str, tuple[str, ...], bool]]:
    lock = plan.model_dump_json(indent=1) + "\n"
    return [
        ("plan.json", lock, (), False),
        *((a.path, to_text(a), a.because, a.executable) for a in bundle),
    ]


def _known(folder: Path) -> dict[str, str]:
    return {file.path: file.sha256 for file in written_before(folder)}


def plan_there(folder: Path) -> str:
    """The id of the plan that a folder was written from; empty where there is none."""
    return _index(folder).plan


def written_before(folder: Path) -> tuple[WrittenFile, ...]:
    """What the index of a folder says that we wrote; nothing where there is none to be read."""
    return _index(folder).files


class _Index(Frozen):
    """`bundle.json`: the plan of a folder, and the files that we wrote there."""

    plan: str = ""
    files: tuple[WrittenFile, ...] = ()


def _index(folder: Path) -> _Index:
    try:
        return _Index.model_validate_json((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return _Index()


def _keep_hand_made(target: Path, content: str, known_sha: str | None) -> None:
    if not target.is_file():
        return
    there = target.read_text(encoding="utf-8", errors="replace")
    if there != content and known_sha is not None and _sha(there) != known_sha:
        shutil.copyfile(target, target.with_name(f"{target.name}.yours"))


def _sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _placed(finding: Finding, read: ReadBrief) -> Finding:
    """A finding about a path of the brief, with its line and column."""
    if finding.span is not None or not finding.where:
        return finding
    return finding.model_copy(update={"span": read.span(finding.where)})


def _reason(finding: Finding) -> str:
    text = finding.message.replace("{", "(").replace("}", ")")
    return f"`{finding.code}` [[{text}]]"


_BY_HAND = (
    "write it by hand from the dossier, or state a tool in the brief that is rendered; the rest of the "
    "bundle is complete"
)
# Where the bundle does the job in another way: place and decision → what to take instead.
_INSTEAD = {
    (
        "single-host",
        "iac",
    ): "`host/setup.sh` sets the machine up, the same each time it runs; make the machine itself "
    "by a module of yours (one instance, its disk, a firewall for 443 only) and let its first boot run the script",
    (
        "managed-api",
        "iac",
    ): "`host/setup.sh` sets the machine of the gateway up; make the machine itself by a module "
    "of yours (one instance, its disk, a firewall for 443 only) and let its first boot run the script",
}


def _not_rendered(plan: Plan, bundle: tuple[Artifact, ...]) -> list[Finding]:
    """What a choice needs and no renderer writes: said, never dropped."""
    from aegis.operations.bundle import unrendered  # noqa: PLC0415  # a plan needs no renderer

    return [
        Finding(
            code="AEG007",
            name="choice-without-artifact",
            title="Choice that no renderer carries out yet",
            severity=Severity.MEDIUM,
            message=f"no artifact is rendered for {name} (`{decision}`)",
            mend=_INSTEAD.get((plan.chosen("run-where"), decision), _BY_HAND),
        )
        for decision, name in unrendered(plan, bundle)
    ]


def _no_option(error: NoOptionError) -> Finding:
    failed = "; ".join(f"{n}: {say(why, {}) if '{' not in why else why}" for n, why in error.failed)
    return Finding(
        code="AEG006",
        name="no-option-left",
        title="Requirements that no option meets",
        severity=Severity.HIGH,
        message=f"{error.question} Nothing is left: {failed}",
        mend="relax one of the requirements named above, then plan again",
    )


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: f.sort_key))
