"""What a serving platform adds to the bundle of a cluster; the rest is the same for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import policies, route, services
from aegis.render.kubernetes.objects import Object, Scaled, selector
from aegis.render.kubernetes.watching import pod_monitor
from aegis.render.kubernetes.workload import MOUNTED_IMAGES, parts
from aegis.render.shared.gap import Gap
from aegis.render.shared.pins import Parts

Files = Callable[[Plan], tuple[Artifact, ...]]
Changes = tuple[tuple[str, list[Object]], ...]
"""Kind of object, or kind and name with a slash → its JSON patches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The parts of a bundle that depend on the serving platform, each a function of the plan."""

    needs: tuple[str, ...]
    """Ids of `PROJECTS` that have to stand in the cluster, beside those that every bundle needs."""
    also: Callable[[Plan], tuple[str, ...]] = lambda _: ()
    """Further ids of `PROJECTS`, for some plans."""
    workload: Files
    """Files of the base that run the model and its gateway."""
    scaled: Callable[[Plan], tuple[Scaled, ...]]
    """What the scaler scales; empty where the platform scales by itself or not at all."""
    one_replica: Callable[[Plan], Changes]
    """What makes the workload small before production: one replica, and no release by share."""
    judged: Files
    """Files that a release needs in production only: what judges it, from inside the cluster."""
    judged_beside: tuple[str, ...] = ()
    """Folders with kustomizations that the judge mounts, from where the component lies."""
    direct: Files = lambda _: ()
    """Files of the environments before production, where a controller makes them in production."""
    hosts: Callable[[Plan, str], tuple[str, str]] = lambda _plan, _environment: (
        "HTTPRoute",
        "/spec/hostnames",
    )
    """The kind of the object that names the hosts of an environment, and where."""
    in_production: Callable[[Plan], Changes] = lambda _: ()
    """What a release adds to objects of the base, in production only."""
    gaps: Callable[[Plan], tuple[Gap, ...]]
    assumed: Callable[[Plan], tuple[str, ...]] = lambda _: ()
    """What this platform adds to the assumptions of the README."""
    elsewhere: Callable[[Plan, str], Changes] = lambda _plan, _environment: ()
    """What an environment other than production changes by its name."""
    operate: Callable[[Plan], list[str]] = lambda _: []
    """Lines of the README: watch a release, promote it, go back."""
    pods: Callable[[Plan], Object] = selector
    """The labels that pick all pods of the service, engine and gateway."""
    movable: Callable[[Plan], Object] | None = None
    """The labels of the pods of which one at a time may be moved, where not all of `pods`."""
    once: Files = lambda _: ()
    """Files of `cluster/`, which its owner applies once."""
    services: Files = services
    monitors: Files = lambda plan: (pod_monitor(plan, selector(plan)),)
    endpoints: int = 2
    """Ports that each of the monitors scrapes."""
    route: Files = lambda plan: (route(plan),)
    policies: Files = lambda plan: policies(plan, selector(plan))
    canary: Files = lambda _: ()
    """Files of the version on trial, where no controller of releases makes it: applied for the time
    of a release, then deleted."""
    beside: Callable[[Plan], int] = lambda _: 0
    """Pods of a version beside its engines: gateways of their own, a head, a picker."""
    images: Callable[[Plan], Parts] = parts
    """Variable and logical name of every image that a release pins."""
    mounted: tuple[str, ...] = (MOUNTED_IMAGES,)
    """Paths of images that kustomize does not find by itself (it knows `containers[]/image`)."""
