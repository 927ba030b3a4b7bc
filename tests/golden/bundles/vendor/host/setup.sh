#!/bin/sh
# Sets this machine up: ./setup.sh production. What is right already is left alone, and what you
# filled in (host.env, tools.env, candidate.env) is never overwritten, so it may be run at any time.
# ./setup.sh production --show changes nothing and lists what would change. Plan PLAN.
# Exit: 0 done, or nothing to do; 2 refused; 3 something differs (--show) or a secret is missing.
# shellcheck disable=SC2154,SC1090,SC1091  # set in lib.sh
set -eu
bundle=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in
  development | staging | production) wanted=$1 ;;
  *) echo "usage: setup.sh development|staging|production [--show]" >&2; exit 2 ;;
esac
show=no
[ "${2:-}" != --show ] || show=yes
. "$bundle/lib.sh"
opt=${AEGIS_OPT:-/opt/$service}
data=${AEGIS_DATA:-/var/lib/$service}
units=${AEGIS_UNITS:-/etc/systemd/system}
sysctl=${AEGIS_SYSCTL:-/etc/sysctl.d}
credentials=${AEGIS_CREDENTIALS:-/etc/credstore.encrypted}
subids=${AEGIS_SUBIDS:-/etc}
differs=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -f "$etc/host.env" ] || . "$bundle/$wanted/host.env"
if [ "$ENVIRONMENT" != "$wanted" ]; then
  say "this machine is $ENVIRONMENT, says $etc/host.env"
  exit 2
fi
if [ -f "$state/version" ]; then
  say "a release is under way: finish it with update.sh or way-back.sh first"
  exit 2
fi

# Rootless containers write as the user; those of compose as the one inside.
owner=aegis
[ "$RUNNER" = systemd ] || owner=10001

# change WHAT: says it; true when it is to be done.
change() {
  differs=$((differs + 1))
  say "$1"
  [ "$show" = no ]
}

# folder PATH MODE: there, and the service's own.
folder() {
  if [ ! -d "$1" ] && change "folder $1"; then install -d -m "$2" -o "$owner" -g "$owner" "$1"; fi
}

# file SOURCE TARGET MODE: the bundle's text stands at its place.
file() {
  if ! cmp -s "$1" "$2" && change "file $2"; then
    # In place where it is there: a container has the file mounted, and would read on in the old one.
    if [ -f "$2" ]; then cat "$1" > "$2"; else install -D -m "$3" "$1" "$2"; fi
  elif [ "$show" = yes ] && [ -f "$2" ]; then
    diff -u "$2" "$1" || true
  fi
}

# yours SOURCE TARGET: written once, then it belongs to you.
yours() { [ -f "$2" ] || file "$1" "$2" 0644; }

if ! id aegis > /dev/null 2>&1 && change "user aegis"; then
  useradd --system --create-home aegis
  loginctl enable-linger aegis
fi
# A user of the system gets none by itself, and without them no container starts without root.
if [ "$RUNNER" = systemd ] && ! grep -qs '^aegis:' "$subids/subuid" && change "subordinate ids of aegis"; then
  first=$(awk -F: '{ if ($2 + $3 > end) end = $2 + $3 } END { print end < 231072 ? 231072 : end }' \
    "$subids/subuid" 2>/dev/null || echo 231072)
  usermod --add-subuids "$first-$((first + 65535))" --add-subgids "$first-$((first + 65535))" aegis
fi
folder "$etc" 0755
folder "$etc/rules" 0755
folder "$state" 0755
for each in alertmanager audit/canary audit/stable prometheus; do folder "$data/$each" 0700; done

for each in candidate host tools; do yours "$bundle/$wanted/$each.env" "$etc/$each.env"; done
file "$bundle/$wanted/prometheus.yml" "$etc/prometheus.yml" 0644
file "$bundle/compose.yaml" "$etc/compose.yaml" 0644
file "$bundle/haproxy.cfg" "$etc/haproxy.cfg" 0644
for each in "$bundle"/rules/*.yaml "$bundle"/../observability/prometheus/rules/*.yaml; do
  # The rules are written for production: elsewhere they would watch for what never comes.
  sed "s/environment=\"production\"/environment=\"$wanted\"/g" "$each" > "$work/${each##*/}"
  file "$work/${each##*/}" "$etc/rules/${each##*/}" 0644
done
file "$bundle/../observability/alertmanager.yaml" "$etc/alertmanager.yaml" 0644
for each in stable canary; do file "$bundle/../gateway/policy.yaml" "$etc/gateway-$each.yaml" 0644; done
for each in lib.sh update.sh way-back.sh backup.sh; do file "$bundle/$each" "$opt/$each" 0755; done

# Rootless containers may then listen on the port of TLS; kept over a restart of the machine.
printf 'net.ipv4.ip_unprivileged_port_start=443\n' > "$work/port"
before=$differs
file "$work/port" "$sysctl/60-$service.conf" 0644
if [ "$differs" -gt "$before" ] && [ "$show" = no ]; then sysctl --system > /dev/null; fi

if [ "$RUNNER" = systemd ]; then
  before=$differs
  for each in "$bundle"/systemd/*; do file "$each" "$units/${each##*/}" 0644; done
  if [ "$differs" -gt "$before" ] && [ "$show" = no ]; then systemctl daemon-reload; fi
fi

missing=0
for each in audit-key caller-keys page-url ticket-url tls.pem upstream-key; do
  case $RUNNER in
    systemd) kept="$credentials/$service-$each" ;;
    *) kept="$SECRETS_DIR/$each" ;;
  esac
  [ -f "$kept" ] || { say "secret missing: $kept"; missing=$((missing + 1)); }
done

if [ "$show" = yes ]; then
  say "$differs changes, $missing secrets missing"
  [ "$((differs + missing))" -eq 0 ] || exit 3
elif [ "$missing" -gt 0 ]; then
  say "set up; $missing secrets are missing: the README says how each is stored"
  exit 3
else
  say "set up: $differs changes"
fi
