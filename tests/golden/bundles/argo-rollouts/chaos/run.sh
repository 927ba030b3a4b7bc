#!/bin/sh
# One rehearsal: run.sh staging|production EXPERIMENT · and its end at once: run.sh stop ENVIRONMENT EXPERIMENT
set -eu
cd "$(dirname "$0")"
usage="usage: run.sh staging|production EXPERIMENT | run.sh stop staging|production EXPERIMENT"
stop=
[ "${1:-}" != stop ] || { stop=yes; shift; }
environment=${1:?$usage}
experiment=${2:?$usage}
case $environment in staging | production) ;; *) echo "$usage" >&2; exit 2 ;; esac
name="support-assistant-$experiment"

if [ -n "$stop" ]; then
  kubectl -n "$environment" delete workflow "$name" --ignore-not-found
  echo "$experiment is stopped in $environment"
  exit 0
fi
file="$environment/$experiment.yaml"
[ -f "$file" ] || { echo "no such experiment for $environment: $experiment" >&2; exit 2; }

if [ "$environment" = production ]; then
  . ./production/game-day.env
  for field in GAME_DAY OWNER ON_CALL_TOLD CHANGE STAGING_RECORD; do
    eval "stated=\${$field:-}"
    [ -n "$stated" ] || { echo "production/game-day.env does not state $field" >&2; exit 3; }
  done
  [ "$GAME_DAY" = "$(date +%F)" ] || { echo "the game day is $GAME_DAY, not today" >&2; exit 3; }
fi
allowed=$(kubectl get namespace "$environment" -o "jsonpath={.metadata.annotations['chaos-mesh\.org/inject']}")
[ "$allowed" = enabled ] || {
  echo "faults are not let into $environment: see README.md, «Let it in»" >&2
  exit 3
}

kubectl -n "$environment" delete workflow "$name" --ignore-not-found --wait=true
kubectl create -f "$file"
echo "started; stop it with: ./run.sh stop $environment $experiment"
