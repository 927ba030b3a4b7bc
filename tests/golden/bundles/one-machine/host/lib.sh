# shellcheck shell=sh disable=SC2034,SC1091
# Functions of update.sh and way-back.sh. Plan PLAN.
service=weld-inspect
etc=${AEGIS_ETC:-/etc/$service}
state=${AEGIS_STATE:-/var/lib/$service/release}
prometheus=${AEGIS_PROMETHEUS:-http://127.0.0.1:9090}
stable_containers="weld-inspect-stable weld-inspect-gateway"
canary_containers=""
images="ENGINE MODEL GATEWAY"
startup_s=${AEGIS_STARTUP_S:-1800}
RUNNER=systemd
ENVIRONMENT=production
[ ! -f "$etc/host.env" ] || . "$etc/host.env"

say() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }

# A version is names and digests; anything else is refused before anything is touched.
check_version() {
  for image in $images; do
    name=$(sed -n "s/^${image}_IMAGE=//p" "$1")
    digest=$(sed -n "s/^${image}_DIGEST=//p" "$1")
    [ -n "$name" ] || { say "$1: ${image}_IMAGE is empty"; return 1; }
    printf '%s\n' "$digest" | grep -Eq '^sha256:[0-9a-f]{64}$' || {
      say "$1: ${image}_DIGEST is not a digest"
      return 1
    }
  done
}

# bring TRACK FILE CONTAINER...: a track runs the version in a file; nothing when it does already.
bring() {
  track=$1
  file=$2
  shift 2
  if [ -f "$state/$track.running" ] && cmp -s "$file" "$state/$track.running"; then return 0; fi
  cp "$file" "$etc/$track.env.new" && mv "$etc/$track.env.new" "$etc/$track.env"
  restart "$@"
  cp "$file" "$state/$track.running.new" && mv "$state/$track.running.new" "$state/$track.running"
}

restart() {
  for name in "$@"; do
    case $RUNNER in
      systemd) systemctl restart "$name" ;;
      compose) compose up -d --no-deps --force-recreate "${name#"$service"-}" ;;
    esac
  done
}

compose() {
  for track in stable canary; do
    [ ! -f "$etc/$track.env" ] || while IFS='=' read -r key val; do
      case $key in '' | '#'*) ;; *) export "$(echo "$track" | tr '[:lower:]' '[:upper:]')_$key=$val" ;; esac
    done < "$etc/$track.env"
  done
  docker compose --env-file "$etc/tools.env" --file "$etc/compose.yaml" "$@"
}

reload_proxy() {
  case $RUNNER in
    systemd) systemctl reload "$service-proxy" ;;
    compose) compose kill --signal USR2 proxy ;;
  esac
}

# mark TRACK: what the series of the one place count as; a version on trial counts as the canary.
mark() {
  sed -E "s/^( *track: ).*/\1$1/" "$etc/prometheus.yml" > "$etc/prometheus.yml.new"
  if ! cmp -s "$etc/prometheus.yml" "$etc/prometheus.yml.new"; then
    cat "$etc/prometheus.yml.new" > "$etc/prometheus.yml"
    case $RUNNER in
      systemd) systemctl reload "$service-prometheus" ;;
      compose) compose kill --signal HUP prometheus ;;
    esac
  fi
  rm "$etc/prometheus.yml.new"
}

# set_weight PERCENT: the canary's share; the rest stays with the stable version.
set_weight() {
  stable=$((100 - $1))
  sed -E -e "s/^( *server stable .* weight )[0-9]+/\1$stable/" \
    -e "s/^( *server canary .* weight )[0-9]+/\1$1/" "$etc/haproxy.cfg" > "$etc/haproxy.cfg.new"
  if cmp -s "$etc/haproxy.cfg" "$etc/haproxy.cfg.new"; then
    rm "$etc/haproxy.cfg.new"
  else
    # Written in place: the proxy has this file mounted, and would go on reading a replaced one.
    cat "$etc/haproxy.cfg.new" > "$etc/haproxy.cfg"
    rm "$etc/haproxy.cfg.new"
    reload_proxy
  fi
  say "canary has $1 % of the traffic"
}

# wait_ready PORT: until the gateway of a version says that its model answers.
wait_ready() {
  waited=0
  until curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$1/ready"; do
    [ "$waited" -lt "$startup_s" ] || { say "not ready after $startup_s s"; return 1; }
    sleep 5
    waited=$((waited + 5))
  done
}

# holds QUERY: 0 when it has a result, 1 when it has none, 2 when nobody answers.
holds() {
  answer=$(curl -fsS --max-time 10 --get "$prometheus/api/v1/query" --data-urlencode "query=$1") || return 2
  case $answer in
    *'"status":"success"'*'"result":[]'*) return 1 ;;
    *'"status":"success"'*) return 0 ;;
    *) return 2 ;;
  esac
}
