#!/bin/sh
# Configuration, release state and audit records; caches, weights and images come by digest.
# shellcheck disable=SC2154,SC1091  # set in lib.sh
set -eu
. "$(dirname "$0")/lib.sh"
BACKUP_DIR=${BACKUP_DIR:-/var/backups/tender-summary}
audit=${AEGIS_AUDIT:-/var/lib/$service/audit}
mkdir -p "$BACKUP_DIR"
chmod 700 "$BACKUP_DIR"
name="$BACKUP_DIR/$service-$(date -u +%Y%m%dT%H%M%SZ).tar.gz"
set -- "$etc" "$state"
[ ! -d "$audit" ] || set -- "$@" "$audit"
tar --create --gzip --file "$name.new" "$@" 2>/dev/null
tar --list --gzip --file "$name.new" > /dev/null
mv "$name.new" "$name"
# Backups hold personal data too: the same retention applies.
find "$BACKUP_DIR" -name "$service-*.tar.gz" -mtime +30 -delete
say "backup: $name"
