"""Locks between threads and processes (their death is tested with the stages that hold them)."""

import threading

import pytest

from tasks.locks import FlockLocks


class TestLocks:
    def test_one_holder_at_a_time(self, tmp_path):
        one, other = FlockLocks(tmp_path / "locks"), FlockLocks(tmp_path / "locks")
        assert one.acquire_lock("k", "a")
        assert one.acquire_lock("k", "a")
        assert one.is_lock_holder("k", "a")
        assert other.is_locked("k")
        assert not one.acquire_lock("k", "b", acquire_timeout=0)
        assert not other.acquire_lock("k", "b", acquire_timeout=0.1)
        assert not other.wait_for_lock("k", timeout=0)
        with pytest.raises(ValueError, match="does not hold"):
            other.release_lock("k", "b")
        one.release_lock("k", "a")
        assert other.wait_for_lock("k")
        assert other.acquire_lock("k", "b")
        other.release_lock("k", "b")
        assert list((tmp_path / "locks").iterdir()) == []

    def test_locks_that_come_and_go_exclude_each_other(self, tmp_path):
        inside, most = [], []

        def worker(name: str) -> None:
            locks = FlockLocks(tmp_path)
            for turn in range(15):
                holder = f"{name}{turn}"
                assert locks.acquire_lock("k", holder, acquire_timeout=30)
                inside.append(holder)
                most.append(len(inside))
                inside.remove(holder)
                locks.release_lock("k", holder)

        threads = [threading.Thread(target=worker, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(most) == 45
        assert max(most) == 1
