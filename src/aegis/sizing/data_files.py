"""The measured tables that come with the sizing, as they are written."""

from __future__ import annotations

import importlib.resources

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def table(name: str) -> object:
    """The content of a file of `data`."""
    text = (importlib.resources.files("aegis.sizing") / "data" / name).read_text("utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader, in C where there is one
