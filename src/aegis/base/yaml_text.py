"""YAML by the parser in C where PyYAML was built with it; safe in either case."""

from __future__ import annotations

from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parsed(text: str) -> object:
    """What a text says: plain values and dates, and no object of any other kind."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506  # safe in either case
