"""Devices come from the catalog, dense figures only, and what is missing is said."""

from __future__ import annotations

import pytest

from aegis.catalog.loader import accelerators
from aegis.catalog.types import Accelerator
from aegis.sizing.hardware import Device, device_of, runs
from aegis.sizing.precision import PRECISIONS
from aegis.sizing.refusal import Unanswerable


def entry(name: str) -> Accelerator:
    return next(a for a in accelerators() if a.id == name)


def test_h100_has_its_dense_figures() -> None:
    device = device_of(entry("nvidia-h100-sxm"))

    assert isinstance(device, Device)
    assert device.bandwidth_bytes_per_s == pytest.approx(3.35e12)
    assert device.bf16_flops == pytest.approx(989e12, rel=0.01)  # the sparse figure is twice that
    assert device.fp4_flops == 0


@pytest.mark.parametrize(
    ("name", "precision", "expected"),
    [
        pytest.param("nvidia-a100-sxm-80gb", "fp8", False, id="no-fp8-on-ampere"),
        pytest.param("nvidia-a100-sxm-80gb", "int4", True, id="int4-expands-anywhere"),
        pytest.param("nvidia-h100-sxm", "fp8", True, id="fp8-on-hopper"),
        pytest.param("nvidia-h100-sxm", "nvfp4", False, id="no-nvfp4-on-hopper"),
        pytest.param("nvidia-b200-sxm", "nvfp4", True, id="nvfp4-on-blackwell"),
    ],
)
def test_formats_need_their_hardware(name: str, precision: str, *, expected: bool) -> None:
    device = device_of(entry(name))
    chosen = next(p for p in PRECISIONS.values() if p.name == precision)

    assert isinstance(device, Device)
    assert runs(device, chosen) is expected


def test_a_device_without_figures_is_refused_by_name() -> None:
    bare = entry("nvidia-h100-sxm").model_copy(update={"memory_bandwidth_gb_per_s": None})

    refused = device_of(bare)

    assert isinstance(refused, Unanswerable)
    assert refused.missing == ("memory_bandwidth_gb_per_s",)


def test_a_defaulted_link_is_declared() -> None:
    bare = entry("nvidia-h100-sxm").model_copy(update={"link_gb_per_s": None})

    device = device_of(bare)

    assert isinstance(device, Device)
    assert device.missing == ("link_gb_per_s",)
