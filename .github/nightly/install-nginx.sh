#!/usr/bin/env bash
# install-nginx.sh
#
# Brings the nginx that a build asks for lists before it is published anywhere. Debian and Ubuntu.
set -euo pipefail

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
as_root apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq -y --no-install-recommends nginx libnginx-mod-http-geoip2
