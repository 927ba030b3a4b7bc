"""What Flagger 1.44 cannot say of a plan through the Gateway API, each with the way around it."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.kubernetes.strategy import ARM, ARM_HEADER
from aegis.render.shared.gap import Gap
from aegis.render.shared.serving import slots, trial_share

_ARGO = "State `team.orchestrator: kubernetes`: Argo Rollouts "


def gaps(plan: Plan) -> tuple[Gap, ...]:
    """In the order of a release."""
    return (*_strategy(plan), *_room(plan), _after(), *_prefix(plan))


def _strategy(plan: Plan) -> tuple[Gap, ...]:
    if slots(plan).room == "one" and plan.release.strategy != "canary":
        return (
            Gap(
                what=f"A release by `{plan.release.strategy}`: it needs both versions in full, and there is one "
                "spare replica.",
                instead="Shares of the traffic are released instead, as many as that replica carries.",
            ),
        )
    found = {
        "shadow": Gap(
            what="Shares after the shadow: through the Gateway API Flagger mirrors in releases by switch only, "
            "and mirrors every request. After the proof all callers meet the version together.",
            instead=_ARGO + "mirrors a part, then gives shares.",
        ),
        "ab": Gap(
            what="A/B by user: a route knows requests, not users, and Flagger gives no share before the arms.",
            instead=f"Let the caller send `{ARM_HEADER}: {ARM}` for the users of the new version, for few users at "
            "first.",
        ),
        "blue-green": Gap(
            what="A hold of a stated length after the switch: at every look Flagger asks whether the margins are "
            "proved at all traffic, and replaces its copy as soon as they are.",
            instead="Suspend the Canary after the switch for as long as somebody is to watch.",
        ),
    }.get(plan.release.strategy)
    return (found,) if found else ()


def _room(plan: Plan) -> tuple[Gap, ...]:
    share = trial_share(plan)
    if share >= 100:
        return ()
    return (
        Gap(
            what=f"Shares above {share:.0f} %: there is one spare replica for the version on trial, and it "
            "carries no more.",
            instead="The shares end there, and Flagger's copy is then replaced replica by replica.",
        ),
    )


def _after() -> Gap:
    return Gap(
        what="A watch of the new version at all traffic: Flagger promotes at the last share, and its analysis "
        "ends with that.",
        instead="The alerts of the error budget watch it; the way back is then a release of the version before, "
        "without analysis (README).",
    )


def _prefix(plan: Plan) -> tuple[Gap, ...]:
    if plan.chosen("request-routing") != "prefix-aware":
        return ()
    return (
        Gap(
            what="Routing by prefix: a Service spreads requests evenly, and Flagger weighs Services only.",
            instead="State `team.orchestrator: llm-d`: an endpoint picker in front of the engines.",
        ),
    )
