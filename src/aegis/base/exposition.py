"""The text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Mapping


def labels_text(labels: Mapping[str, str]) -> str:
    """Labels as they stand between the braces.

    >>> labels_text({"service": "assistant", "signal": "inputs"})
    'service="assistant",signal="inputs"'
    """
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
