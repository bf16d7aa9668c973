#!/usr/bin/env bash
# publish-rsync.sh OUTPUT TARGET
#
# Publishes the current generation of an output folder on a server: TARGET is as rsync takes it
# (user@host:/srv/mirrorpress, rsync://host/module, a folder here) and must exist.
#
#     generations/<id>/   every file, those that did not change as hard links, then all compared
#     current             the symlink, which rsync replaces by one rename; last
#
# Then generations that are gone here are removed there, but for the one that the pointer left: it
# may still be served. Over ssh, RSYNC_SSH_KEY holds the private key and RSYNC_KNOWN_HOSTS the host's
# public one as a line of known_hosts; without them ssh is as it is set up. Files are synced to the
# server's disk before the pointer moves, where its rsync is 3.2.4 or newer.
set -euo pipefail

output=${1:?usage: publish-rsync.sh OUTPUT TARGET}
target=${2?usage: publish-rsync.sh OUTPUT TARGET}
target=${target%/}

# shellcheck source-path=SCRIPTDIR source=generation.sh
. "$(dirname "$0")/generation.sh"

id=$(current_id "$output")
[ -n "$target" ] || fail "no target is given"

keys=$(mktemp --directory)
trap 'rm -rf "$keys"' EXIT
if [ -n "${RSYNC_SSH_KEY:-}" ]; then
  # Pasted from elsewhere it may have line ends that ssh does not know.
  (umask 077 && printf '%s\n' "${RSYNC_SSH_KEY//$'\r'/}" >"$keys/key")
  unset RSYNC_SSH_KEY
  printf '%s\n' "${RSYNC_KNOWN_HOSTS:?the public key of the host}" >"$keys/known_hosts"
  export RSYNC_RSH="ssh -i $keys/key -o IdentitiesOnly=yes -o BatchMode=yes \
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$keys/known_hosts"
fi
# A server that hangs must not keep the job.
patience=(--timeout=120)

listing=$(rsync "${patience[@]}" --list-only --links -- "$target/") || fail "$target cannot be read"
previous=$(sed -n 's#^l.* current -> generations/\([^/]*\)$#\1#p' <<<"$listing")
[ -z "$previous" ] || is_id "$previous" || fail "$target/current is not a pointer of ours"
# Ids begin with the time of the build, so that they sort by it.
require_not_newer "$previous" "$id"

# What is only in the server's memory is empty after a power cut, and the pointer may not be.
synced=(--fsync)
mkdir "$keys/empty"
if ! rsync "${patience[@]}" "${synced[@]}" --dirs -- "$keys/empty/" "$target/" 2>/dev/null; then
  rsync "${patience[@]}" --dirs -- "$keys/empty/" "$target/"
  synced=()
  echo "note: one of the two versions of rsync is older than 3.2.4 and cannot sync to the disk" >&2
fi
if ! grep --quiet '^d.* generations$' <<<"$listing"; then
  mkdir "$keys/empty/generations"
  chmod 755 "$keys/empty/generations"
  rsync "${patience[@]}" --dirs --perms -- "$keys/empty/generations" "$target/"
fi
linked=()
[ -z "$previous" ] || [ "$previous" = "$id" ] || linked=("--link-dest=../$previous")
# By content: two lists of one length, written in one second, are the same file to rsync.
copy=(rsync "${patience[@]}" "${synced[@]}" --recursive --perms --times --checksum --delete "${linked[@]}")
from_to=(-- "$output/generations/$id/" "$target/generations/$id/")
"${copy[@]}" "${from_to[@]}"
# Read back whole: a line is printed of each file that differs. A folder's time is no matter.
differing=$("${copy[@]}" --omit-dir-times --dry-run --itemize-changes "${from_to[@]}")
[ -z "$differing" ] || fail "the server does not hold what was sent: $(head -n 1 <<<"$differing")"

rsync "${patience[@]}" --links -- "$output/current" "$target/"
listing=$(rsync "${patience[@]}" --list-only --links -- "$target/")
grep --quiet "^l.* current -> generations/$id\$" <<<"$listing" || fail "the pointer did not move"
printf 'published %s in %s\n' "$id" "$target"

# Nothing is sent: with --existing and --ignore-existing only the removal of others is left.
protected=()
[ -z "$previous" ] || protected=("--filter=protect /$previous")
rsync "${patience[@]}" --dirs --existing --ignore-existing --delete --itemize-changes \
  "${protected[@]}" -- "$output/generations/" "$target/generations/" |
  sed -n 's#^\*deleting  *\([^/]*\)/$#removed \1#p'
