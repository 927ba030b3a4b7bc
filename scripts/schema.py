"""Writes `docs/brief.schema.json`, which editors complete briefs from.

Run it after a field of `aegis.brief.schema` changed; a test compares the file with the model.
With `--check` it writes nothing and exits with 1 when the file is not current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from aegis.brief.schema import Brief

TARGET = Path(__file__).resolve().parent.parent / "docs" / "brief.schema.json"


def schema_text() -> str:
    """The JSON Schema of a brief, as `aegis schema brief` prints it."""
    document = Brief.model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Writes or checks the file; the exit status."""
    wanted = schema_text()
    if "--check" in arguments:
        current = TARGET.is_file() and TARGET.read_text("utf-8") == wanted
        if not current:
            print(f"{TARGET.name} is not current: run scripts/schema.py")
        return 0 if current else 1
    TARGET.write_text(wanted, encoding="utf-8")
    print(f"wrote {TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
