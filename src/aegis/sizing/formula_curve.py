"""Latency of one replica over its load, by formula."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.sizing.architecture import Architecture
from aegis.sizing.candidates import Load, Objectives, Shape
from aegis.sizing.coefficients import fitted
from aegis.sizing.hardware import Device
from aegis.sizing.intervals import Interval, interval
from aegis.sizing.precision import precision_named
from aegis.sizing.search import LADDER, Space, climb, groups, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTimes:
    """What one replica takes at `rps` requests a second; seconds, `ttft` at its percentile."""

    rps: float
    ttft: Interval


def over_load(
    arch: Architecture, load: Load, objectives: Objectives, device: Device, shape: Shape
) -> tuple[LoadTimes, ...]:
    """From one request at a time to the largest batch that fits, in increasing order of load.

    The same ladder of batches as the search climbs, so at a rung both give the same time. Empty
    where the device cannot run the shape.
    """
    space = Space(
        devices=[device],
        engines=(shape.engine,),
        precisions=(precision_named(shape.precision),),
        most_devices=shape.devices,
    )
    for group in groups(arch, space):
        if shape not in group.shapes:
            continue
        row = group.shapes.index(shape)
        ladder = climb(arch, load, objectives, group, fitted())
        points: list[LoadTimes] = []
        for rung, batch in enumerate(LADDER):
            if not (ladder.fits[row, rung] and ladder.admits[row, rung]):
                break
            rps = float(ladder.rps[row, rung])
            if points and rps <= points[-1].rps:
                continue  # a larger batch that serves no more
            kind = kind_of(arch, device, shape, float(batch))
            ttft = interval("ttft", float(ladder.ttft_s[row, rung]), kind)
            points.append(LoadTimes(rps=rps, ttft=ttft))
        return tuple(points)
    return ()
