#!/bin/sh
# See to it that the programs the tests drive are there: PostgreSQL and Chromium.
set -eu
missing=
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium >/dev/null || missing="$missing chromium"
# shellcheck disable=SC2086  # a list of words is meant
[ -z "$missing" ] || "$(dirname "$0")/system-packages.sh" $missing
