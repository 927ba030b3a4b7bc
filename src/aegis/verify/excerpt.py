"""The source line under a finding, when it may be shown."""

from __future__ import annotations

from collections.abc import Sequence

from aegis.base.finding import Finding
from aegis.detect.secrets import mask
from aegis.verify.files import File

MAX_LINE = 300
_SECRETIVE = ("kind: Secret", '"kind": "Secret"', "secretGenerator")


class Excerpts:
    """Lines of some files, as far as they may be shown.

    Nothing is shown of a file that holds Secrets (their values look like any text), of very long
    lines, of lines with a credential or with characters that a terminal would obey, and of built
    overlays.
    """

    def __init__(self, files: Sequence[File]) -> None:
        self._files = {file.path: file for file in files}
        self._lines: dict[str, list[str]] = {}

    def shown(self, finding: Finding) -> Finding:
        """The finding with its line, when that may be shown."""
        span = finding.span
        if span is None or finding.where or finding.name == "secret-in-manifest":
            return finding
        lines = self._of(span.path)
        line = lines[span.line - 1] if len(lines) >= span.line else ""
        if not line or len(line) > MAX_LINE or not line.isprintable() or mask(line) != line:
            return finding
        return finding.model_copy(update={"span": span.model_copy(update={"excerpt": line})})

    def _of(self, path: str) -> list[str]:
        if path not in self._lines:
            file = self._files.get(path)
            open_ = file is not None and not any(words in file.text for words in _SECRETIVE)
            self._lines[path] = file.text.splitlines() if file is not None and open_ else []
        return self._lines[path]
