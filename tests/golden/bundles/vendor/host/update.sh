#!/bin/sh
# Releases the version in candidate.env, step by step, and goes back by itself.
# The only way in: run it again after an interruption, it goes on where it stopped.
# Exit: 0 released or already running, 1 rolled back, 2 refused, 4 held for want of data.
# shellcheck disable=SC2154,SC2086,SC1091  # names of containers are words, set in lib.sh
set -eu
. "$(dirname "$0")/lib.sh"
steps="0:60 100:1440"  # weight in percent : minutes
beside=yes  # whether both versions can stand side by side
proof=0  # the weight that is left on proof only
patience_s=180600
look_s=${AEGIS_LOOK_S:-60}
# Only production has traffic to judge by: elsewhere the version is brought, and has to start.
[ "$ENVIRONMENT" = production ] || { steps=; beside=no; }
mkdir -p "$state"
mkdir "$state/lock" 2>/dev/null || { say "another release holds $state/lock"; exit 2; }
trap 'rmdir "$state/lock"' EXIT

candidate="$etc/candidate.env"
[ -f "$candidate" ] || { say "no $candidate"; exit 2; }
check_version "$candidate" || exit 2
if [ ! -f "$state/version" ] && [ -f "$state/stable.running" ] &&
  cmp -s "$candidate" "$state/stable.running"; then
  say "already running"
  exit 0
fi
if [ ! -f "$state/version" ] || ! cmp -s "$candidate" "$state/version"; then
  rm -f "$state/step"
  [ ! -f "$state/stable.running" ] || cp "$state/stable.running" "$state/previous.env"
  cp "$candidate" "$state/version"
fi

back() {
  say "going back: $1"
  sh "$(dirname "$0")/way-back.sh" || say "THE WAY BACK FAILED: a person is needed now"
  exit 1
}

start() {
  if [ "$beside" = yes ] && [ -f "$state/previous.env" ]; then
    bring canary "$candidate" $canary_containers
    wait_ready 8081 || back "the new version does not start"
  else
    say "the version is replaced where it stands, with downtime"
    # The judge looks at the canary: without this it would see nothing and hold for ever.
    if [ -z "$canary_containers" ] && [ -f "$state/previous.env" ]; then mark canary; fi
    bring stable "$candidate" $stable_containers
    wait_ready 8080 || back "the new version does not start"
  fi
}

# look WEIGHT: the verdict of the judge's rules; worse goes back at once.
look() {
  sleep "$look_s"
  code=0
  holds "aegis_rollout:worse{service=\"$service\"} == 1" || code=$?
  case $code in
    0) back "the evidence at $1 % says that it is worse" ;;
    2) say "no answer from Prometheus: looking again" ;;
  esac
}

# judge WEIGHT MINUTES: looks every minute for the hold; no data holds. Before everybody meets the
# new version, it goes on looking until every margin is proved, or patience ends.
judge() {
  left=$(($2 * 60))
  while [ "$left" -gt 0 ]; do
    look "$1"
    left=$((left - look_s))
  done
  if ! holds "aegis:release_seen:increase{service=\"$service\",step=\"$1\"} >= 50"; then
    say "held at $1 %: no data is never a pass. Run update.sh again, or way-back.sh"
    exit 4
  fi
  if [ "$1" != "$proof" ]; then return 0; fi
  left=$patience_s
  until holds "aegis_rollout:proved{service=\"$service\"} == 1"; do
    if [ "$left" -le 0 ]; then
      say "held at $1 %: not proved in time. Run update.sh again, or way-back.sh"
      exit 4
    fi
    look "$1"
    left=$((left - look_s))
  done
}

start
for step in $steps; do
  weight=${step%:*}
  [ ! -f "$state/step" ] || [ "$weight" -gt "$(cat "$state/step")" ] || continue
  if [ "$beside" = yes ] && [ -f "$state/previous.env" ]; then set_weight "$weight"; fi
  if [ -f "$state/previous.env" ]; then judge "$weight" "${step#*:}"; fi
  echo "$weight" > "$state/step"
done

# The canary serves everybody: now the stable place gets the same version, then the traffic.
bring stable "$candidate" $stable_containers
wait_ready 8080 || back "the promoted version does not start"
if [ "$beside" = yes ]; then set_weight 0; elif [ -z "$canary_containers" ]; then mark stable; fi
rm -f "$state/step" "$state/version"
say "released"
