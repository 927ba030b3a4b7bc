"""Images by digest: written by the pipeline, refused by the cluster until they are."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import ROOT
from aegis.render.kubernetes.workload import (
    GATEWAY_IMAGE,
    MODEL_IMAGE,
    UNSET_DIGEST,
    engine_image,
)

_REGISTRY = "registry.internal"  # a name to replace: `release.env` holds yours


def parts(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Variable and logical image name of everything that a release pins."""
    return (("ENGINE", engine_image(plan)), ("MODEL", MODEL_IMAGE), ("GATEWAY", GATEWAY_IMAGE))


def images(plan: Plan, environment: str, folder: str) -> tuple[Artifact, ...]:
    """The component with the digests of one environment, and the file they are read from."""
    because = ("registry", "release-strategy")
    entries: list[JsonValue] = [
        {"name": image, "newName": f"{_REGISTRY}/{image}", "digest": UNSET_DIGEST}
        for _, image in parts(plan)
    ]
    component = Artifact(
        path=f"{folder}/images/kustomization.yaml",
        content={
            "apiVersion": "kustomize.config.k8s.io/v1alpha1",
            "kind": "Component",
            "configurations": ["mounted-images.yaml"],
            "images": entries,
        },
        because=because,
        environment=environment,
    )
    mounted = Artifact(
        path=f"{folder}/images/mounted-images.yaml",
        content={"images": [{"path": "spec/template/spec/volumes[]/image/reference"}]},
        because=because,
        environment=environment,
    )
    lines = [
        "# What runs in this environment. The release pipeline writes names and digests here,",
        "# then `../../set-images.sh` writes them into the overlay. No tags: a tag can move.",
    ]
    for variable, image in parts(plan):
        lines += [f"{variable}_IMAGE={_REGISTRY}/{image}", f"{variable}_DIGEST="]
    release = Artifact(
        path=f"{folder}/release.env",
        content="\n".join(lines) + "\n",
        because=because,
        environment=environment,
    )
    return (component, mounted, release)


def set_images(plan: Plan) -> Artifact:
    """The script that pins an overlay from its `release.env`."""
    variables = [variable for variable, _ in parts(plan)]
    checks = "\n".join(f'check "${{{v}_IMAGE:-}}" "${{{v}_DIGEST:-}}" {v}' for v in variables)
    entries = "\n".join(
        f"  - name: {image}\n    newName: ${{{v}_IMAGE}}\n    digest: ${{{v}_DIGEST}}"
        for v, image in parts(plan)
    )
    text = f"""#!/bin/sh
# Pins the images of an environment: set-images.sh ENVIRONMENT
# Reads overlays/ENVIRONMENT/release.env. Running it twice changes nothing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
environment=${{1:?usage: set-images.sh development|staging|production}}
overlay="$here/overlays/$environment"
[ -f "$overlay/release.env" ] || {{ echo "no such environment: $environment" >&2; exit 2; }}
. "$overlay/release.env"

check() {{
  [ -n "$1" ] || {{ echo "$3_IMAGE is empty in release.env" >&2; exit 2; }}
  case $1 in *@* | *" "*) echo "$3_IMAGE: a name without digest is expected" >&2; exit 2 ;; esac
  printf '%s\\n' "$2" | grep -Eq '^sha256:[0-9a-f]{{64}}$' || {{
    echo "$3_DIGEST is not a digest: a release names what was evaluated" >&2
    exit 2
  }}
}}
{checks}

new="$overlay/images/kustomization.yaml.new"
cat > "$new" <<END
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configurations:
  - mounted-images.yaml
images:
{entries}
END
mv "$new" "$overlay/images/kustomization.yaml"
echo "$environment is pinned"
"""
    return Artifact(
        path=f"{ROOT}/set-images.sh",
        content=text,
        because=("registry", "release-strategy"),
        executable=True,
    )
