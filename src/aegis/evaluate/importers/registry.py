"""Every importer by the name of its tool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aegis.evaluate.importers.deepeval import parse_deepeval
from aegis.evaluate.importers.garak import parse_garak
from aegis.evaluate.importers.imported import Imported
from aegis.evaluate.importers.inspect_log import read_inspect
from aegis.evaluate.importers.lm_eval import parse_lm_eval
from aegis.evaluate.importers.promptfoo import parse_promptfoo
from aegis.evaluate.importers.table import parse_table
from aegis.evaluate.jsonlines import read_lines

IMPORTERS: dict[str, Callable[[Path], Imported]] = {
    "inspect": read_inspect,
    "lm-eval": lambda path: parse_lm_eval(read_lines(path), path=str(path)),
    "deepeval": lambda path: parse_deepeval(path.read_text("utf-8"), path=str(path)),
    "promptfoo": lambda path: parse_promptfoo(path.read_text("utf-8"), path=str(path)),
    "garak": lambda path: parse_garak(read_lines(path), path=str(path)),
    "csv": lambda path: parse_table(path.read_text("utf-8-sig", "replace"), path=str(path)),
}
