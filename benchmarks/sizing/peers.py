"""AIConfigurator on the same rows, with the same repaired labels and mean lengths, if installed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fit import Mask, Residuals
from rows import Row, Sample

from aegis.sizing.layout import floats

WORKER = Path(__file__).parent / "aiconfigurator_worker.py"
ALIASES = {
    "meta-llama/Llama-3.1-70B": "meta-llama/Meta-Llama-3.1-70B",
    "meta-llama/Llama-3.1-8B-Instruct": "meta-llama/Meta-Llama-3.1-8B",
    "nvidia/Llama-3.1-8B-Instruct-FP8": "meta-llama/Meta-Llama-3.1-8B",
    "nvidia/DeepSeek-R1-NVFP4": "deepseek-ai/DeepSeek-R1",
    "nvidia/Qwen3-32B-NVFP4": "Qwen/Qwen3-32B",
    "zhipuai/GLM-5": "zai-org/GLM-5",
}
"""Models of the table that it knows under another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Its residuals on the rows of `asked` that it answered, and what it refused."""

    asked: int
    answered: Mask
    residuals: Residuals
    refusals: Counter[str]
    cpu_s: float


def drawn(sample: Sample, most: int) -> list[int]:
    """At most that many rows, the same ones at every run: ordered by the digest of their id."""
    digests = [hashlib.sha256(row.id.encode()).hexdigest() for row in sample.rows]
    return sorted(range(len(digests)), key=digests.__getitem__)[:most]


def ask(sample: Sample, python: Path, *, most: int, limit_s: float) -> Peer:
    """What AIConfigurator in that interpreter says about at most that many rows."""
    picked = drawn(sample, most)
    asked = "".join(json.dumps(_question(sample.rows[i], sample)) + "\n" for i in picked)
    done = subprocess.run(
        [str(python), str(WORKER)],
        input=asked,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        timeout=limit_s,
    )
    answers = {a["id"]: a for a in map(json.loads, done.stdout.splitlines())}
    shape = len(sample.rows)
    found = Residuals(*(floats(np.full(shape, np.nan)) for _ in range(3)))
    refusals: Counter[str] = Counter()
    for i in picked:
        row, said = sample.rows[i], answers[sample.rows[i].id]
        if "error" in said:
            refusals[said["error"]] += 1
            continue
        ttft, tpot = said["ttft_s"], said["tpot_s"]
        later = row.output_tokens - 1
        found.tpot[i] = np.log(tpot / row.tpot_s)
        found.ttft[i] = np.log(ttft / row.ttft_s)
        found.throughput[i] = np.log((row.ttft_s + later * row.tpot_s) / (ttft + later * tpot))
    return Peer(
        asked=len(picked),
        answered=np.isfinite(found.tpot),
        residuals=found,
        refusals=refusals,
        cpu_s=sum(a["cpu_s"] for a in answers.values()),
    )


def _question(row: Row, sample: Sample) -> dict[str, object]:
    """The row in its words; the batch is that of one attention-data-parallel rank."""
    question: dict[str, object] = {
        "id": row.id,
        "model_path": ALIASES.get(row.model, row.model),
        "system_name": row.system,
        "backend_name": row.backend,
        "isl": round(row.input_tokens),
        "osl": round(row.output_tokens),
        "batch_size": max(round(row.concurrency / row.dp), 1),
        "tp_size": row.tp,
        "attention_dp_size": row.dp,
    }
    is_mixture = sample.architectures[row.model].is_moe
    if is_mixture:
        question |= {"moe_tp_size": row.tp * row.dp // row.ep, "moe_ep_size": row.ep}
    if row.family != "gpt-oss":  # the table calls its mxfp4 nvfp4; it knows the model's own format
        question["gemm_quant_mode"] = row.modes[0] or "bfloat16"
        if is_mixture:
            question["moe_quant_mode"] = row.modes[1] or "bfloat16"
    return question
