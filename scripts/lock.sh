#!/usr/bin/env bash
# Writes the locks anew: requirements.lock (what a dub needs) and requirements-dev.lock (and what tests and linters need).
#   scripts/lock.sh            keeps the versions that are locked, as far as pyproject.toml allows
#   scripts/lock.sh --upgrade  takes the newest versions that pyproject.toml allows
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v uv >/dev/null || { echo "lock.sh: uv is missing; run: pip install uv" >&2; exit 4; }

# The index and its mirrors are a matter of each machine: no address goes into a lock.
options=(--universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --no-emit-index-url --no-emit-find-links
    --custom-compile-command scripts/lock.sh --quiet)
uv pip compile pyproject.toml --group build "${options[@]}" --output-file requirements.lock "$@"
uv pip compile pyproject.toml --group build --group dev "${options[@]}" --constraint requirements.lock \
    --output-file requirements-dev.lock "$@"
