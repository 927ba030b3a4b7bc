"""What a judge may say. No data is never `passed`."""

from __future__ import annotations

import enum


class Verdict(enum.StrEnum):
    """The outcome of a gate, an analysis or a test."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
