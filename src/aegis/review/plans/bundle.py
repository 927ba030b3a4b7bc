"""Files of a plan that could be something else tomorrow, reach outside, or leave a stage out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from aegis.base.conventions import ENVIRONMENTS
from aegis.base.finding import Severity
from aegis.review.plans.secrets import artifact_text, span_in
from aegis.review.plans.subjects import Bundle
from aegis.review.rule import Hit, rule

_IMAGE = re.compile(
    r"""(?mx) ^\s*(?:-\s+)?["']?(?:image|Image)["']?\s*[:=][ \t]*["']?(?P<yaml>[^\s"'#{}$<]+)
    | ^\s*FROM\s+(?:--platform=\S+\s+)?(?P<docker>[^\s$]+)"""
)
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_TAG = re.compile(r":(?P<tag>[\w][\w.-]*)$")
_FLOATING = re.compile(r"latest|main|master|stable|edge|nightly|dev|head", re.IGNORECASE)
_HOST = re.compile(
    r"(?:https?|git|ssh|oci|docker|s3|gs|hf)://(?:[^\s/@\"'`]+@)?(?P<url>[A-Za-z0-9.-]+)"
    r"|(?<![\w./-])(?P<registry>(?:[a-z0-9-]+\.)+(?:io|com|org|dev|ai|net|co|cloud|app))(?=[/:\s\"'`]|$)"
)
# Names that are never reached: reserved for examples and private use (RFC 2606, RFC 6762, RFC 8375),
# namespaces of Kubernetes objects and schemas, which are identifiers and not addresses.
_INSIDE = re.compile(
    r"(?:^|\.)(?:example|test|invalid|localhost|local|internal|lan|corp|home\.arpa|svc|cluster\.local"
    r"|example\.(?:com|org|net)|intranet|airgap)$|^\d{1,3}(?:\.\d{1,3}){3}$|^[a-z0-9-]+$"
)
_IDENTIFIER = re.compile(
    r"(?:^|\.)(?:k8s\.io|kubernetes\.io|x-k8s\.io|argoproj\.io|aegis\.dev|istio\.io|cncf\.io"
    r"|toolkit\.fluxcd\.io|fluxcd\.io|serving\.kserve\.io|kserve\.io|keda\.sh|coreos\.com|cert-manager\.io"
    r"|crossplane\.io|external-secrets\.io|kyverno\.io|sigstore\.dev|nvidia\.com|amd\.com|intel\.com"
    r"|google\.com|ray\.io|chaos-mesh\.org|litmuschaos\.io|karpenter\.sh|jobset\.x-k8s\.io|in-toto\.io"
    r"|slsa\.dev|opentelemetry\.io|schema\.org"
    r"|json-schema\.org|w3\.org|ietf\.org|cyclonedx\.org|spdx\.org|python\.org)$"
)
_REACHED = re.compile(
    r"(?:image|repo|registry|url|uri|endpoint|host|server|source|pull|fetch|download|index)",
    re.IGNORECASE,
)


@rule("AEG192", checks=Bundle, severity=Severity.HIGH, refs=("CWE-1357",))
def floating_image(bundle: Bundle) -> Iterator[Hit]:
    """Image named by a tag that floats.

    `latest`, a branch or no tag at all is another image tomorrow: what staging proved is then not
    what production runs. A digest cannot float.
    """
    for artifact in bundle.artifacts:
        text = artifact_text(artifact)
        for match in _IMAGE.finditer(text):
            image = match["yaml"] or match["docker"]
            if image in {"scratch", "null", "~", "|", ">"} or _DIGEST.search(image):
                continue
            tag = _TAG.search(image)
            if tag is None or _FLOATING.fullmatch(tag["tag"]):
                place = span_in(artifact.path, text, match.start(match.lastgroup or 0))
                yield Hit(
                    place if isinstance(artifact.content, str) else artifact.path,
                    f"`{image}` names no version",
                    mend="name the digest that staging proved: `name@sha256:…`",
                )


@rule("AEG193", checks=Bundle, severity=Severity.CRITICAL, hard=True)
def host_outside_the_gap(bundle: Bundle) -> Iterator[Hit]:
    """File of an air-gapped bundle that names a host outside.

    Behind the gap the host does not answer, and the rollout waits for it. Where it does answer,
    the gap is none.
    """
    if not bundle.air_gapped:
        return
    for artifact in bundle.artifacts:
        if artifact.path.endswith((".md", ".html")):
            continue  # for people; sources of facts are cited there
        text = artifact_text(artifact)
        for match in _HOST.finditer(text):
            host = (match["url"] or match["registry"]).lower().rstrip(".")
            if _INSIDE.search(host) or not _is_reached(host, text, match):
                continue
            place = span_in(artifact.path, text, match.start())
            yield Hit(
                place if isinstance(artifact.content, str) else artifact.path,
                f"`{host}` is outside the gap",
                mend="name the mirror inside, and list the original on the import list",
            )


def _is_reached(host: str, text: str, match: re.Match[str]) -> bool:
    """An address of something that is fetched, and not the namespace of a kind or a label."""
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.end() + 1]
    if line.lstrip().startswith(("#", "//")):
        return False
    if not _IDENTIFIER.search(host):
        return True
    key = line.strip().lstrip("- ").split(":", 1)[0].strip("\"'")
    return bool(_REACHED.search(key)) and not re.search(
        r"api_?version|kind|schema|label|group", key, re.IGNORECASE
    )


@rule("AEG194", checks=Bundle, severity=Severity.HIGH)
def environment_without_files(bundle: Bundle) -> Iterator[Hit]:
    """Environment without files of its own.

    Development, staging and production each have their files, so that the difference between them
    is a difference between files that can be read.
    """
    if not bundle.artifacts:
        return
    there = {artifact.environment for artifact in bundle.artifacts}
    there |= {part for artifact in bundle.artifacts for part in PurePosixPath(artifact.path).parts}
    for environment in ENVIRONMENTS:
        if environment not in there:
            yield Hit("", f"no file of the bundle is for {environment}")


@rule("AEG198", checks=Bundle, severity=Severity.CRITICAL, hard=True, refs=("CWE-22",))
def path_that_leaves(bundle: Bundle) -> Iterator[Hit]:
    """File whose path leaves the bundle, or that is there twice.

    A bundle is written into one folder. A path with `..`, an absolute one or a double would
    overwrite something that nobody reviewed.
    """
    seen: set[str] = set()
    for artifact in bundle.artifacts:
        path = PurePosixPath(artifact.path)
        if path.is_absolute() or ".." in path.parts or "\\" in artifact.path or not path.parts:
            yield Hit(artifact.path, "the path leaves the folder of the bundle")
        folded = str(path).lower()
        if folded in seen:
            yield Hit(artifact.path, "two files have this path")
        seen.add(folded)
