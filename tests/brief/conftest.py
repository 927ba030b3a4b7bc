"""Marks what waits for the bounded reader of briefs; gone once it is in place."""

import pytest

from aegis.brief import read

WAITING = (
    "very_deep_text",
    "another-name]",
    "short]",
    "k8s]",
    "version]",
    "yaml-boolean]",
    "batch-without-job]",
    "no-device]",
    "role]",
    "test_tabs_are_named",
    "answered_in_seconds",
    "as-an-unknown-word]",
    "as-a-field]",
    "behind_escapes",
    "keeps_the_lines_below",
    "without_the_deadline",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expected to fail as long as the reader has no bound on its findings."""
    if hasattr(read, "MAX_FINDINGS"):
        return
    for item in items:
        if "tests/brief" in item.nodeid and any(name in item.nodeid for name in WAITING):
            run = "answered_in_seconds" not in item.nodeid
            item.add_marker(
                pytest.mark.xfail(reason="the reader is unbounded", run=run, strict=False)
            )
