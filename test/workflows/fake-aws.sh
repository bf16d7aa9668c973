#!/usr/bin/env bash
# Stands in for the AWS command line: buckets are folders in $FAKE_S3, what is asked of it goes to
# $FAKE_S3/.log, and the call numbered $FAKE_FAIL_AT fails as if the network had gone.
set -euo pipefail
echo "$*" >>"$FAKE_S3/.log"
[ "$(wc -l <"$FAKE_S3/.log")" != "${FAKE_FAIL_AT:-}" ] || exit 255

folder_of() { printf '%s/%s' "$FAKE_S3" "${1#s3://}"; }
[ "$1" = s3 ]
verb=$2
shift 2
places=()
flags=' '
while [ $# -gt 0 ]; do
  case $1 in
    --cache-control | --content-type) shift ;;
    --*) flags+="$1 " ;;
    *) places+=("$1") ;;
  esac
  shift
done
there=$(folder_of "${places[-1]}")
case $verb in
  ls)
    if [ -d "$there" ]; then
      for each in "$there"/*; do
        [ ! -d "$each" ] || echo "                           PRE ${each##*/}/"
      done
    else
      [ -e "$there" ] || exit 1
      echo "2026-11-22 03:23:00  1 ${there##*/}"
    fi
    ;;
  cp)
    if [ "$there" = "$FAKE_S3/-" ]; then cat "$(folder_of "${places[0]}")"; else
      mkdir -p "${there%/*}"
      cat >"$there.part"
      mv "$there.part" "$there"
    fi
    ;;
  sync)
    from=${places[0]%/}
    while read -r file; do
      size=$(stat -c %s "$from/$file")
      [ "$(stat -c %s "$there/$file" 2>/dev/null)" != "$size" ] || continue
      if [[ $flags == *' --dryrun '* ]]; then echo "(dryrun) upload: $file"; else
        mkdir -p "$(dirname "$there/$file")"
        cp "$from/$file" "$there/$file"
      fi
    done < <(cd "$from" && find . -type f | sort)
    ;;
  rm) [[ $flags == *' --recursive '* ]] && rm -r "$there" ;;
  *) exit 252 ;;
esac
