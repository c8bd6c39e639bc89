#!/bin/sh
# Make the virtual environment and put locked packages into it.
# usage: tools/install.sh <python> <venv> <requirements file>
set -eu
python=$1 venv=$2 requirements=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed. If you have one: make PYTHON=/path/to/python3.11" >&2
    exit 1
}

# Debian ships venv in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$(dirname "$0")/system-packages.sh" python3-venv
fi

# An environment whose Python is gone (moved, upgraded) is made anew.
"$venv/bin/python" -c 'import pip' 2>/dev/null || "$python" -m venv --clear "$venv"

"$venv/bin/python" -c 'import uv' 2>/dev/null ||
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$(dirname "$0")/uv.txt" ||
    echo "uv could not be installed; pip takes over and needs a little longer." >&2

"$venv/bin/python" -m uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes -r "$requirements" ||
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
