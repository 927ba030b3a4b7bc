#!/bin/sh
# Configuration, release state and audit records; caches, weights and images come by digest.
# A backup that fails becomes an alert: nobody reads the log of a timer.
# shellcheck disable=SC2154,SC1091  # set in lib.sh
set -eu
. "$(dirname "$0")/lib.sh"
BACKUP_DIR=${BACKUP_DIR:-/var/backups/weld-inspect}
audit=${AEGIS_AUDIT:-/var/lib/$service/audit}
alertmanager=${AEGIS_ALERTMANAGER:-http://127.0.0.1:9093}
alert=$(printf \
  '[{"labels":{"alertname":"BackupFailed","severity":"ticket","service":"%s","environment":"%s"}}]' \
  "$service" "$ENVIRONMENT")
told() {
  code=$?
  [ "$code" -eq 0 ] || curl -fsS --max-time 10 -o /dev/null -H 'Content-Type: application/json' \
    -d "$alert" "$alertmanager/api/v2/alerts" || say "no answer from Alertmanager"
  exit "$code"
}
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
find "$BACKUP_DIR" -name "$service-*.tar.gz" -mtime +30 -delete
say "backup: $name"
