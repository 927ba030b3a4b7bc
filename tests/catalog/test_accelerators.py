"""What the catalogue says about devices obeys physics, and each figure can be read again."""

import datetime

import pytest

from aegis.catalog.loader import accelerators, files, parse
from aegis.catalog.types import Accelerator, Sourced

NAMED = (
    "amd-mi300x",
    "amd-mi325x",
    "amd-mi355x",
    "aws-graviton3",
    "aws-inferentia2",
    "aws-trainium2",
    "google-tpu-v5e",
    "google-tpu-v5p",
    "google-tpu-v6e",
    "intel-gaudi3",
    "intel-xeon-sapphire-rapids",
    "nvidia-a10",
    "nvidia-a100-pcie-40gb",
    "nvidia-a100-pcie-80gb",
    "nvidia-a100-sxm-40gb",
    "nvidia-a100-sxm-80gb",
    "nvidia-a10g",
    "nvidia-a30",
    "nvidia-b200-sxm",
    "nvidia-b300-sxm",
    "nvidia-gb200",
    "nvidia-gb300",
    "nvidia-gh200-141gb",
    "nvidia-h100-nvl",
    "nvidia-h100-pcie",
    "nvidia-h100-sxm",
    "nvidia-h200-sxm",
    "nvidia-jetson-agx-orin-64gb",
    "nvidia-jetson-orin-nx-16gb",
    "nvidia-l4",
    "nvidia-l40",
    "nvidia-l40s",
    "nvidia-rtx-4090",
    "nvidia-rtx-pro-6000-server",
    "nvidia-t4",
)
THROUGHPUT = (
    "fp32_dense_tflops",
    "bf16_dense_tflops",
    "fp16_dense_tflops",
    "fp8_dense_tflops",
    "int8_dense_tops",
    "fp4_dense_tflops",
)
NUMBERS = (
    *THROUGHPUT,
    "memory_gib",
    "memory_gb",
    "memory_bandwidth_gb_per_s",
    "board_power_w",
    "compute_capability",
    "devices_per_node",
    "link_gb_per_s",
    "network_gb_per_s",
)
CUT_INT8 = {"Blackwell Ultra"}
"""Architectures whose int8 tensor cores the vendor cut down on purpose."""
FIRST_FP8 = 8.9
"""CUDA compute capability of the first device with fp8 tensor cores (Ada)."""
FIRST_FP4 = 10.0
"""CUDA compute capability of the first device with fp4 tensor cores (Blackwell)."""
FIRST_BF16 = 8.0
"""CUDA compute capability of the first device with bf16 tensor cores (Ampere)."""
BEGUN = datetime.date(2026, 11, 1)
"""No source was read before the catalogue was begun."""
EDGE_CAPABILITY = 8.7
"""Jetson Orin modules share LPDDR with a CPU, and read their memory more slowly."""

_EVERY = [pytest.param(entry, id=entry.id) for entry in accelerators()]


def number(entry: Accelerator, field: str) -> float | None:
    """The value of a field, or None where it is unknown."""
    sourced = getattr(entry, field)
    assert sourced is None or isinstance(sourced, Sourced)
    return None if sourced is None else float(sourced.value)


def _ratio(entry: Accelerator, over: str, under: str) -> float | None:
    top, bottom = number(entry, over), number(entry, under)
    return None if top is None or bottom is None else top / bottom


def _between(low: float, value: float | None, high: float) -> bool:
    return value is None or low <= value <= high


def _memory_gb(entry: Accelerator) -> float | None:
    return number(entry, "memory_gb") or number(entry, "memory_gib")


def broken_memory_laws(entry: Accelerator) -> set[str]:
    """The laws of size, bandwidth and power that an entry breaks."""
    gib_over_gb = _ratio(entry, "memory_gib", "memory_gb")
    memory, bandwidth = _memory_gb(entry), number(entry, "memory_bandwidth_gb_per_s")
    scans = bandwidth / memory if memory and bandwidth else None
    edge = number(entry, "compute_capability") == EDGE_CAPABILITY
    power_per_tb = _ratio(entry, "board_power_w", "memory_bandwidth_gb_per_s")
    laws = {
        "programs see no more gibibytes than gigabytes are printed": _between(
            0.85, gib_over_gb, 1.0
        ),
        "the whole memory is read 10 to 60 times a second": _between(2 if edge else 10, scans, 60),
        "a watt goes with 2 to 20 GB/s of memory": edge
        or entry.kind == "cpu"
        or _between(0.05, power_per_tb, 0.5),
        "a link inside a node is slower than the memory": _between(
            0, _ratio(entry, "link_gb_per_s", "memory_bandwidth_gb_per_s"), 0.5
        ),
        "the network is no faster than the link": _between(
            0, _ratio(entry, "network_gb_per_s", "link_gb_per_s"), 1
        ),
    }
    return {law for law, holds in laws.items() if not holds}


def broken_throughput_laws(entry: Accelerator) -> set[str]:
    """The laws of dense arithmetic that an entry breaks; a sparse figure breaks one."""
    sixteen = "bf16_dense_tflops" if entry.bf16_dense_tflops else "fp16_dense_tflops"
    intensity = _ratio(entry, sixteen, "memory_bandwidth_gb_per_s")
    int8_over = _ratio(entry, "int8_dense_tops", sixteen)
    laws = {
        "bf16 beats fp32": _between(1.5, _ratio(entry, sixteen, "fp32_dense_tflops"), 35),
        "bf16 and fp16 are equally fast": _between(
            0.99, _ratio(entry, "bf16_dense_tflops", "fp16_dense_tflops"), 1.01
        ),
        "fp8 is as fast as bf16 or twice": _between(
            0.99, _ratio(entry, "fp8_dense_tflops", sixteen), 2.1
        ),
        "int8 is two to four times bf16": entry.architecture in CUT_INT8
        or _between(1.9, int8_over, 4.1),
        "fp4 is two to three times fp8": _between(
            1.9, _ratio(entry, "fp4_dense_tflops", "fp8_dense_tflops"), 3.2
        ),
        "100 to 600 bf16 operations go with a byte": _between(0.1, intensity, 0.6),
    }
    return {law for law, holds in laws.items() if not holds}


def broken_generation_laws(entry: Accelerator) -> set[str]:
    """The formats that an NVIDIA entry claims before its generation had them."""
    capability = number(entry, "compute_capability")
    if capability is None:
        return set()
    first = {
        "bf16_dense_tflops": FIRST_BF16,
        "fp8_dense_tflops": FIRST_FP8,
        "fp4_dense_tflops": FIRST_FP4,
    }
    return {
        field
        for field, generation in first.items()
        if number(entry, field) is not None and capability < generation
    }


def doctored(entry: Accelerator, field: str, factor: float) -> Accelerator:
    """The entry with one figure multiplied, as when a sparse column is copied."""
    before = number(entry, field)
    assert before is not None
    wrong: Sourced[float] = getattr(entry, field).model_copy(update={"value": before * factor})
    return entry.model_copy(update={field: wrong})


def _entry(device: str) -> Accelerator:
    return next(entry for entry in accelerators() if entry.id == device)


def test_every_file_is_an_accelerator_named_after_itself() -> None:
    """A file parses, and its name is the id that briefs and prices use."""
    for file in files("accelerators"):
        entry = parse("accelerators", file.read_text("utf-8"))
        assert isinstance(entry, Accelerator)
        assert file.name == f"{entry.id}.yaml"


def test_the_devices_that_briefs_name_are_there() -> None:
    """The devices rented most, of every vendor, have an entry."""
    ids = {entry.id for entry in accelerators()}
    assert sorted(set(NAMED) - ids) == []
    assert len(ids) >= len(NAMED)


def test_no_two_devices_answer_to_one_name() -> None:
    """A name or alias leads to one entry."""
    names = [name.casefold() for entry in accelerators() for name in {entry.name, *entry.aliases}]
    assert sorted(n for n in set(names) if names.count(n) > 1) == []


def test_every_kind_of_device_is_there() -> None:
    """There are GPUs, TPUs, NPUs and CPUs to choose from."""
    assert {entry.kind for entry in accelerators()} == {"gpu", "tpu", "npu", "cpu"}


@pytest.mark.parametrize("entry", _EVERY)
def test_every_figure_is_positive_and_every_source_read_lately(entry: Accelerator) -> None:
    """A figure is above zero; a source has a title, a place and the day it was read."""
    assert all((number(entry, field) or 1) > 0 for field in NUMBERS)
    assert any(number(entry, field) is not None for field in NUMBERS)
    for source in entry.sources.values():
        assert source.title
        assert source.locator
        assert source.retrieved is not None
        assert source.retrieved >= BEGUN


@pytest.mark.parametrize("entry", _EVERY)
def test_no_source_is_listed_without_use(entry: Accelerator) -> None:
    """Each source of an entry carries one of its figures."""
    used = {getattr(entry, f).source for f in NUMBERS if getattr(entry, f) is not None}
    assert set(entry.sources) == used


@pytest.mark.parametrize("entry", _EVERY)
def test_the_laws_hold(entry: Accelerator) -> None:
    """Memory, throughput and generation fit together."""
    assert broken_memory_laws(entry) == set()
    assert broken_throughput_laws(entry) == set()
    assert broken_generation_laws(entry) == set()


@pytest.mark.parametrize(
    "entry",
    [p for p in _EVERY if isinstance(p.values[0], Accelerator) and p.values[0].kind != "cpu"],
)
def test_an_accelerator_says_how_fast_it_is(entry: Accelerator) -> None:
    """Sizing needs one throughput at least; a CPU is sized by its bandwidth alone."""
    assert any(number(entry, field) for field in THROUGHPUT)


@pytest.mark.parametrize(
    ("device", "field", "factor", "law"),
    [
        pytest.param("nvidia-h100-sxm", "fp8_dense_tflops", 2, "fp8 is as", id="sparse-fp8"),
        pytest.param("nvidia-l40s", "bf16_dense_tflops", 2, "bf16 and", id="sparse-bf16"),
        pytest.param("nvidia-l4", "int8_dense_tops", 0.5, "int8 is", id="int8-as-slow-as-bf16"),
        pytest.param("nvidia-b200-sxm", "fp4_dense_tflops", 2, "fp4 is", id="sparse-fp4"),
        pytest.param("amd-mi300x", "fp8_dense_tflops", 0.4, "fp8 is as", id="fp8-below-bf16"),
        pytest.param("google-tpu-v6e", "bf16_dense_tflops", 2, "100 to", id="sparse-tpu"),
        pytest.param(
            "nvidia-a100-sxm-80gb", "fp32_dense_tflops", 16, "bf16 beats", id="fp32-of-tensor-cores"
        ),
    ],
)
def test_a_sparse_or_misread_throughput_is_caught(
    device: str, field: str, factor: float, law: str
) -> None:
    """The laws can fail: the slip that each is for breaks it."""
    broken = broken_throughput_laws(doctored(_entry(device), field, factor))
    assert any(text.startswith(law) for text in broken)


@pytest.mark.parametrize(
    ("device", "field", "factor", "law"),
    [
        pytest.param("nvidia-h100-sxm", "memory_gib", 1.074, "programs", id="gib-for-gb"),
        pytest.param(
            "nvidia-a10", "memory_bandwidth_gb_per_s", 0.125, "the whole", id="bits-for-bytes"
        ),
        pytest.param("amd-mi325x", "board_power_w", 8, "a watt", id="node-for-device"),
        pytest.param("nvidia-h100-sxm", "link_gb_per_s", 8, "a link", id="bits-for-bytes-link"),
        pytest.param("nvidia-b200-sxm", "network_gb_per_s", 10, "the network", id="network"),
    ],
)
def test_a_misread_size_or_rate_is_caught(device: str, field: str, factor: float, law: str) -> None:
    """The laws of memory, power and links fail when a unit is mixed up."""
    broken = broken_memory_laws(doctored(_entry(device), field, factor))
    assert any(text.startswith(law) for text in broken)


def test_a_format_older_than_its_generation_is_caught() -> None:
    """An A100 that claims fp8 would be refused."""
    ampere = _entry("nvidia-a100-sxm-80gb")
    claimed = ampere.model_copy(update={"fp8_dense_tflops": ampere.bf16_dense_tflops})
    assert broken_generation_laws(claimed) == {"fp8_dense_tflops"}


@pytest.mark.parametrize(
    ("device", "field", "dense", "sparse"),
    [
        pytest.param("nvidia-a100-sxm-80gb", "bf16_dense_tflops", 312, 624, id="a100"),
        pytest.param("nvidia-h100-sxm", "bf16_dense_tflops", 989, 1979, id="h100"),
        pytest.param("nvidia-h100-sxm", "fp8_dense_tflops", 1979, 3958, id="h100-fp8"),
        pytest.param("nvidia-h100-nvl", "bf16_dense_tflops", 835.5, 1671, id="h100-nvl"),
        pytest.param("nvidia-l4", "bf16_dense_tflops", 121, 242, id="l4"),
        pytest.param("nvidia-l40s", "fp8_dense_tflops", 733, 1466, id="l40s-fp8"),
        pytest.param("nvidia-b200-sxm", "bf16_dense_tflops", 2250, 4500, id="b200"),
        pytest.param("amd-mi300x", "fp8_dense_tflops", 2610, 5230, id="mi300x-fp8"),
    ],
)
def test_the_dense_column_of_the_data_sheet_was_read(
    device: str, field: str, dense: float, sparse: float
) -> None:
    """The value lies within 2 % of the dense figure, far from the sparse one."""
    value = number(_entry(device), field)
    assert value == pytest.approx(dense, rel=0.02)
    assert value != pytest.approx(sparse, rel=0.2)


def test_every_nvidia_device_has_its_compute_capability() -> None:
    """Kernels are chosen by compute capability, so no NVIDIA entry may lack it."""
    nvidia = [entry for entry in accelerators() if entry.vendor == "NVIDIA"]
    assert [entry.id for entry in nvidia if entry.compute_capability is None] == []
