"""Failure modes as data, by subject; the order is that of the pages.

The engine's, the platform's and the release's own come before what every service meets.
"""

from __future__ import annotations

from aegis.plan.parts.modes import (
    data,
    language,
    language_engines,
    other_engines,
    predictive,
    releases,
    service,
    unattended,
)
from aegis.plan.parts.voice import Mode

MODES: tuple[Mode, ...] = (
    *language_engines.MODES,
    *other_engines.MODES,
    *language.MODES,
    *predictive.MODES,
    *unattended.MODES,
    *releases.MODES,
    *data.MODES,
    *service.MODES,
)
