#!/usr/bin/env bash
# publish-bucket.sh OUTPUT s3://BUCKET[/PREFIX]
#
# Publishes the current generation of an output folder in a bucket, which knows no rename:
#
#     generations/<id>/...   every file, then compared, and never changed again
#     current.json           {"generation":"<id>"}: the pointer, one object, last
#
# Then generations that are gone here are removed there, but for the one that the pointer left: it
# may still be read. Wants the AWS command line, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a
# bucket that is not Amazon's also AWS_ENDPOINT_URL.
set -euo pipefail

output=${1:?usage: publish-bucket.sh OUTPUT TARGET}
target=${2?usage: publish-bucket.sh OUTPUT TARGET}
target=${target%/}

# shellcheck source-path=SCRIPTDIR source=generation.sh
. "$(dirname "$0")/generation.sh"

# Set to nothing it is no address either.
[ -n "${AWS_ENDPOINT_URL:-}" ] || unset AWS_ENDPOINT_URL

id=$(current_id "$output")
[[ $target == s3://?* ]] || fail "not the address of a bucket: $target"

# Exit code 1 is that there is nothing; any other one is trouble. What only begins with the name is
# listed as well.
code=0
listing=$(aws s3 ls "$target/current.json") || code=$?
[ "$code" -le 1 ] || fail "the bucket cannot be read"
previous=''
if grep --quiet ' current\.json$' <<<"$listing"; then
  previous=$(aws s3 cp "$target/current.json" - | sed -n 's/^{"generation":"\([^"]*\)"}$/\1/p')
  is_id "$previous" || fail "$target/current.json is not a pointer of ours"
fi
# Ids begin with the time of the build, so that they sort by it.
require_not_newer "$previous" "$id"

# A name says what is in the file, so that what an interrupted run left need not be sent again.
sync=(aws s3 sync "$output/generations/$id/" "$target/generations/$id/"
  --size-only --delete --cache-control 'public, max-age=31536000, immutable')
"${sync[@]}" --only-show-errors
missing=$("${sync[@]}" --dryrun)
[ -z "$missing" ] || fail "the bucket does not hold what was sent"

pointer="{\"generation\":\"$id\"}"
printf '%s\n' "$pointer" |
  aws s3 cp - "$target/current.json" --content-type application/json --cache-control no-cache
[ "$(aws s3 cp "$target/current.json" -)" = "$pointer" ] || fail "the pointer did not move"
printf 'published %s in %s\n' "$id" "$target"

listing=$(aws s3 ls "$target/generations/")
while read -r kind folder; do
  old=${folder%/}
  if [ "$kind" != PRE ] || ! is_id "$old"; then continue; fi
  if [ "$old" = "$previous" ] || [ -d "$output/generations/$old" ]; then continue; fi
  aws s3 rm "$target/generations/$old/" --recursive --only-show-errors
  printf 'removed %s\n' "$old"
done <<<"$listing"
