"""The page beside the files of a job: what its image keeps, how a run is started and taken back."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.shared.apis import PROJECTS

_TEXT = """# SERVICE in runs

Rendered from plan `PLAN`. There are: Kubernetes VERSIONS (image volumes), the Prometheus operator with
Prometheus in namespace `monitoring`, and the namespaces `development`, `staging` and `production`. Files
named `site.yaml` and `release.env` are yours: they are not written over.

```sh
$EDITOR overlays/staging/release.envSITE
./set-images.sh staging
kubectl apply --server-side -k overlays/staging
# before production nothing runs by itself
kubectl -n staging create job SERVICE-by-hand --from=cronjob/SERVICE
kubectl -n staging wait job/SERVICE-by-hand --for=condition=complete --timeout=4h
```

The same with `production`, where the schedule starts it. `../observability/README.md` says how it is watched.

## What the image keeps

- `--chunks N`: the input in so many parts; `JOB_COMPLETION_INDEX` says which one this pod takes
- `--model /model`: the weights, mounted read-only by digest
- `--publish SERVICE-output`: when every part is written and the comparison with the run before has passed,
  it moves `current` of that ConfigMap to the new place and `previous` to the old one; `get` and `patch` on
  it are its one right. Consumers read through `current`
- metrics at `:9090/metrics` while it runs; it writes to `/tmp` only, as user 10001

## The way back

```sh
previous=$(kubectl -n production get configmap SERVICE-output -o jsonpath='{.data.previous}')
kubectl -n production patch configmap SERVICE-output --type merge -p '{"data":{"current":"'"$previous"'"}}'
```

A version of the job goes back as it came: the digests before stand in git.
"""


def readme(plan: Plan) -> Artifact:
    """What must be there, the order, the contract of the image, the way back."""
    closed = plan.chosen("network") != "open-egress"
    site = " overlays/staging/site.yaml   # digests, and the way to the data" if closed else ""
    text = (
        _TEXT.replace("SERVICE", plan.service)
        .replace("PLAN", plan.id)
        .replace("VERSIONS", PROJECTS["kubernetes"].versions)
        .replace("SITE", site)
    )
    return Artifact(path="batch/README.md", content=text, because=("run-where",))
