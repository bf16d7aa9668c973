#!/usr/bin/env bash
# Stands in for the AWS command line: buckets are folders in $FAKE_S3, what is asked of it goes to
# $FAKE_S3/.log, the call numbered $FAKE_FAIL_AT fails as if the network had gone, and so does the
# object numbered $FAKE_FAIL_OBJECT that is written or removed.
set -euo pipefail
echo "$*" >>"$FAKE_S3/.log"
[ "$(wc -l <"$FAKE_S3/.log")" != "${FAKE_FAIL_AT:-}" ] || exit 255

object() {
  echo "$1" >>"$FAKE_S3/.objects"
  [ "$(wc -l <"$FAKE_S3/.objects")" != "${FAKE_FAIL_OBJECT:-}" ] || exit 1
}
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
      found=1
      for each in "$there"*; do
        [ -e "$each" ] || continue
        echo "2026-11-22 03:23:00  1 ${each##*/}"
        found=0
      done
      exit "$found"
    fi
    ;;
  cp)
    if [ "$there" = "$FAKE_S3/-" ]; then cat "$(folder_of "${places[0]}")"; else
      object "$there"
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
        object "$there/$file"
        mkdir -p "$(dirname "$there/$file")"
        cp "$from/$file" "$there/$file"
      fi
    done < <(cd "$from" && find . -type f | sort)
    ;;
  rm)
    [[ $flags == *' --recursive '* ]]
    while read -r file; do
      object "$file"
      rm "$file"
    done < <(find "$there" -type f | sort)
    rm -r "$there"
    ;;
  *) exit 252 ;;
esac
