"""Contents that were seen before: hashing gigabytes once, not at every look.

As in git's index, a file's status (inode, size, times of change) stands for its content as long as it stays the same.
Writing to a file, cutting it, replacing it or flipping a bit of it changes at least its ``ctime``, which no program can
set. The clock that stamps files ticks coarsely, so a signature taken within ``SETTLED_NS`` of a change proves nothing
("racy git"): such a small file is hashed again at the next look, and a large one is given the time to settle.
"""

import hashlib
import os
import stat
import time
from pathlib import Path

from animedub.store.disk import read_record, write_record

SETTLED_NS = 30_000_000
"""Three ticks of the coarsest usual kernel clock (100 Hz), nanoseconds."""

_LARGE = 4 << 20  # bytes: from here on waiting costs less than hashing again

Signature = tuple[int, int, int, int]
"""Inode, size in bytes, mtime and ctime in nanoseconds. No device number: those change when a machine starts again."""


class Unsteady(Exception):
    """The file changed while it was being read."""


def signature(path: Path) -> Signature:
    """The status that stands for the content of ``path``.

    Raises:
        FileNotFoundError: there is no such file, or it is not a regular one.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise FileNotFoundError(f"{path} is not a regular file")
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Ledger:
    """Which content was seen in which file, kept in ``folder``: one small record a file."""

    def __init__(self, folder: Path) -> None:
        """Keep the records in ``folder``; it is made when the first one is written."""
        self.folder = folder

    def record_of(self, entry: str) -> Path:
        """Where the record of ``entry`` (a relative path without ``..``) lies; its mtime is the entry's last use."""
        return self.folder / f"{entry}.json"

    def sha256(self, entry: str, path: Path, *, scratch: Path) -> str:
        """The sha256 of the file at ``path``, hashed only when it changed since ``entry`` was last looked at.

        Raises:
            FileNotFoundError: there is no such regular file.
            Unsteady: somebody writes to the file while it is read.
        """
        now = signature(path)
        record = read_record(self.record_of(entry)) or {}
        sha256 = record.get("sha256")
        if isinstance(sha256, str) and record.get("signature") == list(now) and record.get("settled") is True:
            self.touch(entry)
            return sha256
        sha256 = sha256_of(path)
        self.learn(entry, path, sha256, as_of=now, scratch=scratch)
        return sha256

    def learn(self, entry: str, path: Path, sha256: str, *, scratch: Path, as_of: Signature | None = None) -> None:
        """Note that the file at ``path`` has this content, which was read when its status was ``as_of``.

        Raises:
            FileNotFoundError: there is no such regular file.
            Unsteady: its status is no longer ``as_of``.
        """
        seen = as_of or signature(path)
        age_ns = _age_ns(seen)
        if 0 <= age_ns < SETTLED_NS and seen[1] >= _LARGE:
            time.sleep((SETTLED_NS - age_ns) / 1e9)
            age_ns = _age_ns(seen)
        if signature(path) != seen:
            raise Unsteady(os.fspath(path))
        record = {"sha256": sha256, "signature": seen, "settled": age_ns >= SETTLED_NS}
        write_record(self.record_of(entry), record, scratch=scratch)

    def touch(self, entry: str) -> None:
        """Note that ``entry`` is used now."""
        # Pruned meanwhile: then there is nothing to note.
        if (record := self.record_of(entry)).exists():
            os.utime(record)


def _age_ns(seen: Signature) -> int:
    """Nanoseconds since the last change that ``seen`` knows of."""
    return time.time_ns() - max(seen[2], seen[3])
