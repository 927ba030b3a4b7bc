"""Images by digest: written by the pipeline, refused by the cluster until they are."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact

# No digest: kubelet and the admission policy refuse it, so nothing unpinned can start.
UNSET_DIGEST = "sha256:unset-run-set-images"
REGISTRY = "registry.internal"  # a name to replace: `release.env` holds yours

Parts = tuple[tuple[str, str], ...]  # variable in `release.env`, logical name of the image
_BECAUSE = ("registry", "release-strategy")


def unset(image: str) -> str:
    """An image that cannot start until it is pinned."""
    return f"{image}@{UNSET_DIGEST}"


def pins(
    folder: str, environment: str, parts: Parts, *, mounted: tuple[str, ...]
) -> tuple[Artifact, ...]:
    """The component with the digests of one environment, and the file they are read from.

    `mounted` are paths of images that are no container's, which kustomize has to be told.
    """
    entries: list[JsonValue] = [
        {"name": image, "newName": f"{REGISTRY}/{image}", "digest": UNSET_DIGEST}
        for _, image in parts
    ]
    lines = [
        "# What runs in this environment. The release pipeline writes names and digests here,",
        "# then `../../set-images.sh` writes them into the overlay. No tags: a tag can move.",
    ]
    for variable, image in parts:
        lines += [f"{variable}_IMAGE={REGISTRY}/{image}", f"{variable}_DIGEST="]
    return (
        Artifact(
            path=f"{folder}/images/kustomization.yaml",
            content={
                "apiVersion": "kustomize.config.k8s.io/v1alpha1",
                "kind": "Component",
                "configurations": ["mounted-images.yaml"],
                "images": entries,
            },
            because=_BECAUSE,
            environment=environment,
        ),
        Artifact(
            path=f"{folder}/images/mounted-images.yaml",
            content={"images": [{"path": path} for path in mounted]},
            because=_BECAUSE,
            environment=environment,
        ),
        Artifact(
            path=f"{folder}/release.env",
            content="\n".join(lines) + "\n",
            because=_BECAUSE,
            environment=environment,
        ),
    )


def set_images(root: str, parts: Parts) -> Artifact:
    """The script that pins an overlay from its `release.env`."""
    checks = "\n".join(f'check "${{{v}_IMAGE:-}}" "${{{v}_DIGEST:-}}" {v}' for v, _ in parts)
    entries = "\n".join(
        f"  - name: {image}\n    newName: ${{{v}_IMAGE}}\n    digest: ${{{v}_DIGEST}}"
        for v, image in parts
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
    return Artifact(path=f"{root}/set-images.sh", content=text, because=_BECAUSE, executable=True)
