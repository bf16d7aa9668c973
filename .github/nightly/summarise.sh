#!/usr/bin/env bash
# summarise.sh HEADING COMMAND...
#
# Runs a command, puts what it says into the job's summary as well, and ends as it does. Some of
# that text was written by contributors and by mirrors' servers: in the summary it is indented, so
# that nothing in it is Markdown or HTML, and in the log no line of it can be a command to the
# runner, which obeys none until it sees the token again.
set -euo pipefail

heading=$1
shift
# The runner takes 1 MiB a step.
most_lines=1000
most_columns=500

said=$(mktemp)
trap 'rm -f "$said"' EXIT

in_actions=${GITHUB_ACTIONS:-false}
if [ "$in_actions" = true ]; then
  token=$(cat /proc/sys/kernel/random/uuid)
  echo "::stop-commands::$token"
fi
code=0
"$@" 2>&1 | tee "$said" || code=${PIPESTATUS[0]}
if [ "$in_actions" = true ]; then
  # What was said last need not end its line.
  printf '\n::%s::\n' "$token"
fi

if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  {
    printf '\n### %s\n\n' "$heading"
    head --lines="$most_lines" "$said" | cut --characters="-$most_columns" | sed 's/^/    /'
    printf '\n'
    [ "$code" -eq 0 ] || printf '\nIt ended with exit code %d.\n' "$code"
  } >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
