#!/bin/sh
# Opens an environment for a version, or does not: gate.sh staging|production
# The verdict names the digests it was made for; promote.sh refuses any other.
set -eu
cd "$(dirname "$0")/.."
environment=${1:?usage: gate.sh staging|production}
case $environment in staging) from=development ;; production) from=staging ;; *) exit 2 ;; esac

release() { echo "host/$1/candidate.env"; }
version=$(grep -E '_(IMAGE|DIGEST)=' "$(release "$from")" | sort | sha256sum | cut -d' ' -f1)
mkdir -p evaluation/verdicts
report="evaluation/verdicts/$environment-$version.json"
aegis evaluate --gates evaluation/gates.yaml --opens "$environment" --format json > "$report.new"
mv "$report.new" "$report"
echo "$environment is open for $version"
