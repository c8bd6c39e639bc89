#!/bin/sh
# Install Debian packages as root; for anybody else print the line that does it, and fail.
# usage: tools/system-packages.sh <package>...
set -eu

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing on this machine: $*. Please run:" >&2
    echo "    sudo apt-get update && sudo apt-get install --yes --no-install-recommends $*" >&2
    exit 1
fi
echo "Installing $* (apt-get) ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends "$@" >/dev/null
