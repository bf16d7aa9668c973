#!/usr/bin/env bash
# summarise.sh HEADING COMMAND...
#
# Runs a command, puts its result into the job's summary as well, and ends as it does. What it says
# beside its result is in the log alone, unless it fails. Where it ends with 3, a refusal, $WAY_ON
# follows. Some of that text was written by contributors and by mirrors' servers: in the summary it
# is indented, so that nothing in it is Markdown or HTML, and in the log no line of it can be a
# command to the runner, which obeys none until it sees the token again.
set -euo pipefail

heading=$1
shift
# The runner takes 1 MiB a step.
most_lines=1000
most_columns=500

said=$(mktemp --directory)
trap 'rm -rf "$said"' EXIT

in_actions=${GITHUB_ACTIONS:-false}
if [ "$in_actions" = true ]; then
  token=$(cat /proc/sys/kernel/random/uuid)
  echo "::stop-commands::$token"
fi
code=0
exec 3> >(tee "$said/err" >&2)
err=$!
"$@" 2>&3 | tee "$said/out" || code=${PIPESTATUS[0]}
exec 3>&-
wait "$err"
if [ "$in_actions" = true ]; then
  # What was said last need not end its line.
  printf '\n::%s::\n' "$token"
fi

indented() {
  head --lines="$most_lines" "$1" | cut --characters="-$most_columns" | sed 's/^/    /'
  printf '\n'
}
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  {
    printf '\n### %s\n\n' "$heading"
    indented "$said/out"
    if [ "$code" -ne 0 ]; then
      indented "$said/err"
      printf '\nIt ended with exit code %d.\n' "$code"
    fi
    if [ "$code" -eq 3 ] && [ -n "${WAY_ON:-}" ]; then printf '\n%s\n' "$WAY_ON"; fi
  } >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
