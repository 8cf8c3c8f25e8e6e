"""The store: whole files or none, found by content, checked at every look."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from animedub.errors import ArtifactMissing, InputError, StoreError
from animedub.model import Artifact
from animedub.store import Store, ledger


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def hashed(monkeypatch):
    """The names of the files that were really read to be hashed."""
    names: list[str] = []

    def spy(path: Path) -> str:
        names.append(path.name)
        return real(path)

    real = ledger.sha256_of
    monkeypatch.setattr(ledger, "sha256_of", spy)
    return names


def put(store: Store, content: bytes = b"sound", suffix: str = ".flac") -> Artifact:
    with store.writing(suffix) as draft:
        draft.path.write_bytes(content)
    return draft.artifact


def drafts(store: Store) -> list[Path]:
    return [path for path in (store.root / "tmp").rglob("*") if path.is_file() and path.name != "lease"]


def settle() -> None:
    time.sleep(2 * ledger.SETTLED_NS / 1e9)


def test_a_written_file_is_found_by_its_content(store):
    artifact = put(store, b"hello")
    path = store.path(artifact)
    assert path.read_bytes() == b"hello"
    assert path.name == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824.flac"
    assert path.stat().st_mode & 0o777 == 0o444
    assert Store(store.root).path(artifact) == path
    assert drafts(store) == []


def test_the_same_content_is_kept_once(store):
    first = store.path(put(store)).stat().st_ino
    assert store.path(put(store)).stat().st_ino == first
    assert store.contents().count == 1


def test_a_block_that_raises_leaves_nothing(store):
    with pytest.raises(RuntimeError, match="mixer"), store.writing(".flac") as draft:
        draft.path.write_bytes(b"half")
        raise RuntimeError("mixer")
    with pytest.raises(StoreError):
        _ = draft.artifact
    assert drafts(store) == []
    assert store.contents().count == 0


def test_a_block_that_writes_nothing_is_told(store):
    with pytest.raises(StoreError, match="nothing was written"), store.writing(".wav"):
        pass


def test_an_artifact_is_not_given_before_the_block_ends(store):
    with store.writing(".wav") as draft:
        draft.path.write_bytes(b"x")
        with pytest.raises(StoreError):
            _ = draft.artifact


@pytest.mark.parametrize("suffix", ["flac", "../x", ".a/b", ".toolongsuffix", ".", ".x\n", ".ä"])
def test_a_suffix_cannot_lead_elsewhere(store, suffix):
    with pytest.raises(ValueError, match="suffix"), store.writing(suffix):
        pytest.fail("the block ran")


@pytest.mark.parametrize("forged", [{"sha256": "../../../etc/passwd"}, {"suffix": "/../../x"}, {"sha256": "a" * 63}])
def test_a_forged_artifact_cannot_leave_the_root(store, forged):
    artifact = Artifact.model_construct(**{"sha256": "a" * 64, "suffix": ".flac", **forged})
    with pytest.raises(StoreError, match="does not name an artifact"):
        store.path(artifact)


def flip_a_bit(path: Path) -> None:
    times = path.stat()
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # even if somebody hides it


def truncate(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 2)


def overwrite(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"other")


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("harm", [Path.unlink, truncate, overwrite, flip_a_bit])
def test_damage_is_noticed_and_mended_by_writing_again(store, harm, settled):
    artifact, other = put(store), put(store, b"another")
    if settled:
        settle()
        store.verify(artifact)
    harm(store.path(artifact))
    with pytest.raises(ArtifactMissing, match="run the command again"):
        store.verify(artifact)
    assert not store._object(artifact).exists()
    store.verify(other)
    assert put(store) == artifact
    assert store.path(artifact).read_bytes() == b"sound"


def test_writing_over_a_damaged_object_replaces_it(store):
    artifact = put(store)
    overwrite(store.path(artifact))
    put(store)
    assert store.path(artifact).read_bytes() == b"sound"


def test_a_content_is_hashed_once_until_it_changes(store, hashed):
    artifact = put(store)
    settle()
    store.verify(artifact)  # was too fresh to trust its status when it was written
    hashed.clear()
    for _ in range(3):
        Store(store.root).verify(artifact)
    assert hashed == []
    path = store.path(artifact)
    os.utime(path)
    settle()
    store.verify(artifact)
    store.verify(artifact)
    assert hashed == [path.name]


def test_a_large_file_is_settled_when_it_is_written(store, hashed):
    artifact = put(store, bytes(5 << 20))
    hashed.clear()
    store.verify(artifact)
    assert hashed == []


def test_a_damaged_ledger_costs_a_hash_and_nothing_else(store):
    artifact = put(store)
    for record in (store.root / "ledger").iterdir():
        record.write_text('{"sha256": "')
    store.verify(artifact)


def test_a_store_may_be_moved(store, tmp_path):
    artifact = put(store)
    shutil.move(store.root, tmp_path / "moved")
    assert Store(tmp_path / "moved").path(artifact).read_bytes() == b"sound"


class TestOutside:
    def test_an_episode_is_named_where_it_lies(self, store, tmp_path):
        episode = tmp_path / "第1話 \n-x.mkv"
        episode.write_bytes(b"movie")
        artifact = store.adopt_external(episode)
        assert artifact.suffix == ".mkv"
        assert Store(store.root).path(artifact) == episode
        assert store.contents().count == 0

    def test_the_second_look_does_not_read_it(self, store, tmp_path, hashed):
        episode = tmp_path / "ep.mkv"
        episode.write_bytes(b"movie")
        settle()
        first = store.adopt_external(episode)
        assert hashed == ["ep.mkv"]
        assert Store(store.root).adopt_external(episode) == first
        assert hashed == ["ep.mkv"]

    def test_a_change_is_noticed(self, store, tmp_path):
        episode = tmp_path / "ep.mkv"
        episode.write_bytes(b"movie")
        artifact = store.adopt_external(episode)
        episode.write_bytes(b"moviE")
        with pytest.raises(ArtifactMissing, match="moved or changed"):
            store.verify(artifact)
        assert episode.read_bytes() == b"moviE"
        assert store.adopt_external(episode) != artifact

    def test_a_copy_elsewhere_serves_as_well(self, store, tmp_path):
        first, second = tmp_path / "a.mkv", tmp_path / "b.MKV2"
        for episode in (first, second):
            episode.write_bytes(b"movie")
        artifact = store.adopt_external(first)
        store.adopt_external(second)
        first.unlink()
        assert store.path(artifact) == second

    @pytest.mark.parametrize("name", ["missing.mkv", "folder", "pipe"])
    def test_what_is_not_a_file_is_refused(self, store, tmp_path, name):
        (tmp_path / "folder").mkdir()
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InputError, match="check the path"):
            store.adopt_external(tmp_path / name)

    def test_a_file_that_is_still_written_is_refused(self, store, tmp_path, monkeypatch):
        episode = tmp_path / "ep.mkv"
        episode.write_bytes(b"movie")

        def grows(path: Path) -> str:
            with path.open("ab") as file:
                file.write(b"more")
            return "0" * 64

        monkeypatch.setattr(ledger, "sha256_of", grows)
        with pytest.raises(InputError, match="try again when it is complete"):
            store.adopt_external(episode)


class TestMemos:
    def test_what_was_remembered_is_recalled(self, store):
        artifact = put(store)
        store.remember("speak v1 'Hi'", artifact)
        assert Store(store.root).recall("speak v1 'Hi'") == artifact
        assert store.recall("speak v1 'Ho'") is None

    @pytest.mark.parametrize("harm", [Path.unlink, truncate, overwrite, flip_a_bit])
    def test_a_lost_artifact_is_forgotten(self, store, harm):
        artifact = put(store)
        store.remember("key", artifact)
        harm(store.path(artifact))
        assert store.recall("key") is None

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "null", '{"key": "key"}', '{"key": "key", "artifact": {"sha256": "../x"}}']
    )
    def test_a_damaged_record_is_a_miss(self, store, text):
        store.remember("key", put(store))
        store._memo("key").write_text(text)
        assert store.recall("key") is None

    def test_a_truncated_record_is_a_miss_at_any_length(self, store):
        store.remember("key", put(store))
        memo = store._memo("key")
        whole = memo.read_bytes()
        for length in range(len(whole)):
            memo.write_bytes(whole[:length])
            assert store.recall("key") is None


def test_threads_may_write_the_same_thing(store):
    made: list[Artifact] = []
    threads = [threading.Thread(target=lambda: made.append(put(store, bytes(100_000)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert store.path(made[0]).stat().st_size == 100_000
    assert drafts(store) == []


def age(store: Store, artifact: Artifact, days: float) -> None:
    then = time.time() - days * 86_400
    for entry in store.root.joinpath("ledger").glob(f"{artifact.sha256}*"):
        os.utime(entry, (then, then))


class TestPruning:
    @pytest.fixture
    def root(self, tmp_path):
        """A store with three artifacts of 100 bytes, used 1, 10 and 100 days ago by a process that ended."""
        root = tmp_path / "old"
        store = Store(root)
        for days in (1, 10, 100):
            artifact = put(store, bytes([days]) * 100)
            age(store, artifact, days)
        del store
        return root

    def test_contents_are_counted(self, root):
        summary = Store(root).contents()
        assert (summary.count, summary.bytes) == (3, 300)
        assert summary.kinds[".flac"].count == 3
        assert summary.oldest_use is not None
        assert summary.newest_use is not None
        assert 98 < (summary.newest_use - summary.oldest_use).total_seconds() / 86_400 < 100

    def test_an_empty_store_has_no_contents(self, tmp_path):
        assert Store(tmp_path / "none").contents().count == 0

    @pytest.mark.parametrize(
        ("ask", "left"),
        [
            ({}, 3),
            ({"older_than": timedelta(days=5)}, 1),
            ({"keep_bytes": 250}, 2),
            ({"keep_bytes": 0}, 0),
            ({"older_than": timedelta(days=50), "keep_bytes": 100}, 1),
            ({"everything": True}, 0),
        ],
    )
    def test_the_longest_unused_go_first(self, root, ask, left):
        pruned = Store(root).prune(**ask)
        assert (pruned.count, pruned.in_use) == (3 - left, 0)
        contents = sorted(path.read_bytes()[0] for path in (root / "objects").rglob("*.flac"))
        assert contents == [1, 10, 100][:left]

    def test_everything_means_records_too(self, root):
        store = Store(root)
        store.remember("key", put(store))
        del store
        Store(root).prune(everything=True)
        assert [path for path in root.rglob("*.json")] == []

    def test_what_a_running_dub_used_stays(self, root):
        running = Store(root)
        used = running.path(put(running, bytes([100]) * 100))  # found, not made
        pruned = Store(root).prune(everything=True)
        assert (pruned.count, pruned.in_use) == (2, 1)
        assert used.exists()

    def test_a_running_dub_keeps_its_drafts(self, root):
        running = Store(root)
        with running.writing(".wav") as draft:
            draft.path.write_bytes(b"half")
            Store(root).prune(everything=True)
            assert draft.path.exists()
        running.verify(draft.artifact)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from animedub.store import Store
    store = Store(Path(sys.argv[1]))
    with store.writing(".wav") as draft:
        draft.path.write_bytes(b"half a performance")
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_swept_and_never_trusted(store):
    put(store)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), store.root], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path.read_bytes() for path in drafts(store)] == [b"half a performance"]
    assert store.contents().count == 1
    put(Store(store.root), b"next")
    assert drafts(store) == []


def test_a_full_disk_is_told_with_the_remedy(store):
    with pytest.raises(StoreError, match="full: free some space") as told, store.writing(".wav"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert isinstance(told.value.__cause__, OSError)


def test_other_errors_of_the_block_are_left_alone(store):
    with pytest.raises(PermissionError), store.writing(".wav"):
        raise PermissionError(errno.EACCES, "elsewhere")


def test_a_root_that_cannot_be_written_is_told_with_the_remedy(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "store")
    with pytest.raises(StoreError, match="ANIMEDUB_STORE"), store.writing(".wav"):
        pytest.fail("the block ran")
    with pytest.raises(StoreError, match="ANIMEDUB_STORE"):
        store.remember("key", Artifact(sha256="0" * 64))


def test_records_are_json_that_people_can_read(store):
    artifact = put(store)
    store.remember("key", artifact)
    (memo,) = (store.root / "memos").rglob("*.json")
    assert json.loads(memo.read_text()) == {"key": "key", "artifact": artifact.model_dump()}
