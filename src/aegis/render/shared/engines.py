"""How each engine is started and asked whether it lives.

Ports, health and metrics paths are those of the catalog's engine entries (a test compares them);
the flags are the engines' own, as the sources of those entries document them.
"""

from __future__ import annotations

from dataclasses import dataclass

MODEL_DIR = "/model"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStart:
    """Command line of one engine. A flag is written only when the plan has its value."""

    command: tuple[str, ...]
    port: int = 8000
    health: str = "/health"
    metrics: str = "/metrics"
    metrics_port: int | None = None
    name: str = ""  # flag that sets the name callers use
    split: str = ""  # flag for devices of one replica
    data: str = ""  # flag for copies of attention inside a replica, each on its own devices
    experts: tuple[str, ...] = ()  # flags that spread experts over the devices of a replica
    length: str = ""  # flag for the longest sequence, tokens
    sequences: str = ""  # flag for sequences at once
    prefix_on: tuple[str, ...] = ()
    prefix_off: tuple[str, ...] = ()
    precision: str = ""  # flag for the number format, where the engine converts by itself
    stages: str = ""  # flag for stages of a replica over several machines
    drain: str = ""  # flag for seconds that answers under way get after the first signal


_OWN_SERVER = EngineStart(command=(), health="/v2/health/ready")

ENGINES: dict[str, EngineStart] = {
    "vllm": EngineStart(
        command=("vllm", "serve", MODEL_DIR, "--host", "0.0.0.0", "--port", "8000"),  # noqa: S104
        name="--served-model-name",
        split="--tensor-parallel-size",
        data="--data-parallel-size",
        experts=("--enable-expert-parallel",),
        length="--max-model-len",
        sequences="--max-num-seqs",
        prefix_on=("--enable-prefix-caching",),
        prefix_off=("--no-enable-prefix-caching",),
        precision="--quantization",
        stages="--pipeline-parallel-size",
        # Its default is 0: answers under way end with the signal (vllm#36666).
        drain="--shutdown-timeout",
    ),
    "sglang": EngineStart(
        command=(
            "python3", "-m", "sglang.launch_server", "--model-path", MODEL_DIR,
            "--host", "0.0.0.0", "--port", "30000", "--enable-metrics",  # noqa: S104
        ),
        port=30000,
        name="--served-model-name",
        split="--tp-size",
        length="--context-length",
        sequences="--max-running-requests",
        prefix_off=("--disable-radix-cache",),
        precision="--quantization",
        stages="--pp-size",
    ),
    "tensorrt-llm": EngineStart(
        command=("trtllm-serve", MODEL_DIR, "--host", "0.0.0.0", "--port", "8000"),  # noqa: S104
        metrics="/prometheus/metrics",
        split="--tp_size",
        stages="--pp_size",
        length="--max_seq_len",
        sequences="--max_batch_size",
    ),
    "tgi": EngineStart(
        command=("text-generation-launcher", "--model-id", MODEL_DIR, "--port", "8000"),
        split="--num-shard",
        length="--max-total-tokens",
        sequences="--max-concurrent-requests",
    ),
    "lmdeploy": EngineStart(
        command=("lmdeploy", "serve", "api_server", MODEL_DIR, "--server-port", "23333"),
        port=23333,
        name="--model-name",
        split="--tp",
        length="--session-len",
        sequences="--max-batch-size",
        prefix_on=("--enable-prefix-caching",),
    ),
    "llama-cpp": EngineStart(
        command=(
            "/app/llama-server", "--model", f"{MODEL_DIR}/model.gguf",
            "--host", "0.0.0.0", "--port", "8080", "--metrics",  # noqa: S104
        ),
        port=8080,
        name="--alias",
        length="--ctx-size",
        sequences="--parallel",
    ),
    "tei": EngineStart(
        command=("text-embeddings-router", "--model-id", MODEL_DIR, "--port", "8000"),
        sequences="--max-concurrent-requests",
    ),
    "infinity": EngineStart(
        command=("infinity_emb", "v2", "--model-id", MODEL_DIR, "--port", "7997"),
        port=7997,
        name="--served-model-name",
    ),
    "triton": EngineStart(
        command=("tritonserver", f"--model-repository={MODEL_DIR}"),
        health="/v2/health/ready",
        metrics_port=8002,
    ),
    "mlserver": EngineStart(
        command=("mlserver", "start", MODEL_DIR),
        port=8080,
        health="/v2/health/ready",
        metrics_port=8082,
    ),
    "bentoml": EngineStart(
        command=("bentoml", "serve", MODEL_DIR, "--port", "3000"), port=3000, health="/readyz"
    ),
    # Libraries without a server: the image is yours and keeps this contract.
    "onnxruntime": _OWN_SERVER,
    "openvino": _OWN_SERVER,
    "faster-whisper": _OWN_SERVER,
    "custom": _OWN_SERVER,
}  # fmt: skip


def engine_start(engine: str) -> EngineStart:
    """How an engine is started; one that is unknown here is a server of your own."""
    return ENGINES.get(engine, _OWN_SERVER)
