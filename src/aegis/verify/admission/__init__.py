"""Rules that live in servers and webhooks and not in schemas, one function each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aegis.verify.admission.chaos import chaos_rules
from aegis.verify.admission.delivery import delivery_rules
from aegis.verify.admission.flagger import flagger_rules
from aegis.verify.admission.groups import group_rules
from aegis.verify.admission.kserve import kserve_rules
from aegis.verify.admission.llm import llm_rules
from aegis.verify.admission.network import network_rules
from aegis.verify.admission.pods import pod_rules
from aegis.verify.admission.policies import policy_rules
from aegis.verify.admission.ray import ray_rules
from aegis.verify.admission.stores import store_rules
from aegis.verify.admission.workloads import workload_rules
from aegis.verify.objects import Bundle, Hit

RULES: tuple[Callable[[Bundle], Iterator[Hit]], ...] = (
    pod_rules,
    workload_rules,
    network_rules,
    kserve_rules,
    llm_rules,
    delivery_rules,
    flagger_rules,
    group_rules,
    ray_rules,
    chaos_rules,
    policy_rules,
    store_rules,
)
"""In the order they run."""
