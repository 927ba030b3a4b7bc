#!/bin/sh
# Pins the images of an environment: set-images.sh ENVIRONMENT
# Reads overlays/ENVIRONMENT/release.env. Running it twice changes nothing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
environment=${1:?usage: set-images.sh development|staging|production}
overlay="$here/overlays/$environment"
[ -f "$overlay/release.env" ] || { echo "no such environment: $environment" >&2; exit 2; }
. "$overlay/release.env"

check() {
  [ -n "$1" ] || { echo "$3_IMAGE is empty in release.env" >&2; exit 2; }
  case $1 in *@* | *" "*) echo "$3_IMAGE: a name without digest is expected" >&2; exit 2 ;; esac
  printf '%s\n' "$2" | grep -Eq '^sha256:[0-9a-f]{64}$' || {
    echo "$3_DIGEST is not a digest: a release names what was evaluated" >&2
    exit 2
  }
}
check "${ENGINE_IMAGE:-}" "${ENGINE_DIGEST:-}" ENGINE
check "${MODEL_IMAGE:-}" "${MODEL_DIGEST:-}" MODEL
check "${GATEWAY_IMAGE:-}" "${GATEWAY_DIGEST:-}" GATEWAY

new="$overlay/images/kustomization.yaml.new"
cat > "$new" <<END
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configurations:
  - mounted-images.yaml
images:
  - name: vllm
    newName: ${ENGINE_IMAGE}
    digest: ${ENGINE_DIGEST}
  - name: model
    newName: ${MODEL_IMAGE}
    digest: ${MODEL_DIGEST}
  - name: aegis-gateway
    newName: ${GATEWAY_IMAGE}
    digest: ${GATEWAY_DIGEST}
END
mv "$new" "$overlay/images/kustomization.yaml"
echo "$environment is pinned"
