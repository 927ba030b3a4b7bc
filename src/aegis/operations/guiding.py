"""The block that tells a coding assistant how to work with Aegis, in a repository's AGENTS.md."""

from __future__ import annotations

from pathlib import Path

BEGIN, END = "<!-- aegis: begin -->", "<!-- aegis: end -->"
BLOCK = f"""{BEGIN}
## Deployment of models (Aegis)

- What goes into production is stated in `brief.yaml` and planned by `aegis plan brief.yaml`; do not write manifests
  for it by hand. Change the brief, plan again, and show `aegis diff` of the two plans.
- Before you propose a change to Dockerfiles, manifests, pipelines or prompts: run `aegis review .` and mend what it
  finds, or say why not.
- Quote figures exactly as Aegis shows them, with their origin. Never add a price, a throughput or a latency of your
  own; check a paraphrase with `aegis conformance FILE --plan plan.json` or the tool `validate_answer`.
- Production stays closed until `aegis plan --require production` exits with 0. Do not work around it.
- Credentials are referred to by name. Never write one into a file, a prompt or an answer.
{END}
"""


def write_block(path: Path) -> bool:
    """Adds the block to a file or renews it, and leaves the rest alone; False when nothing changed."""
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if BEGIN in before and END in before:
        head, _, rest = before.partition(BEGIN)
        tail = rest.partition(END)[2].lstrip("\n")
        after = f"{head}{BLOCK}{tail}"
    else:
        after = f"{before.rstrip()}\n\n{BLOCK}" if before.strip() else BLOCK
    if after == before:
        return False
    path.write_text(after, encoding="utf-8")
    return True
