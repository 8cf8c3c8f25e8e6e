"""Locks that die with their process."""

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from animedub.store.disk import on_disk

_POLL_SECONDS = 0.05


class FlockLocks:
    """Prefect's ``LockManager`` on ``flock``: one file a key in ``folder``, between threads as between processes.

    The kernel frees the lock of a process that is killed; Prefect's own file locks would be waited for for ever.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the lock files in ``folder`` (made when needed), on a file system whose ``flock`` works."""
        self.folder = folder
        self._mutex = threading.Lock()
        self._held: dict[str, tuple[str, int]] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Stay one and the same: Prefect copies cache policies together with their lock manager."""
        return self

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Wait until ``holder`` has the lock on ``key``; False when ``acquire_timeout`` seconds went by before."""
        for _ in _attempts(acquire_timeout):
            if self._try(key, holder):
                return True
            time.sleep(_POLL_SECONDS)
        return False

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """As :meth:`acquire_lock`, without holding up the event loop."""
        for _ in _attempts(acquire_timeout):
            if self._try(key, holder):
                return True
            await asyncio.sleep(_POLL_SECONDS)
        return False

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back.

        Raises:
            ValueError: ``holder`` does not have it.
        """
        with self._mutex:
            if self._held.get(key, ("", 0))[0] != holder:
                raise ValueError(f"{holder} does not hold the lock on {key}")
            _, handle = self._held.pop(key)
        # Removed before it is freed: whoever waits on this file sees that it is no longer the one at its path.
        self._file(key).unlink(missing_ok=True)
        os.close(handle)

    def is_lock_holder(self, key: str, holder: str) -> bool:
        """Whether ``holder`` has the lock on ``key``."""
        with self._mutex:
            return self._held.get(key, ("", 0))[0] == holder

    def is_locked(self, key: str) -> bool:
        """Whether anybody has the lock on ``key``."""
        try:
            handle = os.open(self._file(key), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _lock(handle)
        finally:
            os.close(handle)

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody has the lock on ``key``; False when that took longer than ``timeout`` seconds."""
        for _ in _attempts(timeout):
            if not self.is_locked(key):
                return True
            time.sleep(_POLL_SECONDS)
        return False

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """As :meth:`wait_for_lock`, without holding up the event loop."""
        for _ in _attempts(timeout):
            if not self.is_locked(key):
                return True
            await asyncio.sleep(_POLL_SECONDS)
        return False

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.lock"

    def _try(self, key: str, holder: str) -> bool:
        if self.is_lock_holder(key, holder):
            return True
        with on_disk(self.folder.parent):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._file(key), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not (_lock(handle) and self._is_at_its_path(handle, key)):
            os.close(handle)
            return False
        with self._mutex:
            self._held[key] = (holder, handle)
        return True

    def _is_at_its_path(self, handle: int, key: str) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), self._file(key).stat())
        except FileNotFoundError:
            return False


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _attempts(timeout: float | None) -> Iterator[None]:
    """Once, and then for as long as ``timeout`` seconds have not gone by."""
    end = None if timeout is None else time.monotonic() + timeout
    yield
    while end is None or time.monotonic() < end:
        yield
