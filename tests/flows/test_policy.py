"""Stages are performed when they must be and only then, in this process and in those that race it or die."""

import importlib.util
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from prefect import Task, flow

from animedub.errors import DubError, InputError, StoreError
from animedub.model import Artifact
from animedub.store import Store
from tasks.identity import NotCacheable
from tasks.policy import stage

pytestmark = pytest.mark.usefixtures("prefect_api")

PROGRAM = Path(__file__).with_name("little_dub.py")


def load_program():
    spec = importlib.util.spec_from_file_location("little_dub", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["little_dub"] = importlib.util.module_from_spec(spec)  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


program = load_program()


@dataclass
class Studio:
    """An episode, a store, and the dub of the one into the other."""

    folder: Path

    def __post_init__(self):
        self.episode = self.folder / "ep.mkv"
        self.episode.write_bytes(b"movie")
        self.log = self.folder / "performed"
        self.rig = program.SmallRig(Store(self.folder / "store"))
        self.said: list[str] = []

    def dub(self, episode: Path | None = None, gain: float = -16.0, **changes) -> Artifact:
        rig = replace(self.rig, progress=program.Heard(), **changes)
        program.RIG.append(rig)
        try:
            return program.little_dub(episode or self.episode, gain)
        finally:
            program.RIG.clear()
            self.said = rig.progress.said

    @contextmanager
    def performing(self, stage_name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """The same dub as another process, which has come as far as that stage."""
        command = [sys.executable, str(PROGRAM), str(self.episode), str(self.rig.store.root), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(PROGRAM.parents[2]), "PREFECT_LOGGING_LEVEL": "ERROR"}
        with subprocess.Popen(command, env=environment) as child:
            while not (self.log.exists() and stage_name in self.log.read_text()):
                assert child.poll() is None
                time.sleep(0.05)
            yield child

    def performed(self) -> list[str]:
        """The stages that were performed since this was last asked."""
        names = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return names

    def records(self, stage_name: str) -> list[Path]:
        return list((self.rig.store.root / "results").glob(f"{stage_name}-*"))

    def object(self, content: bytes) -> Path:
        (path,) = (p for p in (self.rig.store.root / "objects").rglob("*.wav") if p.read_bytes() == content)
        path.chmod(0o644)
        return path


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path)


@pytest.fixture
def dubbed(studio):
    studio.first = studio.dub()
    assert studio.performed() == ["extract", "perform", "mix"]
    return studio


def test_stages_are_prefect_tasks():
    assert isinstance(program.extract, Task)
    assert program.extract.name == "extract"


def test_the_same_dub_again_performs_nothing(dubbed):
    assert dubbed.said == ["+extract", "-extract", "+perform", "-perform", "+mix", "-mix"]
    assert dubbed.dub() == dubbed.first
    assert dubbed.performed() == []
    assert dubbed.said == ["+extract", "=extract", "+perform", "=perform", "+mix", "=mix"]


def test_a_changed_option_performs_what_depends_on_it(dubbed):
    assert dubbed.dub(gain=-20.0) != dubbed.first
    assert dubbed.performed() == ["mix"]


def test_the_same_bytes_elsewhere_are_the_same_episode(dubbed):
    copy = dubbed.folder / "copy of -it.MKV"
    dubbed.episode.rename(copy)
    assert dubbed.dub(copy) == dubbed.first
    assert dubbed.performed() == []


def test_a_moved_store_still_knows(dubbed):
    moved = dubbed.folder / "moved"
    dubbed.rig.store.root.rename(moved)
    dubbed.rig = replace(dubbed.rig, store=Store(moved))
    dubbed.dub()
    assert dubbed.performed() == []


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: os.truncate(path, 1), flip_a_bit])
def test_a_damaged_artifact_is_made_again_by_its_stage_alone(dubbed, harm):
    harm(dubbed.object(b"hello"))
    assert dubbed.dub() == dubbed.first
    assert dubbed.performed() == ["perform"]
    dubbed.object(b"hello")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_record_is_no_record(dubbed, share):
    (record,) = dubbed.records("perform")
    os.truncate(record, int(record.stat().st_size * share))
    assert dubbed.dub() == dubbed.first
    assert dubbed.performed() == ["perform"]


def test_a_record_names_no_folder_and_makes_only_nouns(dubbed):
    (record,) = dubbed.records("perform")
    written = json.loads(json.loads(record.read_text())["result"])
    assert [item["noun"] for item in written["tuple"]] == ["animedub.model.performance.Take"] * 2
    assert str(dubbed.folder) not in json.dumps(written)


def test_a_stage_can_be_forced(dubbed):
    assert dubbed.dub(refresh=frozenset({"perform"})) == dubbed.first
    assert dubbed.performed() == ["perform"]
    assert dubbed.said == ["+extract", "=extract", "+perform", "-perform", "+mix", "=mix"]


def test_without_the_cache_everything_runs_and_nothing_is_recorded(studio):
    for _ in range(2):
        studio.dub(use_cache=False)
        assert studio.performed() == ["extract", "perform", "mix"]
    assert studio.records("*") == []


def test_pruned_artifacts_are_made_again(dubbed):
    root = dubbed.rig.store.root
    dubbed.rig = replace(dubbed.rig, store=Store(root))  # the last one's lease ends: its dub is over
    assert Store(root).prune(everything=True).count > 0
    assert dubbed.dub() == dubbed.first
    assert dubbed.performed() == ["extract", "perform", "mix"]


def test_one_noisy_log_line_would_show(dubbed, caplog):
    with caplog.at_level(logging.WARNING):
        dubbed.dub()
        dubbed.dub(gain=-21.0)
    assert [record.getMessage() for record in caplog.records] == []


def test_a_killed_dub_leaves_nothing_to_trust_and_nothing_to_wait_for(studio):
    with studio.performing("perform", "--pause", "60") as child:
        child.send_signal(signal.SIGKILL)
    assert studio.records("perform") == []
    assert len(studio.records("extract")) == 1
    assert studio.performed() == ["extract", "perform"]
    studio.dub()
    assert studio.performed() == ["perform", "mix"]
    assert list((studio.rig.store.root / "locks").iterdir()) == []
    assert len(list((studio.rig.store.root / "tmp").iterdir())) == 1  # ours


def test_two_dubs_at_once_do_the_work_once(studio):
    with studio.performing("perform", "--pause", "1") as child:
        assert studio.dub(gain=-20.0)
        assert child.wait(timeout=120) == 0
    assert sorted(studio.performed()) == ["extract", "mix", "mix", "perform"]


def run(work):
    """Do ``work`` inside a flow."""
    return flow(work, name="trial", validate_parameters=False)()


@pytest.mark.parametrize("odd", [Path("x"), {1, 2}, object(), {1: "x"}, b"bytes", [1, (2, object())]])
def test_an_input_without_identity_fails_before_the_stage_runs(studio, odd):
    ran = []

    @stage(name="odd", version=1)
    def take(value, *, rig):
        ran.append(value)

    with pytest.raises(NotCacheable):
        run(lambda: take(odd, rig=studio.rig))
    assert ran == []


@pytest.mark.parametrize("odd", [float("nan"), {1, 2}, Path("x"), [object()]])
def test_a_result_that_cannot_be_recorded_fails(studio, odd):
    @stage(name="odd-result", version=1)
    def give(*, rig):
        return odd

    with pytest.raises(NotCacheable):
        run(lambda: give(rig=studio.rig))


@pytest.mark.parametrize(
    ("error", "tries"),
    [(InputError("no sound: add some"), 1), (ValueError("a bug"), 1), (OSError("a hiccup"), 2), (RuntimeError("x"), 2)],
)
@pytest.mark.parametrize("submitted", [False, True])
def test_only_what_may_pass_is_tried_again(studio, error, tries, submitted):
    tried = []

    @stage(name="fails", version=1)
    def fails(*, rig):
        tried.append(rig)
        raise error

    with pytest.raises(type(error)) as told:
        run(lambda: fails.submit(rig=studio.rig).result() if submitted else fails(rig=studio.rig))
    assert told.value is error
    assert len(tried) == tries


def test_what_passes_the_second_time_is_recorded(studio):
    tried = []

    @stage(name="hiccup", version=1)
    def hiccup(*, rig):
        tried.append(rig)
        if len(tried) == 1:
            raise OSError("a hiccup")
        return len(tried)

    assert run(lambda: [hiccup(rig=studio.rig), hiccup(rig=studio.rig)]) == [2, 2]


def test_a_new_version_performs_again(studio):
    def trial(version):
        return stage(name="versioned", version=version)(lambda *, rig: version)(rig=studio.rig)

    assert run(lambda: [trial(1), trial(2), trial(1)]) == [1, 2, 1]


def test_threads_that_ask_the_same_wait_for_one(studio):
    ran = []

    @stage(name="slow", version=1)
    def slow(number: int, *, rig) -> int:
        ran.append(number)
        time.sleep(0.2)
        return number

    assert run(lambda: slow.map([1, 1, 1, 2], rig=studio.rig).result()) == [1, 1, 1, 2]
    assert sorted(ran) == [1, 2]


def test_a_store_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    rig = program.SmallRig(Store(tmp_path / "file" / "store"))

    @stage(name="nowhere", version=1)
    def nowhere(*, rig) -> int:
        return 1

    with pytest.raises(StoreError, match="ANIMEDUB_STORE"):
        run(lambda: nowhere(rig=rig))


def test_a_stage_needs_a_rig():
    with pytest.raises(TypeError, match="rig"):
        stage(name="x", version=1)(lambda sound: sound)
    with pytest.raises(ValueError, match="small letters"):
        stage(name="../x", version=1)


def test_user_errors_are_never_worth_a_retry():
    assert not issubclass(DubError, (OSError, RuntimeError))
