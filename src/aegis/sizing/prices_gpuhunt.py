"""Offers from a catalog file of gpuhunt, for `--prices`; the library itself is not needed.

`python -m gpuhunt PROVIDER --output PROVIDER.csv` writes one (version 0.1.34, columns of
`CATALOG_V2_FIELDS` in its `_internal/storage.py`); the name of the file is the provider. gpuhunt
says «A100» and «H100» without their form, which decides bandwidth and speed: such rows are left
out and counted, never guessed.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aegis.sizing.prices import Offer

NAMES = {
    "A10": "nvidia-a10",
    "A10G": "nvidia-a10g",
    "A30": "nvidia-a30",
    "B200": "nvidia-b200-sxm",
    "B300": "nvidia-b300-sxm",
    "GB200": "nvidia-gb200",
    "GB300": "nvidia-gb300",
    "H100NVL": "nvidia-h100-nvl",
    "H200": "nvidia-h200-sxm",
    "L4": "nvidia-l4",
    "L40": "nvidia-l40",
    "L40S": "nvidia-l40s",
    "MI300X": "amd-mi300x",
    "MI325X": "amd-mi325x",
    "MI355X": "amd-mi355x",
    "RTX4090": "nvidia-rtx-4090",
    "RTX5090": "nvidia-rtx-5090",
    "RTX6000Ada": "nvidia-rtx-6000-ada",
    "T4": "nvidia-t4",
}
"""Names that mean one device of our catalog."""

WITHOUT_FORM = frozenset({"A100", "H100", "GH200", "V100"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunted:
    """Offers of one file, and how many rows were left out, by the reason."""

    offers: tuple[Offer, ...]
    left_out: Mapping[str, int]


def is_gpuhunt(text: str) -> bool:
    """Whether the header is that of a gpuhunt catalog."""
    header = text.split("\n", 1)[0]
    return {"instance_name", "location", "gpu_name", "spot"} <= set(header.strip().split(","))


def from_gpuhunt(text: str, *, provider: str, path: str) -> Hunted:
    r"""The rows with a device that we know; machines without one are no offers at all.

    >>> head = "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot"
    >>> rows = "g6.xlarge,us-east-1,0.8,4,16,1,L4,24,False", "p5,us-east-1,60,8,16,8,H100,80,True"
    >>> found = from_gpuhunt("\n".join([head, *rows]), provider="aws", path="aws.csv")
    >>> [o.accelerator for o in found.offers], dict(found.left_out)
    (['nvidia-l4'], {'H100 without its form': 1})
    """
    offers: list[Offer] = []
    left_out: Counter[str] = Counter()
    for row in csv.DictReader(io.StringIO(text)):
        name = (row.get("gpu_name") or "").strip()
        if not name:
            continue
        price, count = _number(row.get("price")), _number(row.get("gpu_count"))
        if name in WITHOUT_FORM:
            left_out[f"{name} without its form"] += 1
        elif name not in NAMES:
            left_out["devices that the catalog lacks"] += 1
        elif price is None or count is None:
            left_out["no price or count"] += 1
        else:
            offers.append(
                Offer(
                    provider=provider,
                    region=(row.get("location") or "global").strip(),
                    sku=(row.get("instance_name") or "").strip(),
                    accelerator=NAMES[name],
                    devices=int(count),
                    kind="spot"
                    if (row.get("spot") or "").strip().lower() == "true"
                    else "on_demand",
                    usd_per_hour=price,
                    as_of=None,
                    source=f"gpuhunt catalog {path}",
                )
            )
    return Hunted(offers=tuple(offers), left_out=dict(left_out))


def _number(cell: str | None) -> float | None:
    try:
        value = float(cell or "")
    except ValueError:
        return None
    return value if value > 0 and math.isfinite(value) else None
