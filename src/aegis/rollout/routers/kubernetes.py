"""Routers of a cluster, over its plain HTTP API. Each patches only the fields it owns."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import sleep
from typing import TYPE_CHECKING

from pydantic import JsonValue

from aegis.rollout.world import PermanentError, TemporaryError, call

if TYPE_CHECKING:
    import httpx

Object = dict[str, JsonValue]
_MERGE = "application/merge-patch+json"
_JSON_PATCH = "application/json-patch+json"
_NOT_APPLIED = "the server rejected our request due to an error in our request"


class Cluster:
    """One object of a cluster; the token is read anew for each call, because it is rotated."""

    def __init__(
        self, client: httpx.Client, url: str, *, token: Callable[[], str | None] = lambda: None
    ) -> None:
        self._client, self._url, self._token = client, url, token

    def get(self) -> Object:
        """The object as it is now."""
        answer = call(self._client, "GET", self._url, headers=self._headers())
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TemporaryError(f"{self._url} gave no object")
        return found

    def patch(self, body: JsonValue, *, kind: str, subresource: str = "") -> None:
        """Changes what the body names; the API server refuses fields that it does not know.

        A JSON patch that does not apply met an object that somebody changed since it was read. The
        API server answers it with 422 and this one sentence; an object that would be invalid is a
        422 that names the field, and asking again would not help.

        Source: kubernetes, `apiserver/pkg/endpoints/handlers/patch.go`, `applyJSPatch`.
        """
        try:
            call(
                self._client,
                "PATCH",
                self._url + (f"/{subresource}" if subresource else ""),
                headers={**self._headers(), "content-type": kind},
                params={"fieldManager": "aegis-rollout", "fieldValidation": "Strict"},
                content=json.dumps(body).encode(),
            )
        except PermanentError as error:
            if kind == _JSON_PATCH and _NOT_APPLIED in str(error):
                raise TemporaryError(str(error)) from None
            raise

    def _headers(self) -> dict[str, str]:
        token = self._token()
        return {"authorization": f"Bearer {token}"} if token else {}


def object_url(api_url: str, api_version: str, namespace: str, plural: str, name: str) -> str:
    """The address of a namespaced object.

    >>> object_url("https://k", "serving.kserve.io/v1beta1", "prod", "inferenceservices", "a")
    'https://k/apis/serving.kserve.io/v1beta1/namespaces/prod/inferenceservices/a'
    """
    return f"{api_url.rstrip('/')}/apis/{api_version}/namespaces/{namespace}/{plural}/{name}"


def at(document: JsonValue, *path: str | int) -> JsonValue:
    """The value at a path, or None where there is none."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(document, list) or part >= len(document):
                return None
            document = document[part]
        else:
            if not isinstance(document, dict):
                return None
            document = document.get(part)
    return document


def items(document: JsonValue) -> list[JsonValue]:
    """A list, or an empty one."""
    return document if isinstance(document, list) else []


class HTTPRouteWeights:
    """The weights of two backends wherever an HTTPRoute names them together.

    A JSON patch that first tests the backends' names: if somebody reordered the route meanwhile,
    nothing is changed and the call is made again.

    Source: Gateway API v1, HTTPRoute `rules[].backendRefs[].weight`; RFC 6902 for `test`.
    """

    API = "gateway.networking.k8s.io/v1"
    PLURAL = "httproutes"

    def __init__(self, cluster: Cluster, *, stable: str, canary: str) -> None:
        self._cluster, self._stable, self._canary = cluster, stable, canary

    def set_weight(self, percent: float) -> None:
        """Whole percents: the API has whole weights, of which only the ratio counts."""
        weights = {self._canary: round(percent), self._stable: 100 - round(percent)}
        patch: list[JsonValue] = []
        for rule, positions in self._rules(self._cluster.get()):
            for name, position in positions.items():
                ref = f"/spec/rules/{rule}/backendRefs/{position}"
                patch += [
                    {"op": "test", "path": f"{ref}/name", "value": name},
                    {"op": "add", "path": f"{ref}/weight", "value": weights[name]},
                ]
        self._cluster.patch(patch, kind=_JSON_PATCH)

    def weight(self) -> float | None:
        """The canary's share in the first rule that names both."""
        route = self._cluster.get()
        rule, positions = self._rules(route)[0]
        canary, stable = (
            at(route, "spec", "rules", rule, "backendRefs", positions[name], "weight")
            for name in (self._canary, self._stable)
        )
        canary, stable = (1 if w is None else w for w in (canary, stable))  # the API's default
        if not isinstance(canary, int) or not isinstance(stable, int) or canary + stable == 0:
            return None
        return 100 * canary / (canary + stable)

    def _rules(self, route: Object) -> list[tuple[int, dict[str, int]]]:
        found = []
        for number, rule in enumerate(items(at(route, "spec", "rules"))):
            names = [at(ref, "name") for ref in items(at(rule, "backendRefs"))]
            if self._stable in names and self._canary in names:
                positions = {n: names.index(n) for n in (self._stable, self._canary)}
                found.append((number, positions))
        if not found:
            raise PermanentError(
                f"no rule of the HTTPRoute names both backends `{self._stable}` and `{self._canary}`"
            )
        return found


class KServeCanary:
    """The canary's percent of an InferenceService, in the field that its mode has.

    Knative mode has `spec.predictor.canaryTrafficPercent`; standard mode, since KServe 0.20, a list
    `spec.canary` with `trafficPercent`. The list is patched only as it was read.

    Source: KServe, `pkg/apis/serving/v1beta1/inference_service.go`.
    """

    API = "serving.kserve.io/v1beta1"
    PLURAL = "inferenceservices"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def set_weight(self, percent: float) -> None:
        """Whole percents."""
        service = self._cluster.get()
        if self._canaries(service):
            version = at(service, "metadata", "resourceVersion")
            test: list[JsonValue] = [
                {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                {"op": "add", "path": "/spec/canary/0/trafficPercent", "value": round(percent)},
            ]
            self._cluster.patch(test, kind=_JSON_PATCH)
            return
        body: JsonValue = {"spec": {"predictor": {"canaryTrafficPercent": round(percent)}}}
        self._cluster.patch(body, kind=_MERGE)

    def weight(self) -> float | None:
        """What is asked for; None where the field was never set."""
        service = self._cluster.get()
        found = at(service, "spec", "predictor", "canaryTrafficPercent")
        if self._canaries(service):
            found = at(service, "spec", "canary", 0, "trafficPercent")
        return float(found) if isinstance(found, int) else None

    def _canaries(self, service: Object) -> list[JsonValue]:
        found = items(at(service, "spec", "canary"))
        if len(found) > 1:
            raise PermanentError("the InferenceService has several canaries; a rollout judges one")
        return found


class ArgoSteps:
    """An Argo Rollout whose `setWeight` steps are each followed by a pause without a duration.

    Its steps belong to whoever wrote the Rollout. We only say «go on» (as `kubectl argo rollouts
    promote` does: clear the pause in the status) until the wanted weight is reached, or «abort».

    Source: argo-rollouts, `pkg/kubectl-argo-rollouts/cmd/promote` and `cmd/abort`.
    """

    API = "argoproj.io/v1alpha1"
    PLURAL = "rollouts"

    def __init__(
        self, cluster: Cluster, *, tries: int = 60, pause: Callable[[float], None] = sleep
    ) -> None:
        self._cluster, self._tries, self._pause = cluster, tries, pause

    def set_weight(self, percent: float) -> None:
        """Aborts for 0; otherwise goes on, pause by pause, until the weight is there."""
        rollout = self._cluster.get()
        if percent == 0:
            if self._weight(rollout) != 0:
                self._cluster.patch({"status": {"abort": True}}, kind=_MERGE, subresource="status")
            return
        if percent not in {100.0, *self._planned(rollout)}:
            raise PermanentError(
                f"the Rollout has no step `setWeight: {percent:g}`; its steps and the policy's must agree"
            )
        for _ in range(self._tries):
            now = self._weight(rollout)
            if at(rollout, "status", "abort") is True:
                raise PermanentError("the Rollout was aborted by somebody else")
            if now is not None and now >= percent:
                return
            if at(rollout, "status", "pauseConditions"):
                self._cluster.patch(
                    {"status": {"pauseConditions": None}}, kind=_MERGE, subresource="status"
                )
            self._pause(2.0)
            rollout = self._cluster.get()
        raise TemporaryError(f"the Rollout has not reached {percent:g} % yet")

    def weight(self) -> float | None:
        """The weight that its traffic router has."""
        return self._weight(self._cluster.get())

    def _planned(self, rollout: Object) -> set[float]:
        steps = items(at(rollout, "spec", "strategy", "canary", "steps"))
        found = [at(step, "setWeight") for step in steps]
        return {float(w) for w in found if isinstance(w, int)}

    def _weight(self, rollout: Object) -> float | None:
        """Of the canary; when the new version has become the stable one, everybody has it."""
        new = at(rollout, "status", "currentPodHash")
        if new is not None and new == at(rollout, "status", "stableRS"):
            return 100.0
        if at(rollout, "status", "abort") is True:
            return 0.0
        weight = at(rollout, "status", "canary", "weights", "canary", "weight")
        return float(weight) if isinstance(weight, int) else None
