"""Small acts on a disk that may be full, read-only or shared with other processes."""

import errno
import json
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from animedub.errors import StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def on_disk(root: Path) -> Iterator[None]:
    """Tell an ``OSError`` inside the block as a :class:`StoreError` that names the remedy."""
    try:
        yield
    except OSError as error:
        raise store_error(root, error) from error


def store_error(root: Path, error: OSError) -> StoreError:
    """What ``error`` means for somebody whose store is at ``root``."""
    if error.errno in _FULL:
        return StoreError(f"the disk of the store {root} is full: free some space, or run 'animedub cache prune'")
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return StoreError(f"the store {root} cannot be written: set ANIMEDUB_STORE to a folder that you may write to")
    return StoreError(f"the store {root} failed ({error}): set ANIMEDUB_STORE to a folder on a sound disk")


def is_full(error: OSError) -> bool:
    """Whether ``error`` says that there is no space left."""
    return error.errno in _FULL


def write_record(path: Path, record: dict[str, Any], *, scratch: Path) -> None:
    """Put ``record`` at ``path`` as JSON, whole or not at all, by way of a file in ``scratch`` (same file system)."""
    draft = scratch / uuid.uuid4().hex
    draft.write_text(json.dumps(record), encoding="ascii")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(path)


def read_record(path: Path) -> dict[str, Any] | None:
    """The record at ``path``; None when there is none or it is not a whole JSON object."""
    try:
        record = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def files_under(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Every regular file below ``folder`` with its status; files that vanish meanwhile are left out."""
    for path in sorted(folder.rglob("*")):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield path, status
