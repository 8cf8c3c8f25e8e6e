#!/usr/bin/env bash
# Installs packages of the system (Debian, Ubuntu):  scripts/apt.sh PACKAGE...
# Works as root, or with sudo; where nobody can answer, sudo must not ask for a password.
set -euo pipefail

fail() {
    echo "animedub: cannot install $*; run as root: apt-get install $*" >&2
    exit 4
}

command -v apt-get >/dev/null || fail "$@"
if [ "$(id -u)" -eq 0 ]; then
    root=()
elif ! command -v sudo >/dev/null; then
    fail "$@"
elif [ -t 0 ] && [ -t 2 ]; then
    root=(sudo)
else
    root=(sudo -n)
fi

apt() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=2 -o Acquire::http::Timeout=30 \
        -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

echo "Installing $*" >&2
# First the lists: old ones name files that the mirrors no longer have.
{ apt update && apt install --yes --no-install-recommends "$@"; } >/dev/null || fail "$@"
