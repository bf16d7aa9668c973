#!/usr/bin/env bash
# summarise.sh HEADING COMMAND...
# summarise.sh --markdown COMMAND...
#
# Runs a command, puts its result into the job's summary as well, and ends as it does. What it says
# beside its result is in the log alone, unless it fails. Where it ends with 3, a refusal, $WAY_ON
# follows. Some of that text was written by contributors and by mirrors' servers: in the summary it
# is indented, so that nothing in it is Markdown or HTML, and in the log no line of it can be a
# command to the runner, which obeys none until it sees the token again. With --markdown the result
# is a part of the summary as it is: the command answers for it.
set -euo pipefail

heading=${1:?usage: summarise.sh HEADING COMMAND...}
shift
# The runner takes 1 MiB a step, and nothing of a step that has more: so much of a result, and as much
# of what was said beside it. Of a character of several bytes that is cut in two the rest goes too.
most_bytes=450000
most_lines=1000
most_columns=400

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
  local lines
  lines=$(wc --lines <"$1")
  head --lines="$most_lines" "$1" | cut --bytes="-$most_columns" |
    { iconv --from-code utf-8 --to-code utf-8 -c || true; } | sed 's/^/    /'
  printf '\n'
  [ "$lines" -le "$most_lines" ] || printf '\nThe log has all %d lines.\n' "$lines"
}
as_it_is() {
  if [ "$(wc --bytes <"$1")" -le "$most_bytes" ]; then cat "$1"; else
    printf '\nThis is too long for a summary: the log has it.\n'
  fi
}
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  {
    if [ "$heading" = --markdown ]; then as_it_is "$said/out"; else
      printf '\n### %s\n\n' "$heading"
      indented "$said/out"
    fi
    if [ "$code" -ne 0 ]; then
      [ "$heading" != --markdown ] || printf '\n'
      indented "$said/err"
      printf '\nIt ended with exit code %d.\n' "$code"
    fi
    if [ "$code" -eq 3 ] && [ -n "${WAY_ON:-}" ]; then printf '\n%s\n' "$WAY_ON"; fi
  } >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
