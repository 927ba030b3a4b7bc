"""When a failure mode belongs into a plan."""

from __future__ import annotations

from collections.abc import Callable

from aegis.plan.case import Case

When = Callable[[Case], bool]


def always(case: Case) -> bool:
    """Every plan has it."""
    del case
    return True


def served(case: Case) -> bool:
    """An engine of ours answers."""
    return bool(case.chosen("engine"))


def own_llm(case: Case) -> bool:
    """A language model on our own devices."""
    return case.is_llm and not case.managed


def on_accelerator(case: Case) -> bool:
    """Requests share the memory of accelerators of ours."""
    return case.capacity is not None and case.capacity.shape == "accelerators" and not case.managed


def kinds(*wanted: str) -> When:
    """The workload is one of these kinds."""
    return lambda case: case.kind in wanted


def engine(*ids: str) -> When:
    """One of these engines was chosen, on a server or on a device."""
    return lambda case: bool({case.chosen("engine"), case.chosen("edge-runtime")} & set(ids))


def platform(*ids: str) -> When:
    """One of these operates the model."""
    return lambda case: case.chosen("serving-platform") in ids


def strategy(*ids: str) -> When:
    """Releases go by one of these strategies."""
    return lambda case: case.chosen("release-strategy") in ids


def feature(technique: str) -> When:
    """The technique is on."""
    return lambda case: case.chosen(f"feature-{technique}") == "on"


def data(*classes: str) -> When:
    """The brief names one of these classes of data."""
    return lambda case: bool(set(case.brief.data.classes) & set(classes))


def every(*conditions: When) -> When:
    """All of these hold."""
    return lambda case: all(condition(case) for condition in conditions)
