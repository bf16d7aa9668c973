#!/usr/bin/env bash
# lay-out-pages.sh OUTPUT FOLDER [ADDRESS]
#
# Lays the current generation out as a static site in a new FOLDER: the pages at its top, what they
# are made of below site/, as they name it, and the data beside them. What is for nginx stays away.
# A host such as GitHub Pages switches whole sites at once, and needs no pointer.
#
# ADDRESS is where the site is served, such as https://owner.github.io/repository/: links are made to
# lead below it, and where a newer generation is live there nothing is laid out, as when the job of an
# older night is run again. "github" asks GitHub for the address: that wants gh, and GH_TOKEN or a
# login. Without an address the site is for the top of a host, and nothing is compared.
set -euo pipefail

output=${1:?usage: lay-out-pages.sh OUTPUT FOLDER [ADDRESS]}
folder=${2:?usage: lay-out-pages.sh OUTPUT FOLDER [ADDRESS]}
address=${3:-}
is_address='^https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~-]+)*/?$'

# shellcheck source-path=SCRIPTDIR source=generation.sh
. "$(dirname "$0")/generation.sh"

id=$(current_id "$output")
generation=$output/generations/$id
[ ! -e "$folder" ] || fail "$folder is there already"

if [ "$address" = github ]; then
  repository=${GITHUB_REPOSITORY:?the repository, as owner/name}
  address=$(gh api "repos/$repository/pages" --jq .html_url) ||
    fail 'Pages is not set up: in the settings, under "Pages", choose "GitHub Actions" as the source'
fi
base=''
if [ -n "$address" ]; then
  [[ $address =~ $is_address ]] || fail "not the address of a site: $address"
  address=${address%/}
  host=${address#*://}
  [ "$host" = "${host#*/}" ] || base=/${host#*/}

  live=$(mktemp)
  trap 'rm -f "$live"' EXIT
  status=$(curl --silent --show-error --location --max-time 60 --retry 3 --output "$live" \
    --write-out '%{http_code}' "$address/manifest.json") || fail "$address cannot be read"
  case $status in
    200)
      published=$(sed -n 's/^ *"id": *"\([^"]*\)",*$/\1/p' "$live" | head -n 1)
      is_id "$published" || fail "$address/manifest.json is no manifest of ours"
      # Ids begin with the time of the build, so that they sort by it.
      require_not_newer "$published" "$id"
      ;;
    404) ;;
    *) fail "$address/manifest.json cannot be read: status $status" ;;
  esac
fi

mkdir "$folder"
cp --recursive "$generation/site/." "$folder/"
chmod --recursive u+w "$folder"
mkdir "$folder/site"
find "$folder" -maxdepth 1 -type f ! -name '*.html' ! -name '*.json' -exec mv -t "$folder/site" {} +
find "$folder" -name '*.html' -exec sed -i -E "s#( (href|src)=\")/#\1$base/#g" {} +
# A link to /isos is to isos.html; where there is a folder too, some hosts look into that.
while IFS= read -r page; do
  [ ! -d "${page%.html}" ] || cp "$page" "${page%.html}/index.html"
done < <(find "$folder" -name '*.html')
for part in manifest.json routes.mmdb networks.mmdb index lists near; do
  [ ! -e "$generation/$part" ] || cp --recursive "$generation/$part" "$folder/"
done
printf 'laid out %s in %s\n' "$id" "$folder"
