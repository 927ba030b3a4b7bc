"""The measured tables that come with the sizing, as they are written."""

from __future__ import annotations

import importlib.resources

from aegis.base.yaml_text import parsed


def table(name: str) -> object:
    """The content of a file of `data`."""
    text = (importlib.resources.files("aegis.sizing") / "data" / name).read_text("utf-8")
    return parsed(text)
