"""Two or three well-known models and devices for doctests and tests; not a catalog.

Figures from the models' `config.json` and from NVIDIA's data sheets.
"""

from __future__ import annotations

from aegis.sizing.architecture import Architecture
from aegis.sizing.hardware import Device

LLAMA_3_1_8B = Architecture(
    name="llama-3.1-8b",
    layers=32,
    hidden=4096,
    vocab=128256,
    attention="gqa",
    heads=32,
    kv_heads=8,
    head_dim=128,
    intermediate=14336,
    max_context_tokens=131072,
    dense_layers=32,
)
GPT_OSS_120B = Architecture(
    name="gpt-oss-120b",
    layers=36,
    hidden=2880,
    vocab=201088,
    attention="gqa",
    heads=64,
    kv_heads=8,
    head_dim=64,
    intermediate=2880,
    max_context_tokens=131072,
    window_tokens=128,
    window_layers=18,
    experts=128,
    experts_per_token=4,
    moe_intermediate=2880,
    weight_bits=4.25,
)
DEEPSEEK_V3 = Architecture(
    name="deepseek-v3",
    layers=61,
    hidden=7168,
    vocab=129280,
    attention="mla",
    heads=128,
    kv_heads=128,
    head_dim=128,
    intermediate=18432,
    max_context_tokens=163840,
    kv_lora_rank=512,
    rope_head_dim=64,
    q_lora_rank=1536,
    nope_head_dim=128,
    value_head_dim=128,
    experts=256,
    experts_per_token=8,
    shared_experts=1,
    moe_intermediate=2048,
    dense_layers=3,
    weight_bits=8,
)
H100_SXM = Device(
    name="nvidia-h100-sxm",
    generation="hopper",
    memory_bytes=79.18 * 2**30,
    bandwidth_bytes_per_s=3.35e12,
    bf16_flops=989e12,
    fp8_flops=1979e12,
    int8_flops=1979e12,
    link_bytes_per_s=450e9,
    network_bytes_per_s=50e9,
    devices_per_node=8,
    board_power_w=700,
)
