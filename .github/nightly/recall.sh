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

# As many nights as artifacts are kept for: held for weeks, the last good one is far back. The time
# is that of the last attempt, for a night may be run again after later ones.
#
# A pull request can bring its own nightly.yml, and its runs artifacts of any name. But its runs are
# of the event pull_request: these two events are of the repository's own branches alone.
runs_by() {
  gh api --method GET "repos/$repository/actions/workflows/nightly.yml/runs" \
    --raw-field "event=$1" --raw-field "branch=$branch" --raw-field per_page=100 \
    --jq '.workflow_runs[]
      | select(.head_repository.full_name == .repository.full_name)
      | "\(.run_started_at) \(.id) \(.conclusion)"'
}

artifacts_of() {
  gh api --method GET "repos/$repository/actions/runs/$1/artifacts" \
    --jq '.artifacts[] | select(.expired | not) | .name'
}

runs=$(runs_by schedule && runs_by workflow_dispatch)
state_run=''
output_run=''
while read -r started id conclusion; do
  [ -n "$id" ] || continue
  names=$(artifacts_of "$id")
  if [ -z "$state_run" ] && grep --quiet --line-regexp state <<<"$names"; then
    state_run=$id
    state_of=$started
  fi
  if [ "$conclusion" = success ] && grep --quiet --line-regexp output <<<"$names"; then
    output_run=$id
    output_of=$started
    break
  fi
done < <(sort --key 1,1r --key 2,2nr <<<"$runs")

if [ -n "$state_run" ]; then
  gh run download "$state_run" --repo "$repository" --name state --dir state
  echo "state/ is of run $state_run, $state_of"
else
  echo "no earlier night has left a state/: every mirror is asked for the first time, and one that"
  echo "fails is listed until it has failed in a later night too"
fi
if [ -n "$output_run" ]; then
  gh run download "$output_run" --repo "$repository" --name output --dir .
  tar --extract --zstd --file output.tar.zst
  rm output.tar.zst
  echo "output/ is of run $output_run, $output_of"
elif [ "$first" = first ]; then
  echo "no earlier night has left an output/: this is the first, and nothing is compared"
else
  cat >&2 <<'EOT'
error: no earlier night that ended well has left an output/, and without it no gate can compare
  help: artifacts are kept for 90 days. If this is the first night, or the last good one is longer
        ago than that, see that "mirrorpress build --dry-run" makes what it should, and run the
        workflow by hand with "first" ticked; else find out what became of the artifacts
EOT
  exit 1
fi
