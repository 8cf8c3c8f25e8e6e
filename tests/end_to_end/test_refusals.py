"""What cannot be dubbed is refused before any work: one line that says what to do, an exit code, nothing lost."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import PICTURE, X264, run_ffmpeg
from tests.end_to_end.studio import EP01, Dub, Studio, Told, contents, takes

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{target}'\n"

REFUSED = {
    "missing": ("there is no file", 2),
    "folder": ("is a folder", 2),
    "empty": ("is empty", 2),
    "text": ("is not a video", 2),
    "truncated": ("is truncated", 2),
    "playlist": ("a playlist, script or text", 2),
    "concat": ("a playlist, script or text", 2),
    "mute": ("no audio", 2),
    "silent": ("nobody speaks", 2),
}
"""Kind of episode -> part of what is said of it, and the exit code."""


@dataclass(frozen=True)
class Refusal:
    """What became of all those episodes in one command."""

    told: Told
    lines: dict[str, list[str]]  # kind -> lines on standard error that are about it
    files: dict[str, bytes]  # before
    folder: Path
    out: Path
    store: Path


@pytest.fixture(scope="module")
def refusal(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Refusal:
    home = tmp_path_factory.mktemp("refused")
    folder, out, store = home / "episodes", home / "out", home / "store"
    make_episodes(folder)
    before = contents_of_files(folder)
    user = studio.with_store(store)
    told = user.run("dub", "--out", out, "--script", "asr", "--quiet", *(folder / f"{kind}.mkv" for kind in REFUSED))
    said = told.stderr.splitlines()
    lines = {kind: [line for line in said if line.startswith(f"animedub: {kind}.mkv: ")] for kind in REFUSED}
    return Refusal(told, lines, before, folder, out, store)


def make_episodes(folder: Path) -> None:
    """One episode of every kind that is refused, named after it."""
    folder.mkdir()
    (folder / "folder.mkv").mkdir()
    (folder / "empty.mkv").touch()
    (folder / "text.mkv").write_text("This is not the film you are looking for.\n" * 100)
    (folder / "truncated.mkv").write_bytes(EP01.read_bytes()[:700_000])
    (folder / "playlist.mkv").write_text(PLAYLIST.format(target=EP01))
    (folder / "concat.mkv").write_text(CONCAT.format(target=EP01))
    run_ffmpeg(*PICTURE, *X264, folder / "mute.mkv")
    hush = np.random.default_rng(3).standard_normal(48_000 * 3).astype(np.float32) * 1e-4
    soundfile.write(folder.with_name("hush.wav"), hush, 48_000)
    run_ffmpeg(*PICTURE, "-i", folder.with_name("hush.wav"), *X264, "-c:a", "flac", folder / "silent.mkv")


def contents_of_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("kind", REFUSED)
def test_one_line_tells_what_is_wrong(refusal: Refusal, kind: str):
    [line] = refusal.lines[kind]
    assert REFUSED[kind][0] in line
    assert "Traceback" not in line
    assert str(EP01) not in line


def test_nothing_else_is_said(refusal: Refusal):
    assert refusal.told.stdout == ""
    assert len(refusal.told.stderr.splitlines()) == len(REFUSED)
    assert refusal.told.code == max(code for _, code in REFUSED.values())


def test_nothing_is_changed_and_nothing_left(refusal: Refusal):
    assert contents_of_files(refusal.folder) == refusal.files
    assert not refusal.out.exists() or not any(refusal.out.iterdir())
    assert takes(refusal.store) == {}
    assert not list((refusal.store / "objects").rglob("*.mkv"))


@pytest.mark.parametrize("kind", ["missing", "playlist"])
def test_an_error_as_json_is_one_object(refusal: Refusal, studio: Studio, kind: str, tmp_path: Path):
    told = studio.run("dub", refusal.folder / f"{kind}.mkv", "--out", tmp_path / "out", "--json")
    assert told.code == told.object["error"]["exit_code"] == REFUSED[kind][1]
    assert told.object["error"]["type"] == "InputError"


def test_a_result_is_never_replaced_unasked(ep01: Dub, tmp_path: Path):
    (tmp_path / "ep01.en.srt").write_text("mine")
    told = ep01.studio.run("dub", ep01.episode, "--out", tmp_path, "--script", "asr", "--quiet")
    assert told.code == 3
    assert one_line(told).endswith("exists already; add --overwrite to replace it or choose another --out")
    assert contents(tmp_path) == {"ep01.en.srt": b"mine"}
    assert (
        ep01.studio.run("dub", ep01.episode, "--out", tmp_path, "--script", "asr", "--quiet", "--overwrite").code == 0
    )
    assert contents(tmp_path) == contents(ep01.out)


def test_a_folder_that_cannot_be_one(ep01: Dub, tmp_path: Path):
    (tmp_path / "file").write_text("mine")
    told = ep01.studio.run("dub", ep01.episode, "--out", tmp_path / "file", "--quiet")
    assert told.code == 3
    assert "--out" in one_line(told)
    assert contents(tmp_path) == {"file": b"mine"}


def test_a_disk_that_is_full_when_the_result_is_written(ep01: Dub, tmp_path: Path):
    """Everything is known, so that the result is the only large file written; the limit stands for the disk's end."""
    arguments = ["dub", str(ep01.episode), "--out", str(tmp_path / "out"), "--script", "asr", "--quiet"]
    told = ep01.studio.run(*arguments, preexec_fn=no_large_files)
    assert told.code == 3
    assert "--out" in one_line(told)
    assert list((tmp_path / "out").iterdir()) == []


def test_names_as_people_give_them(ep01: Dub, tmp_path: Path):
    """The same film under every name: nothing is done again but the picture, which shows the name."""
    names = ["two words", 'it\'s "quoted"', "-01-", "two\nlines", "第1話「風の村」", "100%d [x] $HOME"]
    folder, out = tmp_path / "films", tmp_path / "out"
    folder.mkdir()
    for name in names:
        os.link(copy_beside(ep01.episode, folder), folder / f"{name}.mkv")
    (folder / "copy").unlink()
    told = ep01.studio.run(
        *["dub", "--out", out, "--script", "asr", "--json", "--", *(f"{name}.mkv" for name in names)], cwd=folder
    )
    assert told.code == 0, told.stdout
    expected = {f"{name}.{end}" for name in names for end in ("dub.mkv", "script.json", "en.srt", "png")}
    assert {path.name for path in out.iterdir()} == expected
    for name in names:
        assert (out / f"{name}.dub.mkv").read_bytes() == ep01.video.read_bytes()


def copy_beside(episode: Path, folder: Path) -> Path:
    copy = folder / "copy"
    if not copy.exists():
        copy.write_bytes(episode.read_bytes())
    return copy


def no_large_files() -> None:
    """Let this process write no file of more than 600 kB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))


def one_line(told: Told) -> str:
    """What was told, which must be one line."""
    [line] = told.stderr.splitlines()
    assert line.startswith("animedub: ")
    assert told.stdout == ""
    return line
