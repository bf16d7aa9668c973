# shellcheck shell=bash
# Sourced by what publishes: which generation is meant, and what may not take its place.

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

is_id() {
  [[ $1 =~ ^[0-9]{8}t[0-9]{6}z-[0-9a-f]{8}$ ]]
}

# The id of what is current in an output folder.
current_id() {
  local link
  link=$(readlink "$1/current") || fail "there is no generation in $1"
  is_id "${link#generations/}" || fail "$1/current does not lead to a generation"
  printf '%s\n' "${link#generations/}"
}

# Ids begin with their time. "" is nothing, and older than all.
require_not_newer() {
  [[ ! $1 > $2 ]] || fail "$1 is published there, which is newer than $2"
}
