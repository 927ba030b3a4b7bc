"""What no schema can see: checks over several objects, one function each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aegis.verify.cross import (
    capacity,
    collectors,
    dashboards,
    gitops,
    platform,
    queries,
    release,
    secrets,
    surges,
    wiring,
)
from aegis.verify.objects import Bundle, Hit

CROSS: tuple[Callable[[Bundle], Iterator[Hit]], ...] = (
    secrets.secret_values,
    secrets.secret_references,
    secrets.moving_images,
    wiring.duplicates,
    wiring.selectors,
    wiring.service_monitors,
    wiring.target_ports,
    wiring.routes,
    wiring.ingresses,
    wiring.pickers,
    wiring.scalers,
    wiring.receivers,
    capacity.drains,
    capacity.startups,
    surges.surges,
    capacity.parallelism,
    capacity.disruptions,
    capacity.uncounted,
    capacity.group_rollouts,
    capacity.ray_upgrades,
    release.analysis_arguments,
    release.empty_results,
    release.scale_to_zero,
    queries.queries,
    queries.metrics,
    queries.labels,
    dashboards.dashboards,
    collectors.collectors,
    gitops.large_objects,
    gitops.health_checks,
    gitops.sync_waves,
    gitops.flagger,
    gitops.queued_services,
    platform.pairings,
    platform.token_limits,
    platform.counted_costs,
    platform.plugins,
    platform.pools_behind_plugins,
    platform.policy_kinds,
    platform.drivers,
    platform.compositions,
    platform.chaos,
)
"""In the order they run."""
