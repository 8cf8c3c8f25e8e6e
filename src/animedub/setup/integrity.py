"""Checking files by content, once: a file whose size and time have not changed is not read again."""

import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(folder: Path, files: Iterable[str], record: Path) -> dict[str, str]:
    """The SHA-256 of ``files`` in ``folder``; ``record`` remembers what was read before.

    The record belongs to one folder; it is written anew when a file's size or time of change differs.
    """
    known = _read(record)
    signatures = {name: _signature(folder / name) for name in files}
    if known.get("folder") == str(folder) and known.get("signatures") == signatures:
        return known["sha256"]
    found = {name: sha256_of(folder / name) for name in signatures}
    write_json(record, {"folder": str(folder), "signatures": signatures, "sha256": found})
    return found


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a small file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    draft.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")
    draft.replace(path)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold ``lock`` against other threads and processes; the kernel drops it when the process dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _signature(path: Path) -> list[int]:
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]


def _read(record: Path) -> dict[str, dict[str, str]]:
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
