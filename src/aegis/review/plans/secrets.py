"""Secrets: never in a brief, a plan, a file of the bundle or a text, and never echoed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from aegis.base.artifact import Artifact
from aegis.base.finding import Severity, Span
from aegis.brief.schema import Brief
from aegis.detect.secrets import find_secrets, mask
from aegis.plan.types import Plan
from aegis.review.plans.subjects import Bundle, PageText, strings
from aegis.review.rule import Hit, rule

MEND = (
    "remove it, rotate it, and put it into the secret store that `team.secrets` names; "
    "everything else refers to it by name"
)


@rule("AEG117", checks=Brief, severity=Severity.CRITICAL, hard=True, refs=("CWE-798",))
def secret_in_brief(brief: Brief) -> Iterator[Hit]:
    """Secret in a field of a brief.

    A brief is kept, shared and rendered. What stood in it once has to be rotated.
    """
    for path, kind in _found(list(strings(brief))):
        yield Hit(path, f"a secret stands here ({kind})", mend=MEND)


@rule("AEG118", checks=Plan, severity=Severity.CRITICAL, hard=True, refs=("CWE-798",))
def secret_in_plan(plan: Plan) -> Iterator[Hit]:
    """Secret in a plan.

    A plan is the source of every document and every file: a secret in it would be copied into all
    of them.
    """
    own = (name for name in type(plan).model_fields if name != "brief")  # AEG117 judges that
    texts = [pair for name in own for pair in strings(getattr(plan, name), f"plan.{name}")]
    for path, kind in _found(texts):
        yield Hit(path, f"a secret stands here ({kind})", mend=MEND)


def _found(texts: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Path and kind of each secret; one look at everything first, because there is seldom one."""
    if find_secrets("\n\n".join(text for _, text in texts)):
        for path, text in texts:
            yield from ((path, secret.kind) for secret in find_secrets(text))


@rule("AEG190", checks=Bundle, severity=Severity.CRITICAL, hard=True, refs=("CWE-798",))
def secret_in_artifact(bundle: Bundle) -> Iterator[Hit]:
    """Secret in a file of the bundle.

    Files of a bundle are meant to be committed. A credential in a repository is public with a
    delay.
    """
    for artifact in bundle.artifacts:
        text = artifact_text(artifact)
        for secret in find_secrets(text):
            place = span_in(artifact.path, text, secret.start)
            yield Hit(
                place if isinstance(artifact.content, str) else artifact.path,
                f"a secret stands in `{artifact.path}` ({secret.kind})",
                mend=MEND,
            )


@rule("AEG191", checks=PageText, severity=Severity.CRITICAL, hard=True, refs=("CWE-798",))
def secret_in_text(page: PageText) -> Iterator[Hit]:
    """Secret in a text for people.

    Documents and answers are copied into tickets and chats. A secret in one is in all of them.
    """
    for secret in find_secrets(page.text):
        yield Hit(
            page.span(secret.start, secret.start + 1),
            f"a secret stands here ({secret.kind})",
            mend=MEND,
        )


def artifact_text(artifact: Artifact) -> str:
    """The text of a file; data line by line, in which keys keep their values beside them."""
    if isinstance(artifact.content, str):
        return artifact.content
    return json.dumps(artifact.content, indent=1, ensure_ascii=False)


def span_in(path: str, text: str, start: int) -> Span:
    """Where an offset of a file's text is; the excerpt has its secrets masked."""
    begin = text.rfind("\n", 0, start) + 1
    line = text.count("\n", 0, start) + 1
    excerpt = mask(text).splitlines()
    shown = excerpt[line - 1] if line <= len(excerpt) else ""
    return Span(path=path, line=line, column=start - begin + 1, excerpt=shown[:200])
