#!/bin/sh
# Moves a version by its digests: promote.sh development staging | promote.sh staging production
# Nothing is built again on the way: what was evaluated is what is served.
set -eu
cd "$(dirname "$0")/.."
usage="usage: promote.sh development staging | promote.sh staging production"
from=${1:?$usage}
to=${2:?$usage}
case "$from $to" in
  "development staging" | "staging production") ;;
  *) echo "$usage" >&2; exit 2 ;;
esac
place=$to

release() { echo "kubernetes/overlays/$1/release.env"; }
source=$(release "$from")
if grep -Eq '_DIGEST=$' "$source" || ! grep -Eq '_DIGEST=sha256:[0-9a-f]{64}$' "$source"; then
  echo "$from is not pinned: nothing to promote" >&2
  exit 2
fi
version=$(grep -E '_(IMAGE|DIGEST)=' "$source" | sort | sha256sum | cut -d' ' -f1)
report="evaluation/verdicts/$to-$version.json"
grep -Eq '"verdict": *"passed"' "$report" 2>/dev/null || {
  echo "no verdict «passed» for this version in $report: run gate.sh $to" >&2
  exit 3
}
cp "$source" "$(release "$place").new"
mv "$(release "$place").new" "$(release "$place")"
./kubernetes/set-images.sh "$place"
echo "$place gets $version"
