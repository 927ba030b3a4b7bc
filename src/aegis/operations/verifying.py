"""Reads manifests from disk and asks who can judge them."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from aegis import __version__
from aegis.base.finding import Certainty, Finding, Span
from aegis.base.report.reported import Reported
from aegis.verify.access import Map, dig, listing, mapping, text
from aegis.verify.api import Settings, verify_files
from aegis.verify.report import ALL_CHECKS, Verification, finding
from aegis.verify.schema.library import KUBERNETES, KUBERNETES_VERSIONS
from aegis.verify.tools import LocalTools, Tools

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab")
STDIN = Path("-")
CURRENT = "current"
"""The name under which `--cluster` means kubectl's own context."""

MAX_FILES = 20_000
MAX_FILE_BYTES = 20_000_000
_SKIPPED = frozenset({".git", ".venv", "node_modules", "__pycache__", ".terraform"})
_ENDINGS = (".yaml", ".yml", ".json", ".tf", ".tf.json", ".rules", ".mmd", ".md")
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


class ClusterError(Exception):
    """The cluster did not answer; the message is kubectl's own."""


def verify_paths(
    paths: Iterable[Path],
    *,
    crds: Iterable[Path] = (),
    cluster: str = "",
    kubernetes: str = "",
    since: str = "",
    tools: Tools | None = None,
) -> Verification:
    """What the real platforms would say to these files or folders, and who said it.

    `crds` are files or folders with CustomResourceDefinitions, `cluster` is a context of kubectl
    whose definitions count too, and whose version judges the core kinds unless `kubernetes` names
    another (one of `KUBERNETES_VERSIONS`). With `since`, a git revision, only what lies in files changed
    since is reported; all files are read, so that what belongs together is judged together.
    `tools` are the real programs to ask; without them nothing is started but kubectl for `cluster`.

    Raises:
        ValueError: more files than `MAX_FILES`; the message says how to name fewer.
        ClusterError: kubectl is absent, or the cluster did not answer.
        GitError: git does not know the revision, or the folder is no checkout.
    """
    files, given = _Reader(), _Reader()
    files.read(paths)
    given.read(crds)
    kubectl = LocalTools()
    version = kubernetes or (cluster_version(cluster, kubectl) if cluster else KUBERNETES)
    made = verify_files(
        files.found,
        crds=given.found,
        definitions=cluster_definitions(cluster, kubectl) if cluster else (),
        tools=tools,
        settings=Settings(kubernetes=version),
    )
    unread = (*files.unread, *given.unread)
    if unread:
        found = sorted((*made.findings, *unread), key=lambda each: each.sort_key)
        made = made.model_copy(update={"findings": tuple(found)})
    return _changed(made, since) if since else made


def _changed(made: Verification, since: str) -> Verification:
    from aegis.operations.history import changed_since  # noqa: PLC0415  # on request only

    root = Path.cwd()
    moved = {root / name for name in changed_since(root, since)}
    kept = tuple(each for each in made.findings if _touches(each, root, moved))
    return made.model_copy(update={"findings": kept})


def _touches(found: Finding, root: Path, moved: Collection[Path]) -> bool:
    spans = (found.span, *found.also) if found.span else found.also
    return any(Path(os.path.normpath(root / span.path)) in moved for span in spans)


def cluster_definitions(context: str, tools: Tools) -> Sequence[JsonValue]:
    """The CustomResourceDefinitions that a cluster serves, asked by kubectl.

    Raises:
        ClusterError: kubectl is absent, or the cluster did not answer.
    """
    arguments = ("get", "customresourcedefinitions", "-o", "json")
    return listing(_answer(context, arguments, tools).get("items"))


def cluster_version(context: str, tools: Tools) -> str:
    """The Kubernetes version of a cluster, or the nearest whose schemas are at hand.

    Raises:
        ClusterError: kubectl is absent, or the cluster did not answer.
    """
    said = _answer(context, ("version", "-o", "json"), tools)
    found = re.match(r"v1\.([0-9]+)", text(dig(said, "serverVersion", "gitVersion")))
    minor = int(found.group(1)) if found else int(KUBERNETES.partition(".")[2])
    return min(KUBERNETES_VERSIONS, key=lambda each: abs(int(each.partition(".")[2]) - minor))


def _answer(context: str, arguments: tuple[str, ...], tools: Tools) -> Map:
    if tools.version("kubectl") is None:
        raise ClusterError("kubectl is not on this machine, and only kubectl knows your clusters")
    named = () if context == CURRENT else (f"--context={context}",)
    with tempfile.TemporaryDirectory() as folder:
        said = tools.run("kubectl", (*arguments, "--request-timeout=30s", *named), Path(folder))
    if said.code != 0:
        raise ClusterError(f"kubectl: {said.message.rpartition(' / ')[2]}")
    try:
        return mapping(json.loads(said.output))
    except ValueError:
        raise ClusterError("kubectl's answer is no JSON") from None


@dataclass(slots=True)
class _Reader:
    """Contents by path, and a finding for each file that the machine does not let us read."""

    found: dict[str, bytes] = field(default_factory=dict)
    unread: list[Finding] = field(default_factory=list)

    def read(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if path == STDIN:
                self._keep("standard-input.yaml", sys.stdin.buffer.read(MAX_FILE_BYTES + 1))
                continue
            for file in self._walk(path) if path.is_dir() else (path,):
                try:
                    with file.open("rb") as stream:
                        self._keep(file.as_posix(), stream.read(MAX_FILE_BYTES + 1))
                except OSError as error:
                    self._refuse(file, error)

    def _keep(self, path: str, content: bytes) -> None:
        if len(self.found) >= MAX_FILES:
            raise ValueError(f"more than {MAX_FILES:,} files: name the folders that hold manifests")
        self.found[path] = content

    def _refuse(self, path: Path, error: OSError) -> None:
        span = Span(path=path.as_posix(), line=1, column=1)
        why = error.strerror or type(error).__name__
        self.unread.append(finding("unreadable-file", f"cannot be opened: {why}", span=span))

    def _walk(self, folder: Path) -> Iterator[Path]:
        """Regular files that may be manifests, links not followed, in order.

        Beside a kustomization or Terraform, all files: they may be named there.
        """
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            self._refuse(folder, error)
            return
        whole = any(e.name in _KUSTOMIZATIONS or e.name.endswith((".tf", ".tf.json"))
                    for e in entries)  # fmt: skip
        for entry in entries:
            if entry.is_symlink() or entry.name in _SKIPPED:
                continue
            if entry.is_dir():
                yield from self._walk(entry)
            elif entry.is_file() and (whole or entry.name.endswith(_ENDINGS)):
                yield entry


def report(result: Verification, form: str) -> str:
    """The verification in one of `FORMATS` that programs read."""
    from aegis.base.report import forges, sarif  # noqa: PLC0415  # when asked for

    reported = _reported(result)
    if form == "sarif":
        return sarif.sarif_report(reported, ALL_CHECKS, version=__version__)
    writers = {
        "junit": forges.junit_report,
        "github": forges.github_report,
        "gitlab": forges.gitlab_report,
    }
    return writers[form](reported)


def _reported(result: Verification) -> Reported:
    asks = tuple(f for f in result.findings if f.certainty is Certainty.ASK)
    return Reported(
        command="verify",
        findings=tuple(f for f in result.findings if f.certainty is not Certainty.ASK),
        questions=asks,
        skipped=(
            *((file.path, words) for file in result.files for words in file.unchecked),
            *((tool, "is not on this machine") for tool in result.absent),
        ),
        judges=tuple((each.name, each.version) for each in result.programs),
    )
