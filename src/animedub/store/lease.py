"""Who is using the store: leases that end with their process, and the gate that orders those who change it."""

import fcntl
import os
import shutil
import threading
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def gate(root: Path, *, exclusive: bool) -> Iterator[None]:
    """Keep others from removing files (shared) or from using them at all (exclusive) for a short moment."""
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / "gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


class Lease:
    """A folder for drafts that stays as long as its process lives; the kernel drops its lock when the process dies."""

    def __init__(self, root: Path) -> None:
        """Say that the store at ``root`` will be used; nothing happens before :attr:`folder` is asked for."""
        self._root = root
        self._mutex = threading.Lock()
        self._folder: Path | None = None
        self._owner = 0

    @property
    def folder(self) -> Path:
        """This process's own folder on the store's file system. What dead processes left is swept when it is made."""
        with self._mutex:
            if self._folder is None or self._owner != os.getpid():  # a forked child takes its own
                with gate(self._root, exclusive=True):
                    sweep(self._root)
                    self._folder = self._take()
                self._owner = os.getpid()
            return self._folder

    def _take(self) -> Path:
        folder = self._root / "tmp" / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        folder.mkdir(parents=True)
        handle = os.open(folder / "lease", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        weakref.finalize(self, _release, folder, handle, os.getpid())
        return folder


def _release(folder: Path, handle: int, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def living(root: Path) -> list[Path]:
    """The folders of processes that are alive."""
    return [folder for folder in _folders(root) if not _is_abandoned(folder)]


def sweep(root: Path) -> int:
    """Remove the drafts of dead processes; call it inside the exclusive gate. Gives the bytes that came free."""
    freed = 0
    for folder in _folders(root):
        if _is_abandoned(folder):
            freed += sum(path.lstat().st_size for path in folder.rglob("*"))
            shutil.rmtree(folder, ignore_errors=True)
    return freed


def _folders(root: Path) -> list[Path]:
    return [path for path in (root / "tmp").glob("*") if path.is_dir() and not path.is_symlink()]


def _is_abandoned(folder: Path) -> bool:
    try:
        handle = os.open(folder / "lease", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
