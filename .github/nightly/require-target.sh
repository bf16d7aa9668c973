#!/usr/bin/env bash
# require-target.sh TARGET
#
# Fails where a night could not publish what it is about to make: TARGET, which the variable
# PUBLISH_TO holds, is none that there is, or says not where. A night that publishes nowhere by a
# slip of the pen is green, and nobody would know.
set -euo pipefail

fail() {
  printf 'error: %s\n  help: %s\n' "$1" "$2" >&2
  exit 1
}
settings='in the settings of the repository, under "Secrets and variables", "Actions", "Variables"'
want() {
  [[ $2 =~ $3 ]] || fail "$1 is not set to where to publish: \"$2\"" "write it like $4, $settings"
}

case ${1:-} in
  '' | none) printf 'nothing is published from here: PUBLISH_TO is "%s"\n' "${1:-}" ;;
  pages) ;;
  s3) want S3_TARGET "${S3_TARGET:-}" '^s3://[^/]' s3://bucket/prefix ;;
  rsync) want RSYNC_TARGET "${RSYNC_TARGET:-}" . user@host:/srv/mirrorpress ;;
  *) fail "PUBLISH_TO is \"$1\", which is nowhere" "write pages, s3, rsync or none, $settings" ;;
esac
