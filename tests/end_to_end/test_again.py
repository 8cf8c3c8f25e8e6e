"""The same dub asked for again: what is known is found, what changed is done, what was damaged is made anew."""

import json
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.studio import Dub, Studio, Told, contents, takes


@pytest.fixture
def copy(ep01: Dub, tmp_path: Path) -> Studio:
    """The same user with a copy of the store, free to be damaged."""
    shutil.copytree(ep01.studio.store, tmp_path / "store", ignore=shutil.ignore_patterns("tmp"))
    return ep01.studio.with_store(tmp_path / "store")


def again(ep01: Dub, studio: Studio, out: Path, script: str | Path = "asr", *options: str) -> Told:
    return studio.dub(ep01.episode, out, "--script", script, *options)


def test_asked_for_again_nothing_is_done(ep01: Dub, tmp_path: Path):
    spoken = takes(ep01.studio.store)
    told = again(ep01, ep01.studio, tmp_path / "out")
    assert told.performed == set()
    assert told.stages == ep01.told.stages == ep01.told.performed
    assert takes(ep01.studio.store) == spoken
    assert contents(tmp_path / "out") == contents(ep01.out)


def test_its_own_script_gives_the_same_dub(ep01: Dub, tmp_path: Path):
    told = again(ep01, ep01.studio, tmp_path / "out", ep01.script_file)
    assert told.performed == set()
    assert contents(tmp_path / "out") == contents(ep01.out)


def test_one_line_edited_is_the_one_line_spoken(ep01: Dub, copy: Studio, tmp_path: Path):
    before, script = takes(copy.store), json.loads(ep01.script_file.read_text(encoding="utf-8"))
    script["lines"][1]["text"] = "Yes, and the wolves are hungry."
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps(script), encoding="utf-8")
    told = again(ep01, copy, tmp_path / "out", edited)

    assert told.performed == {"synthesize", "arrange", "mix", "mux", "inspect", "draw"}
    after = takes(copy.store)
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1
    written = json.loads((tmp_path / "out" / "ep01.script.json").read_text(encoding="utf-8"))["lines"]
    changed = [line["id"] for line, old in zip(written, ep01.lines, strict=True) if line["text"] != old["text"]]
    assert changed == [ep01.lines[1]["id"]]
    assert "the wolves are hungry" in (tmp_path / "out" / "ep01.en.srt").read_text(encoding="utf-8")


def test_what_was_damaged_or_lost_is_made_again(ep01: Dub, copy: Studio, tmp_path: Path):
    spoken = takes(copy.store)
    flip(largest(copy.store, ".flac"))
    cut(object_of(copy.store, sorted(spoken.values())[0]))
    object_of(copy.store, sorted(spoken.values())[1]).unlink()
    largest(copy.store, ".mkv").unlink()
    told = again(ep01, copy, tmp_path / "out")

    assert {"synthesize", "mux"} <= told.performed
    assert "transcribe" not in told.performed
    assert takes(copy.store) == spoken
    assert contents(tmp_path / "out") == contents(ep01.out)
    assert again(ep01, copy, tmp_path / "once more").performed == set()


def test_a_stage_is_done_again_when_asked_for(ep01: Dub, copy: Studio, tmp_path: Path):
    told = again(ep01, copy, tmp_path / "out", "asr", "--force-stage", "mix")
    assert told.performed == {"mix"}  # and gave the same sound, for which the rest is known
    assert contents(tmp_path / "out") == contents(ep01.out)


def test_another_loudness_is_only_mixed_and_written(ep01: Dub, copy: Studio, tmp_path: Path):
    told = again(ep01, copy, tmp_path / "out", "asr", "--lufs", "-23", "--codec", "opus")
    assert told.performed == {"mix", "mux", "inspect", "draw"}
    assert told.object["lufs"] == pytest.approx(-23, abs=0.5)


def flip(path: Path) -> None:
    """Turn one bit in the middle of a file, as a bad disk does."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Lose the second half of a file."""
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def largest(store: Path, suffix: str) -> Path:
    return max((store / "objects").rglob(f"*{suffix}"), key=lambda path: path.stat().st_size)


def object_of(store: Path, sha256: str) -> Path:
    [path] = (store / "objects").rglob(f"{sha256}*")
    return path
