"""Image references, as every deployment file writes them."""

from __future__ import annotations

import re

from aegis.base.finding import Certainty, Span
from aegis.review.facts.types import Image

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|\$([A-Za-z_]\w*)")

_CHOSEN = re.compile(r":\$\{\w+:?-(?:latest|main|master)\}[\"']?$")


def image_of(text: str, span: Span, *, built_here: bool = False) -> Image | None:
    """The image that a reference names; nothing when a variable without default hides it."""
    plain = _VARIABLE.sub(lambda match: match[2] or "", text.strip().strip("\"'"))
    if not plain or plain.lower() == "scratch" or "TTTT" in plain or "{{" in plain:
        return None
    name, _, digest = plain.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    if "$" in text and "/" not in head and text.strip().strip("\"'").startswith("${"):
        return None  # who deploys says which image; the default is one built on the own machine
    if _CHOSEN.search(text):
        return None  # who deploys gives the tag
    hidden = "$" in text and not tag
    return Image(
        span=span,
        certainty=Certainty.LIKELY if hidden else Certainty.CERTAIN,
        name=head,
        tag="?" if hidden and text.rstrip().endswith("}") else tag,
        digest=digest,
        built_here=built_here,
    )
