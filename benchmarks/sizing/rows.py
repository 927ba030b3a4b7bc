"""Measured rows of AIConfigurator's `silicon_sample.csv`: read, labels repaired, left out by rule.

The table is not part of this repository. It lies in the PyPI wheel `aiconfigurator-core`
(Apache-2.0), installed or as a file. The rules are those of README.md and look at labels only,
with the two exceptions named there.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import re
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from aegis.catalog.loader import accelerators
from aegis.sizing.architecture import Architecture
from aegis.sizing.coefficients import EngineName
from aegis.sizing.config_json import architecture_from_config
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.layout import layout
from aegis.sizing.memory import weight_bytes_per_device
from aegis.sizing.precision import Precision, PrecisionName, precision_named

HERE = Path(__file__).parent
TABLE = "aiconfigurator_core/systems/silicon_sample.csv"
CONFIGS = "aiconfigurator_core/model_configs"
HOW_TO_GET = (
    "the table of measurements is not installed: run\n"
    "  pip download --no-deps aiconfigurator-core==0.12.0 -d FOLDER\n"
    "and pass the wheel with --wheel, or install the package in this environment"
)
LARGEST_TP = 16
CLIENT_MEAN_LENGTH = 0.9
"""InferenceX draws both lengths uniformly from 80 to 100 % of the label."""

SYSTEMS = {
    "h100_sxm": "nvidia-h100-sxm",
    "h200_sxm": "nvidia-h200-sxm",
    "b200_sxm": "nvidia-b200-sxm",
    "b300_sxm": "nvidia-b300-sxm",
    "gb200": "nvidia-gb200",
}
BACKENDS: dict[str, EngineName] = {"vllm": "vllm", "sglang": "sglang", "trtllm": "tensorrt-llm"}
CONFIG_OF = {
    "meta-llama/Llama-3.1-70B": "meta-llama--Meta-Llama-3.1-70B",
    "meta-llama/Llama-3.1-8B-Instruct": "meta-llama--Meta-Llama-3.1-8B",
    "nvidia/Llama-3.1-8B-Instruct-FP8": "meta-llama--Meta-Llama-3.1-8B",
    "nvidia/DeepSeek-R1-NVFP4": "deepseek-ai--DeepSeek-R1",
    "nvidia/Qwen3-32B-NVFP4": "Qwen--Qwen3-32B",
    "zhipuai/GLM-5": "zai-org--GLM-5",
}
FAMILY_OF = {
    "DeepSeek": "deepseek",
    "Llama-3.1-70B": "llama-3.1-70b",
    "Llama-3.1-8B": "llama-3.1-8b",
    "Qwen3-32B": "qwen3-32b",
    "Qwen3-235B": "qwen3-235b",
    "Qwen3.5": "qwen3.5-397b",
    "MiniMax": "minimax-m2.5",
    "Kimi": "kimi-k2.5",
    "gpt-oss": "gpt-oss",
    "GLM": "glm-5",
}
BLOCK_SCALED = {"deepseek", "minimax-m2.5", "qwen3.5-397b", "glm-5", "qwen3-235b"}
"""Families whose FP8 checkpoints scale blocks of 128 × 128 (`weight_block_size`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured deployment under one load; times in seconds."""

    id: str
    model: str
    family: str
    system: str
    device: Device
    backend: str
    version: str
    measured: str
    years: float
    precision: Precision
    modes: tuple[str, str]
    block_scaled: bool
    isl: int
    osl: int
    input_tokens: float
    output_tokens: float
    concurrency: float
    tp: int
    dp: int
    ep: int
    is_nvidia_run: bool
    kv_bits: float
    step_tokens: float
    wait_steps: float
    ttft_s: float
    tpot_s: float

    @property
    def engine(self) -> EngineName:
        return BACKENDS[self.backend]

    @property
    def deployment(self) -> tuple[str, str, str]:
        return (self.model, self.system, self.backend)


@dataclass(slots=True)
class Sample:
    """The rows that are kept, and how many each rule left out."""

    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    aggregated: int = 0
    architectures: dict[str, Architecture] = field(default_factory=dict)


class Wheel:
    """Files of the wheel, from the installed package or from the archive."""

    def __init__(self, archive: Path | None) -> None:
        self.archive = zipfile.ZipFile(archive) if archive else None
        spec = None if archive else importlib.util.find_spec("aiconfigurator_core")
        if self.archive is None and (spec is None or not spec.submodule_search_locations):
            raise FileNotFoundError(HOW_TO_GET)
        self.root = Path(next(iter(spec.submodule_search_locations))).parent if spec else None

    def text(self, name: str) -> str:
        if self.archive:
            return self.archive.read(name).decode()
        assert self.root is not None  # noqa: S101  # one of both is set
        return (self.root / name).read_text("utf-8")


def read_sample(archive: Path | None) -> Sample:
    """The aggregated rows with repaired labels; what is left out is counted by rule."""
    wheel = Wheel(archive)
    sample = Sample()
    devices = {a.id: device_of(a) for a in accelerators()}
    recipes = list(csv.DictReader((HERE / "data" / "recipes.csv").read_text("utf-8").splitlines()))
    kept: list[Row] = []
    for raw in csv.DictReader(io.StringIO(wheel.text(TABLE))):
        if raw["mode"] != "agg":
            continue
        sample.aggregated += 1
        label = _labels(raw)
        if isinstance(label, str):
            sample.left_out[label] += 1
            continue
        model = raw["model_path"]
        if model not in sample.architectures:
            sample.architectures[model] = _architecture(wheel, model)
        device = devices[SYSTEMS[raw["system"]]]
        if not isinstance(device, Device):
            raise TypeError(str(device))
        row = _row(raw, label, device, recipes)
        if not _fits(row, sample.architectures[model]):
            sample.left_out["weights do not fit"] += 1
        elif _speculates(row):
            sample.left_out["speculative decoding"] += 1
        else:
            kept.append(row)
    contradictory = _contradictory(kept)
    sample.left_out["contradictory"] = len(contradictory)
    sample.rows = [row for row in kept if row.id not in contradictory]
    return sample


def _architecture(wheel: Wheel, model: str) -> Architecture:
    name = CONFIG_OF.get(model, model.replace("/", "--"))
    read = architecture_from_config(model, json.loads(wheel.text(f"{CONFIGS}/{name}_config.json")))
    if not isinstance(read, Architecture):
        raise TypeError(str(read))
    return read


@dataclass(frozen=True, slots=True)
class Labels:
    """Parallelism and load as they must have been."""

    tp: int
    dp: int
    ep: int
    concurrency: float


def _whole(text: str) -> int:
    return max(int(float(text)), 1) if text else 1


def _labels(raw: dict[str, str]) -> Labels | str:
    """Repaired labels, or the rule that leaves the row out."""
    tp, dp = _whole(raw["tp_size"]), _whole(raw["attention_dp_size"])
    moe_tp, ep = _whole(raw["moe_tp_size"]), _whole(raw["moe_ep_size"])
    root = math.isqrt(tp * dp)
    if moe_tp == ep == root > 1 and root * root == tp * dp:
        fixed = (root, 1, root) if dp == 1 else (1, root, root)
    elif moe_tp == 1 and tp == dp > 1 and ep == tp * dp:
        fixed = (1, tp, tp)
    else:
        fixed = (tp, dp, ep)
    if fixed[0] > LARGEST_TP or fixed[0] & (fixed[0] - 1):
        return "not one engine"
    stated = re.search(r"silicon_concurrency=(\d+)", raw["silicon_data_source"])
    if not stated:
        return "load not stated"
    concurrency, batch = float(stated[1]), float(raw["batch_size"])
    if concurrency not in {batch, batch * fixed[1], batch * dp}:
        return "load contradicts batch"
    return Labels(*fixed, concurrency)


def _row(raw: dict[str, str], label: Labels, device: Device, recipes: list[dict[str, str]]) -> Row:
    source = raw["silicon_data_source"]
    family = next(name for part, name in FAMILY_OF.items() if part in raw["model_path"])
    nvidia = "auto-gap-analysis" in source
    precision = _precision(raw["gemm_quant_mode"], family)
    date = re.search(r"measured=(\d{4}-\d{2}-\d{2})", source)
    share = 1.0 if nvidia else CLIENT_MEAN_LENGTH
    isl, osl = int(float(raw["isl"])), int(float(raw["osl"]))
    recipe = {} if nvidia else _recipe(raw, label, family, precision.name, recipes)
    low = label.concurrency < 16  # the recipes' own threshold
    measured = date[1] if date else ""
    return Row(
        id=raw["id"],
        model=raw["model_path"],
        family=family,
        system=raw["system"],
        device=device,
        backend=raw["backend"],
        version=raw["backend_version"],
        measured=measured,
        years=_years(measured, nvidia=nvidia),
        precision=precision,
        modes=(raw["gemm_quant_mode"], raw["moe_quant_mode"]),
        block_scaled=(precision.name == "fp8" and family in BLOCK_SCALED)
        or raw["gemm_quant_mode"] == "fp8_block",
        isl=isl,
        osl=osl,
        input_tokens=isl * share,
        output_tokens=osl * share,
        concurrency=label.concurrency,
        tp=label.tp,
        dp=label.dp,
        ep=label.ep,
        is_nvidia_run=nvidia,
        kv_bits=float(recipe.get("kv_bits", 16)),
        step_tokens=_step_tokens(recipe.get("step_tokens", "8192"), label.concurrency, isl)
        if recipe or raw["backend"] != "sglang"
        else 16384.0,
        wait_steps=float(recipe.get("wait_steps_below_16" if low else "wait_steps_from_16", 0)),
        ttft_s=float(raw["silicon_ttft_ms"]) / 1e3,
        tpot_s=float(raw["silicon_tpot_ms"]) / 1e3,
    )


def _precision(mode: str, family: str) -> Precision:
    if family == "gpt-oss":
        return precision_named("mxfp4")
    names: dict[str, PrecisionName] = {
        "": "bf16",
        "fp8": "fp8",
        "fp8_block": "fp8",
        "int4_wo": "int4",
        "nvfp4": "nvfp4",
    }
    return precision_named(names[mode])


def _years(measured: str, *, nvidia: bool) -> float:
    """Years after 2026-01-01; undated rows count as March 2026, NVIDIA's as November 2025."""
    if not measured:
        return -0.13 if nvidia else 0.16
    year, month, day = (int(part) for part in measured.split("-"))
    return year - 2026 + (month - 1) / 12 + (day - 1) / 365.25


def _step_tokens(rule: str, concurrency: float, isl: int) -> float:
    match rule:
        case "prompt+batch":
            return max(8192.0, concurrency + isl + 64)
        case "2*prompt":
            return 2.0 * isl
        case number:
            return float(number)


def _recipe(
    raw: dict[str, str], label: Labels, family: str, precision: str, recipes: list[dict[str, str]]
) -> dict[str, str]:
    """The first recipe whose filled-in columns all agree."""
    for recipe in recipes:
        lengths = f"{raw['isl']}/{raw['osl']}"
        if (
            recipe["family"] == family
            and recipe["engine"] == raw["backend"]
            and raw["system"] in (recipe["gpus"] or raw["system"]).split()
            and precision in (recipe["precisions"] or precision).split()
            and (not recipe["isl"] or f"{recipe['isl']}/{recipe['osl']}" == lengths)
            and (not recipe["tp_below"] or label.tp < int(recipe["tp_below"]))
            and (not recipe["attention_dp"] or label.dp > 1)
        ):
            return recipe
    return {}


def _fits(row: Row, arch: Architecture) -> bool:
    spread = layout(tp=row.tp, dp=row.dp, ep=row.ep)
    needed = weight_bytes_per_device(arch, row.precision, spread)
    return bool(needed <= row.device.memory_bytes)


def _speculates(row: Row) -> bool:
    """TensorRT-LLM rows of DeepSeek-R1 made with InferenceX's multi-token-prediction recipes."""
    if row.backend != "trtllm" or row.family != "deepseek" or row.is_nvidia_run:
        return False
    return row.version == "1.2.0rc6.post3" or (
        row.version == "1.1.0rc2.post2" and row.measured >= "2026-01-14"
    )


def _contradictory(rows: list[Row]) -> set[str]:
    """Rows with the same labels, version and day whose TPOT differ by more than 25 %."""
    groups: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        labels = (row.family, row.system, row.backend, row.precision.name, row.version)
        shape = (row.measured, row.tp, row.dp, row.ep, row.isl, row.osl, row.concurrency)
        groups[labels + shape].append(row)
    return {
        row.id
        for group in groups.values()
        for row in group
        if max(r.tpot_s for r in group) > 1.25 * min(r.tpot_s for r in group)
    }
