"""The scripts of one machine: the only way in for a version, and the way back."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.host.containers import containers, has_canary, is_managed
from aegis.render.host.watching import SEEN
from aegis.render.shared import evidence
from aegis.render.shared.reading import value
from aegis.render.shared.serving import serving

_BECAUSE = ("release-strategy", "run-where")


def scripts(plan: Plan) -> tuple[Artifact, ...]:
    """Common functions, the release, the way back, the backup."""
    return tuple(
        Artifact(path=f"host/{name}", content=text, because=_BECAUSE, executable=name != "lib.sh")
        for name, text in (
            ("lib.sh", _lib(plan)),
            ("update.sh", _update(plan)),
            ("way-back.sh", _WAY_BACK),
            ("backup.sh", _backup(plan)),
        )
    )


def images(plan: Plan) -> tuple[str, ...]:
    """What a release of this plan pins, by the variables of its environment file."""
    return ("GATEWAY",) if is_managed(plan) else ("ENGINE", "MODEL", "GATEWAY")


def environment_files(plan: Plan) -> tuple[Artifact, ...]:
    """The candidate of each environment, empty until a pipeline fills it; and the tools' digests."""
    files = []
    for environment in names.ENVIRONMENTS:
        lines = ["# The version to release: names and digests, written by the pipeline. No tags."]
        for image in images(plan):
            lines += [f"{image}_IMAGE=registry.internal/{image.lower()}", f"{image}_DIGEST="]
        files.append((environment, "candidate.env", lines))
        lines = ["# Tools of the machine, by digest; upgrade one at a time, staging first."]
        for tool in sorted({c.image for c in containers(plan) if c.env_file == "tools"}):
            lines += [f"{tool}_IMAGE=registry.internal/{tool.lower()}", f"{tool}_DIGEST="]
        files.append((environment, "tools.env", lines))
        lines = [
            "# What differs between machines. RUNNER is systemd or compose.",
            "RUNNER=systemd",
            f"ENVIRONMENT={environment}",
            "SECRETS_DIR=/run/aegis-secrets",
            "# Another disk or another machine: a copy beside the original ends with it.",
            "BACKUP_DIR=/var/backups/" + plan.service,
        ]
        if is_managed(plan):
            lines += [
                "# Address of the vendor's interface, as `aegis gateway --upstream` takes it.",
                "UPSTREAM_URL=",
            ]
        files.append((environment, "host.env", lines))
    return tuple(
        Artifact(
            path=f"host/{environment}/{name}",
            content="\n".join(lines) + "\n",
            because=("environments", "registry"),
            environment=environment,
        )
        for environment, name, lines in files
    )


def _lib(plan: Plan) -> str:
    checks = " ".join(images(plan))
    tracked = {
        track: " ".join(c.name for c in containers(plan) if c.env_file == track)
        for track in ("stable", "canary")
    }
    startup = serving(plan).startup_s if not is_managed(plan) else 120
    return f"""# shellcheck shell=sh disable=SC2034,SC1091
# Functions of update.sh and way-back.sh. Plan {plan.id}.
service={plan.service}
etc=${{AEGIS_ETC:-/etc/$service}}
state=${{AEGIS_STATE:-/var/lib/$service/release}}
prometheus=${{AEGIS_PROMETHEUS:-http://127.0.0.1:9090}}
stable_containers="{tracked["stable"]}"
canary_containers="{tracked["canary"]}"
images="{checks}"
startup_s=${{AEGIS_STARTUP_S:-{startup}}}
RUNNER=systemd
ENVIRONMENT=production
[ ! -f "$etc/host.env" ] || . "$etc/host.env"

say() {{ printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }}

# A version is names and digests; anything else is refused before anything is touched.
check_version() {{
  for image in $images; do
    name=$(sed -n "s/^${{image}}_IMAGE=//p" "$1")
    digest=$(sed -n "s/^${{image}}_DIGEST=//p" "$1")
    [ -n "$name" ] || {{ say "$1: ${{image}}_IMAGE is empty"; return 1; }}
    printf '%s\\n' "$digest" | grep -Eq '^sha256:[0-9a-f]{{64}}$' || {{
      say "$1: ${{image}}_DIGEST is not a digest"
      return 1
    }}
  done
}}

# bring TRACK FILE CONTAINER...: a track runs the version in a file; nothing when it does already.
bring() {{
  track=$1
  file=$2
  shift 2
  if [ -f "$state/$track.running" ] && cmp -s "$file" "$state/$track.running"; then return 0; fi
  cp "$file" "$etc/$track.env.new" && mv "$etc/$track.env.new" "$etc/$track.env"
  restart "$@"
  cp "$file" "$state/$track.running.new" && mv "$state/$track.running.new" "$state/$track.running"
}}

restart() {{
  for name in "$@"; do
    case $RUNNER in
      systemd) systemctl restart "$name" ;;
      compose) compose up -d --no-deps --force-recreate "${{name#"$service"-}}" ;;
    esac
  done
}}

compose() {{
  for track in stable canary; do
    [ ! -f "$etc/$track.env" ] || while IFS='=' read -r key val; do
      case $key in '' | '#'*) ;; *) export "$(echo "$track" | tr '[:lower:]' '[:upper:]')_$key=$val" ;; esac
    done < "$etc/$track.env"
  done
  docker compose --env-file "$etc/tools.env" --file "$etc/compose.yaml" "$@"
}}

reload_proxy() {{
  case $RUNNER in
    systemd) systemctl reload "$service-proxy" ;;
    compose) compose kill --signal USR2 proxy ;;
  esac
}}

# mark TRACK: what the series of the one place count as; a version on trial counts as the canary.
mark() {{
  sed -E "s/^( *track: ).*/\\1$1/" "$etc/prometheus.yml" > "$etc/prometheus.yml.new"
  if ! cmp -s "$etc/prometheus.yml" "$etc/prometheus.yml.new"; then
    cat "$etc/prometheus.yml.new" > "$etc/prometheus.yml"
    case $RUNNER in
      systemd) systemctl reload "$service-prometheus" ;;
      compose) compose kill --signal HUP prometheus ;;
    esac
  fi
  rm "$etc/prometheus.yml.new"
}}

# set_weight PERCENT: the canary's share; the rest stays with the stable version.
set_weight() {{
  stable=$((100 - $1))
  sed -E -e "s/^( *server stable .* weight )[0-9]+/\\1$stable/" \\
    -e "s/^( *server canary .* weight )[0-9]+/\\1$1/" "$etc/haproxy.cfg" > "$etc/haproxy.cfg.new"
  if cmp -s "$etc/haproxy.cfg" "$etc/haproxy.cfg.new"; then
    rm "$etc/haproxy.cfg.new"
  else
    # Written in place: the proxy has this file mounted, and would go on reading a replaced one.
    cat "$etc/haproxy.cfg.new" > "$etc/haproxy.cfg"
    rm "$etc/haproxy.cfg.new"
    reload_proxy
  fi
  say "canary has $1 % of the traffic"
}}

# wait_ready PORT: until the gateway of a version says that its model answers.
wait_ready() {{
  waited=0
  until curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$1/ready"; do
    [ "$waited" -lt "$startup_s" ] || {{ say "not ready after $startup_s s"; return 1; }}
    sleep 5
    waited=$((waited + 5))
  done
}}

# holds QUERY: 0 when it has a result, 1 when it has none, 2 when nobody answers.
holds() {{
  answer=$(curl -fsS --max-time 10 --get "$prometheus/api/v1/query" --data-urlencode "query=$1") || return 2
  case $answer in
    *'"status":"success"'*'"result":[]'*) return 1 ;;
    *'"status":"success"'*) return 0 ;;
    *) return 2 ;;
  esac
}}
"""


def _update(plan: Plan) -> str:
    steps = " ".join(
        f"{round(value(plan, s.weight))}:{round(value(plan, s.hold_minutes))}"
        for s in plan.release.steps
    )
    if not has_canary(plan):
        steps = f"100:{round(value(plan, plan.release.steps[-1].hold_minutes))}"
    beside = "yes" if has_canary(plan) else "no"
    return f"""#!/bin/sh
# Releases the version in candidate.env, step by step, and goes back by itself.
# The only way in: run it again after an interruption, it goes on where it stopped.
# Exit: 0 released or already running, 1 rolled back, 2 refused, 4 held for want of data.
# shellcheck disable=SC2154,SC2086,SC1091  # names of containers are words, set in lib.sh
set -eu
. "$(dirname "$0")/lib.sh"
steps="{steps}"  # weight in percent : minutes
beside={beside}  # whether both versions can stand side by side
proof={_proof(plan)}  # the weight that is left on proof only
patience_s={round(evidence.patience_s(plan))}
look_s=${{AEGIS_LOOK_S:-60}}
# Only production has traffic to judge by: elsewhere the version is brought, and has to start.
[ "$ENVIRONMENT" = production ] || {{ steps=; beside=no; }}
mkdir -p "$state"
mkdir "$state/lock" 2>/dev/null || {{ say "another release holds $state/lock"; exit 2; }}
trap 'rmdir "$state/lock"' EXIT

candidate="$etc/candidate.env"
[ -f "$candidate" ] || {{ say "no $candidate"; exit 2; }}
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

back() {{
  say "going back: $1"
  sh "$(dirname "$0")/way-back.sh" || say "THE WAY BACK FAILED: a person is needed now"
  exit 1
}}

start() {{
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
}}

# look WEIGHT: the verdict of the judge's rules; worse goes back at once.
look() {{
  sleep "$look_s"
  code=0
  holds "{names.ROLLOUT_RULE_WORSE}{{service=\\"$service\\"}} == 1" || code=$?
  case $code in
    0) back "the evidence at $1 % says that it is worse" ;;
    2) say "no answer from Prometheus: looking again" ;;
  esac
}}

# judge WEIGHT MINUTES: looks every minute for the hold; no data holds. Before everybody meets the
# new version, it goes on looking until every margin is proved, or patience ends.
judge() {{
  left=$(($2 * 60))
  while [ "$left" -gt 0 ]; do
    look "$1"
    left=$((left - look_s))
  done
  if ! holds "{SEEN}{{service=\\"$service\\",step=\\"$1\\"}} >= {evidence.MINIMUM}"; then
    say "held at $1 %: no data is never a pass. Run update.sh again, or way-back.sh"
    exit 4
  fi
  if [ "$1" != "$proof" ]; then return 0; fi
  left=$patience_s
  until holds "{names.ROLLOUT_RULE_PROVED}{{service=\\"$service\\"}} == 1"; do
    if [ "$left" -le 0 ]; then
      say "held at $1 %: not proved in time. Run update.sh again, or way-back.sh"
      exit 4
    fi
    look "$1"
    left=$((left - look_s))
  done
}}

start
for step in $steps; do
  weight=${{step%:*}}
  [ ! -f "$state/step" ] || [ "$weight" -gt "$(cat "$state/step")" ] || continue
  if [ "$beside" = yes ] && [ -f "$state/previous.env" ]; then set_weight "$weight"; fi
  if [ -f "$state/previous.env" ]; then judge "$weight" "${{step#*:}}"; fi
  echo "$weight" > "$state/step"
done

# The canary serves everybody: now the stable place gets the same version, then the traffic.
bring stable "$candidate" $stable_containers
wait_ready 8080 || back "the promoted version does not start"
if [ "$beside" = yes ]; then set_weight 0; elif [ -z "$canary_containers" ]; then mark stable; fi
rm -f "$state/step" "$state/version"
say "released"
"""


def _proof(plan: Plan) -> int:
    """The last weight before everybody."""
    return max(w for w in (round(value(plan, s.weight)) for s in plan.release.steps) if w < 100)


_WAY_BACK = """#!/bin/sh
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
"""


def _backup(plan: Plan) -> str:
    return f"""#!/bin/sh
# Configuration, release state and audit records; caches, weights and images come by digest.
# A backup that fails becomes an alert: nobody reads the log of a timer.
# shellcheck disable=SC2154,SC1091  # set in lib.sh
set -eu
. "$(dirname "$0")/lib.sh"
BACKUP_DIR=${{BACKUP_DIR:-/var/backups/{plan.service}}}
audit=${{AEGIS_AUDIT:-/var/lib/$service/audit}}
alertmanager=${{AEGIS_ALERTMANAGER:-http://127.0.0.1:9093}}
alert=$(printf \\
  '[{{"labels":{{"alertname":"BackupFailed","severity":"ticket","service":"%s","environment":"%s"}}}}]' \\
  "$service" "$ENVIRONMENT")
told() {{
  code=$?
  [ "$code" -eq 0 ] || curl -fsS --max-time 10 -o /dev/null -H 'Content-Type: application/json' \\
    -d "$alert" "$alertmanager/api/v2/alerts" || say "no answer from Alertmanager"
  exit "$code"
}}
trap told EXIT
mkdir -p "$BACKUP_DIR"
chmod 700 "$BACKUP_DIR"
name="$BACKUP_DIR/$service-$(date -u +%Y%m%dT%H%M%SZ).tar.gz"
set -- "$etc" "$state"
[ ! -d "$audit" ] || set -- "$@" "$audit"
# 1 says that a file grew while it was read, as records do: what was there at the start is in it.
tar --create --gzip --file "$name.new" --warning=no-file-changed "$@" || [ $? -eq 1 ]
tar --list --gzip --file "$name.new" > /dev/null
mv "$name.new" "$name"
# Backups hold personal data too: the same retention applies.
find "$BACKUP_DIR" -name "$service-*.tar.gz" -mtime +{round(value(plan, "retention.days"))} -delete
say "backup: $name"
"""
