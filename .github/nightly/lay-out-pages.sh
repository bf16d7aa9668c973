#!/usr/bin/env bash
# lay-out-pages.sh OUTPUT FOLDER
#
# Lays the current generation out as a static site: the pages at its top, the data beside them. What
# is for nginx stays away. A host such as GitHub Pages switches whole sites at once, and needs no
# pointer.
set -euo pipefail

generation=$1/current
folder=$2
mkdir "$folder"
cp --recursive --dereference "$generation/site/." "$folder/"
for part in manifest.json routes.mmdb networks.mmdb index lists near; do
  [ ! -e "$generation/$part" ] || cp --recursive --dereference "$generation/$part" "$folder/"
done
