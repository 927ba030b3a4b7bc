"""The commands of a release by Flagger, for the README."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms.flagger.canary import FAILED_LOOKS, shares, style
from aegis.render.kubernetes.platforms.flagger.judge import NAMESPACE
from aegis.render.shared.evidence import LOOK_S

_READY = "kubectl -n production rollout status deployment/{} --timeout=90m"


def operate(plan: Plan) -> list[str]:
    """How a version begins, is held, promoted and sent back."""
    return [*_first(plan), *_release(plan), *_person(plan), *_back(plan)]


def _first(plan: Plan) -> list[str]:
    service = plan.service
    return [
        "## The first time",
        "",
        (
            f"Flagger copies the Deployment `{service}` to `{service}-primary`, makes Services and the HTTPRoute "
            f"`{service}`, and scales `{service}` to zero: the copy serves, and `{service}` is the place of the next "
            "version. Nothing in production comes from git that Flagger makes; the host name is in "
            "`overlays/production/site.yaml`, on the Canary."
        ),
        "",
        "```sh",
        f"kubectl -n production wait canary/{service} --for=condition=Promoted --timeout=90m",
        f"kubectl -n production get deployment {service} {service}-primary",
        "```",
        "",
        (
            "How many replicas stand is fixed: the number of the version on trial is in the "
            f"HorizontalPodAutoscaler `{service}`, that of the copy in `spec.autoscalerRef.primaryScalerReplicas` of "
            f"the Canary. A Deployment names none, because a promotion would carry it over."
        ),
        "",
    ]


def _release(plan: Plan) -> list[str]:
    service = plan.service
    return [
        "## A release",
        "",
        (
            "A changed image, argument or policy of the gateway begins one, by GitOps or by hand; a rotated key "
            f"does not. {_how(plan)} Every {LOOK_S} s Flagger asks the judge "
            f"(`{service}-judge`, the policy of `../rollout/policy.yaml`), which grants each share after its hold, "
            "lets everybody meet the version on proof only, and sends it back when it is worse. Should the judge "
            f"be down, nothing moves forward, and Flagger goes back by the same policy's rules after {FAILED_LOOKS} "
            "failed looks, as it does when Prometheus cannot be asked."
        ),
        "",
        "```sh",
        "kubectl apply --server-side -k overlays/production",
        f"kubectl -n production get canary {service} --watch",
        f"kubectl -n production describe canary {service}",
        "# hold it where it is; the same with false goes on",
        _patch(service, "suspend", on=True),
        "```",
        "",
    ]


def _how(plan: Plan) -> str:
    match style(plan):
        case "shares":
            given = ", ".join(f"{share} %" for share in shares(plan))
            return f"It gets {given} of the traffic, then the copy is replaced by it."
        case "arms":
            return (
                "It gets the requests with the header of the arm, then the copy is replaced by it."
            )
        case "mirror":
            return "It gets a copy of every request and answers nobody; then all traffic; then it is the copy."
        case _:
            return "It is asked by the load tester only; then it gets all traffic; then it is the copy."


def _person(plan: Plan) -> list[str]:
    if not plan.brief.high_impact:
        return []
    gate = f'\'{{"name":"{plan.service}","namespace":"production"}}\' http://localhost:8080/gate'
    ask = f"kubectl -n {NAMESPACE} exec deploy/flagger-loadtester -- curl -fsS -d {gate}"
    return [
        (
            "Before everybody meets it, a person approves: the brief names a high impact. Write down who, and close "
            "the gate after the release."
        ),
        "",
        "```sh",
        f"{ask}/open",
        f"{ask}/close",
        "```",
        "",
    ]


def _back(plan: Plan) -> list[str]:
    service = plan.service
    return [
        "## The way back",
        "",
        (
            "The images of the release before, without analysis. Under way, the first look takes all traffic from "
            "the version on trial; after a promotion, the copy is replaced replica by replica."
        ),
        "",
        "```sh",
        _patch(service, "skipAnalysis", on=True),
        'git checkout "$LAST_RELEASE" -- overlays/production/release.env',
        "./set-images.sh production",
        "kubectl apply --server-side -k overlays/production",
        _READY.format(f"{service}-primary"),
        _patch(service, "skipAnalysis", on=False),
        "```",
        "",
    ]


def _patch(service: str, field: str, *, on: bool) -> str:
    said = f'{{"spec":{{"{field}":{str(on).lower()}}}}}'
    return f"kubectl -n production patch canary {service} --field-manager=release --type merge -p '{said}'"
