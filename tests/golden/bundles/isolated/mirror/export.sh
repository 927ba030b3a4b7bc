#!/bin/sh
# On the connected side: copies what images.txt and manifests/ name into images/, and locks it.
# Exit: 0 done, 2 a line is not filled in or not by digest, 1 something could not be copied. Plan PLAN.
set -eu
cd "$(dirname "$0")"
copy() { skopeo copy --quiet --all --preserve-digests ${SKOPEO_COPY_FLAGS:-} "$1" "$2"; }
digest_of() { skopeo inspect ${SKOPEO_INSPECT_FLAGS:-} --format '{{.Digest}}' "docker://$1"; }

bad=0
while IFS= read -r line; do
  case $line in '' | '#'*) continue ;; esac
  printf '%s\n' "${line#*=}" | grep -Eq '^[^@ ]+@sha256:[0-9a-f]{64}$' && continue
  echo "images.txt: ${line%%=*} wants a reference with its digest" >&2
  bad=1
done < images.txt
[ "$bad" -eq 0 ] || exit 2

: > wanted.new
sed -n 's/^\([A-Z_]*\)=\(.*\)$/\1 \2/p' images.txt >> wanted.new
if [ -d manifests ]; then
  sed -n 's/^[[:space:]-]*image:[[:space:]]*["'\'']\{0,1\}\([^"'\'' #]*\).*$/\1/p' manifests/*.yaml | sort -u |
    while IFS= read -r reference; do
      case $reference in
        *@sha256:*) ;;
        *) reference="${reference%:*}@$(digest_of "$reference")" ;;
      esac
      echo "- $reference"
    done >> wanted.new
fi

mkdir -p images
: > mirror.lock.new
while read -r name reference; do
  digest=${reference#*@}
  repository=${reference%@*}
  case ${repository##*/} in *:*) repository=${repository%:*} ;; esac
  # The name inside leaves out the host, which has a dot, a port, or is `localhost`.
  case ${repository%%/*} in *.* | *:* | localhost) inside=${repository#*/} ;; *) inside=$repository ;; esac
  folder="images/$(echo "$inside" | tr '/' '_')-${digest#sha256:}"
  if [ ! -f "$folder/done" ]; then
    rm -rf "$folder"
    copy "docker://$repository@$digest" "dir:$folder"
    for kind in sig att; do  # signatures and attestations lie beside, under a name made of the digest
      tag="sha256-${digest#sha256:}.$kind"
      copy "docker://$repository:$tag" "dir:$folder.$kind" 2> /dev/null || rm -rf "$folder.$kind"
    done
    : > "$folder/done"
  fi
  printf '%s\t%s\t%s\t%s\n' "$name" "$inside" "$digest" "$folder" >> mirror.lock.new
done < wanted.new
mv mirror.lock.new mirror.lock
rm -f wanted.new
find images mirror.lock -type f | LC_ALL=C sort | while IFS= read -r file; do sha256sum "$file"; done > SHA256SUMS
echo "$(wc -l < mirror.lock) images in $(pwd)/images"
