#!/bin/sh
# See to it that the programs the tests drive are there: PostgreSQL, Chromium, strace, and an OpenID provider on
# node.
set -eu
missing=
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || missing="$missing chromium-headless-shell"
command -v strace >/dev/null || missing="$missing strace"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
# shellcheck disable=SC2086  # a list of words is meant
[ -z "$missing" ] || "$(dirname "$0")/system-packages.sh" $missing

# As the lock says, hashes and all; again only when the lock has changed.
cd "$(dirname "$0")/../tests/iam/certified"
if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
    touch node_modules/.package-lock.json
fi
