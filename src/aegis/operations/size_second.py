"""AIConfigurator's opinion of the recommended fleet; theirs, beside ours, never in it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

from pydantic import Field, ValidationError

from aegis.base.model import Frozen
from aegis.operations.size_question import CannotSizeError
from aegis.operations.size_results import SecondOpinion, SizeResult

LIMIT_S = 60.0
STEP_TOKENS = 8192
"""Tokens of one step that the engine is taken to admit."""

SYSTEMS = {
    "nvidia-a100-sxm-80gb": "a100_sxm",
    "nvidia-h100-sxm": "h100_sxm",
    "nvidia-h200-sxm": "h200_sxm",
    "nvidia-b200-sxm": "b200_sxm",
    "nvidia-b300-sxm": "b300_sxm",
    "nvidia-gb200": "gb200",
    "nvidia-gb300": "gb300",
    "nvidia-l40s": "l40s",
    "nvidia-rtx-pro-6000-server": "rtx_pro_6000_server",
}
"""Devices of ours that it has measurements of; its A100 is the one of 80 GB."""

NAMES = {
    "meta-llama/Llama-3.1-8B-Instruct": "meta-llama/Meta-Llama-3.1-8B",
    "meta-llama/Llama-3.1-8B": "meta-llama/Meta-Llama-3.1-8B",
    "meta-llama/Llama-3.1-70B-Instruct": "meta-llama/Meta-Llama-3.1-70B",
    "meta-llama/Llama-3.3-70B-Instruct": "meta-llama/Meta-Llama-3.1-70B",
    "meta-llama/Llama-3.1-405B-Instruct": "meta-llama/Meta-Llama-3.1-405B",
}
"""Models of the same architecture that it has under another name."""

MODES = {"bf16": "bfloat16", "fp8": "fp8", "int4": "int4_wo", "nvfp4": "nvfp4"}


class _Said(Frozen):
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    basis: str = ""
    error: str = Field(default="")


def require_installed() -> None:
    """Says so before anything is computed.

    Raises:
        CannotSizeError: AIConfigurator is not installed.
    """
    if importlib.util.find_spec("aiconfigurator_core") is None:
        raise CannotSizeError(
            "--second-opinion asks AIConfigurator, which is not installed",
            "pip install 'aegis-deploy[aiconfigurator]', or leave the flag out: nothing else needs it",
        )


def second_opinion(result: SizeResult, limit_s: float = LIMIT_S) -> SecondOpinion:
    """What it says about the recommended row at the same concurrency, or why it says nothing."""
    row = result.recommended
    system = SYSTEMS.get(row.accelerator)
    batch = _batch(result)
    if system is None:
        return SecondOpinion(concurrency=batch, refusal=f"it has no {row.accelerator_name}")
    question = {
        "model": NAMES.get(result.model, result.model),
        "system": system,
        "backend": {"tensorrt-llm": "trtllm"}.get(row.engine, row.engine),
        "input_tokens": round(result.traffic.input_tokens),
        "output_tokens": round(result.traffic.output_tokens),
        "batch": max(round(batch / row.data_parallel), 1),
        "step_tokens": STEP_TOKENS,
        "layout": {
            "tp_size": row.tensor_parallel,
            "pp_size": row.pipeline_parallel,
            "attention_dp_size": row.data_parallel,
            "moe_tp_size": row.tensor_parallel * row.data_parallel // row.expert_parallel,
            "moe_ep_size": row.expert_parallel,
            "gemm_quant_mode": MODES.get(row.precision),
            "moe_quant_mode": MODES.get(row.precision),
        },
    }
    said = _ask(question, limit_s)
    return SecondOpinion(
        concurrency=batch,
        ttft_ms=said.ttft_ms,
        tpot_ms=said.tpot_ms,
        basis=said.basis,
        refusal=said.error,
    )


def _batch(result: SizeResult) -> float:
    """Concurrent requests of one replica at the peak: simulated, else rate times time in it."""
    row = result.recommended
    if row.simulated is not None:
        return row.simulated.concurrent_per_replica
    later = max(result.traffic.output_tokens - 1, 0) * row.tpot_ms.value
    return result.traffic.peak_rps / row.replicas * (row.ttft_ms.value + later) / 1e3


def _ask(question: dict[str, object], limit_s: float) -> _Said:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "aegis.operations.size_second_worker"],
            input=json.dumps(question), capture_output=True, text=True, check=False,
            timeout=limit_s,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _Said(error=f"it did not answer within {limit_s:.0f} s")
    try:
        return _Said.model_validate_json(done.stdout)
    except ValidationError:
        return _Said(error="it ended without an answer")
