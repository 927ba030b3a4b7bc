#!/bin/sh
# Inside: checks everything that was carried in, pushes it to your registry, prints lines for release.env.
# Exit: 0 done, 3 a file differs, is missing or was added (nothing is pushed), 1 the registry disagrees.
# Plan PLAN.
set -eu
cd "$(dirname "$0")"
registry=${REGISTRY:-registry.internal}
copy() { skopeo copy --quiet --all --preserve-digests ${SKOPEO_COPY_FLAGS:-} "$1" "$2"; }
digest_of() { skopeo inspect ${SKOPEO_INSPECT_FLAGS:-} --format '{{.Digest}}' "docker://$1"; }

sha256sum --check --quiet SHA256SUMS || { echo "refused: not what was exported" >&2; exit 3; }
there=$(find images mirror.lock -type f | wc -l)
[ "$there" -eq "$(wc -l < SHA256SUMS)" ] || { echo "refused: a file was added on the way" >&2; exit 3; }

while IFS="$(printf '\t')" read -r name inside digest folder; do
  copy "dir:$folder" "docker://$registry/$inside:mirror-$(echo "${digest#sha256:}" | cut -c1-12)"
  found=$(digest_of "$registry/$inside@$digest") || found=none
  if [ "$found" != "$digest" ]; then
    echo "$registry/$inside holds $found, not $digest" >&2
    exit 1
  fi
  for kind in sig att; do
    [ ! -d "$folder.$kind" ] || copy "dir:$folder.$kind" "docker://$registry/$inside:sha256-${digest#sha256:}.$kind"
  done
  [ "$name" = - ] || printf '%s_IMAGE=%s\n%s_DIGEST=%s\n' "$name" "$registry/$inside" "$name" "$digest"
done < mirror.lock
