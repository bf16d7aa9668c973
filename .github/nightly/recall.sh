#!/usr/bin/env bash
# recall.sh [first]
#
# Brings back what earlier nights left as artifacts: state/ of the last one that asked the mirrors,
# output/ of the last one that ended well, deploying included, so that gates compare with what is
# live. Where there is no output it fails, unless told that this is the first night: with nothing to
# compare with, the gates would let anything pass. Wants gh, and GH_TOKEN or a login.
set -euo pipefail

first=${1:-}
repository=${GITHUB_REPOSITORY:?the repository, as owner/name}
branch=${GITHUB_REF_NAME:-main}

# A pull request can bring its own nightly.yml, and its runs artifacts of any name. But its runs are
# of the event pull_request: these two events are of the repository's own branches alone.
runs_by() {
  gh api --method GET "repos/$repository/actions/workflows/nightly.yml/runs" \
    --raw-field "event=$1" --raw-field "branch=$branch" --raw-field per_page=50 \
    --jq '.workflow_runs[]
      | select(.head_repository.full_name == .repository.full_name)
      | "\(.id) \(.conclusion)"'
}

artifacts_of() {
  gh api --method GET "repos/$repository/actions/runs/$1/artifacts" \
    --jq '.artifacts[] | select(.expired | not) | .name'
}

runs=$(runs_by schedule && runs_by workflow_dispatch)
state_run=''
output_run=''
while read -r id conclusion; do
  [ -n "$id" ] || continue
  names=$(artifacts_of "$id")
  if [ -z "$state_run" ] && grep --quiet --line-regexp state <<<"$names"; then state_run=$id; fi
  if [ "$conclusion" = success ] && grep --quiet --line-regexp output <<<"$names"; then
    output_run=$id
    break
  fi
done < <(sort --numeric-sort --reverse <<<"$runs")

if [ -n "$state_run" ]; then
  gh run download "$state_run" --repo "$repository" --name state --dir state
  echo "state/ is of run $state_run"
else
  echo "no earlier night has left a state/: every mirror is asked for the first time"
fi
if [ -n "$output_run" ]; then
  gh run download "$output_run" --repo "$repository" --name output --dir .
  tar --extract --zstd --file output.tar.zst
  rm output.tar.zst
  echo "output/ is of run $output_run"
elif [ "$first" = first ]; then
  echo "no earlier night has left an output/: this is the first, and nothing is compared"
else
  echo "error: no earlier night has left an output/, and without it no gate can compare" >&2
  echo "  help: if this is the first night, run the workflow by hand with \"first\" ticked;" >&2
  echo "        else find out what became of the artifacts of the last nights" >&2
  exit 1
fi
