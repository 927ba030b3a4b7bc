#!/bin/sh
# Back to the version before: all traffic to stable, then the canary's place emptied of the new one.
# Safe to run at any time, twice, and in the middle of a release.
# shellcheck disable=SC2154,SC2086,SC1091  # names of containers are words, set in lib.sh
set -eu
. "$(dirname "$0")/lib.sh"

# If the stable place already holds the new version, it gets the previous one back first.
[ ! -f "$state/previous.env" ] || bring stable "$state/previous.env" $stable_containers
wait_ready 8080 || { say "the stable version does not answer: follow the runbook"; exit 1; }
set_weight 0
if [ -z "$canary_containers" ]; then
  mark stable
elif [ -f "$state/stable.running" ]; then
  bring canary "$state/stable.running" $canary_containers
fi
rm -f "$state/step" "$state/version"
say "back: everything runs the previous version"
