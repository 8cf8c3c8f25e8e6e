"""The dub flow: how its stages are wired, on a short film and with engines that only pretend to understand it."""

import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from animedub.catalogue import ModelFolder
from animedub.engines import registry
from animedub.errors import InputError, MediaError, OutputError
from animedub.model import DubRequest, DubResult, ScriptOptions
from animedub.model.result import STAGES
from animedub.rig import Rig, working_on
from animedub.store import Store
from tests.conftest import PICTURE, X264, run_ffmpeg
from tests.flows import puppets

RATE = 48_000
SECONDS = 6.0
SRT = "1\n00:00:00,400 --> 00:00:01,800\nOne from a file.\n\n2\n00:00:02,200 --> 00:00:03,400\nTwo from a file.\n\n"


@dataclass
class Ears:
    """Progress that keeps the order in which stages ended, and how."""

    ended: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def begin(self, stage: str, units: float) -> None: ...

    def advance(self, stage: str, units: float) -> None: ...

    def end(self, stage: str, *, cached: bool) -> None:
        self.ended.append(stage)
        if not cached:
            self.made.append(stage)

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@dataclass
class Stage:
    """A place to dub at, and what was heard there last."""

    rig: Rig
    ears: Ears = field(default_factory=Ears)

    def dub(self, episode: Path, out: Path, script: str = "asr", *, overwrite: bool = True, **wishes) -> DubResult:
        from flows.dub import dub_flow

        self.ears = Ears()
        puppets.asked.clear()
        rig = replace(
            self.rig, progress=self.ears, **{k: wishes.pop(k) for k in ("refresh", "use_cache") if k in wishes}
        )
        request = DubRequest(script=ScriptOptions(script=script), **wishes)
        with working_on(rig):
            return dub_flow(episode, out, request, overwrite)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Six seconds: a low hum, a high one, the low one again, over quiet noise."""
    folder = tmp_path_factory.mktemp("film")
    sound = 0.005 * np.random.default_rng(5).standard_normal(round(SECONDS * RATE)).astype(np.float32)
    for span, hz in puppets.SCENES:
        start, end = span.samples(RATE)
        sound[start:end] += puppets.hum(hz, span.seconds, RATE)[: end - start]
    soundfile.write(folder / "film.wav", sound, RATE)
    picture = [part.replace("d=3", "d=6") for part in PICTURE]
    run_ffmpeg(*picture, "-i", folder / "film.wav", *X264, "-c:a", "flac", "-t", "6", folder / "film.mkv")
    return folder / "film.mkv"


@pytest.fixture
def stage(tmp_path, monkeypatch, prefect_api) -> Stage:
    """An empty store and the puppets."""
    places = {
        kind: {name: f"{puppets.__name__}:{engine.__name__}" for name, engine in engines.items()}
        for kind, engines in puppets.TROUPE.items()
    }
    monkeypatch.setattr(registry, "EMBEDDED", places)
    return Stage(Rig(store=Store(tmp_path / "store"), models=ModelFolder(tmp_path / "models"), threads=2))


def script_of(result: DubResult) -> dict:
    return json.loads(result.files.script.read_text(encoding="utf-8"))


def test_every_stage_is_done_once_and_in_order(stage, film, tmp_path):
    result = stage.dub(film, tmp_path / "out")
    assert stage.ears.ended == stage.ears.made
    assert sorted(stage.ears.ended) == sorted(set(STAGES) - {"lipsync"})
    order = {name: place for place, name in enumerate(stage.ears.ended)}
    chain = [
        "ingest",
        "extract",
        "detect",
        "separate",
        "transcribe",
        "translate",
        "cast",
        "synthesize",
        "arrange",
        "mix",
    ]
    assert sorted(chain, key=lambda name: order[name]) == chain
    assert order["mix"] < order["mux"] < order["inspect"]
    assert all(path.stat().st_size > 0 for path in result.files.all)
    assert (result.lines, result.seconds) == (3, pytest.approx(SECONDS, abs=0.05))


def test_what_one_stage_finds_reaches_the_next(stage, film, tmp_path):
    lines = script_of(stage.dub(film, tmp_path / "out"))["lines"]
    assert [line["source_text"] for line in lines] == list(puppets.SAID)
    assert [line["speaker"] for line in lines] == ["Speaker 1", "Speaker 2", "Speaker 1"]
    assert [line["voice"] for line in lines] == ["low", "high", "low"]
    assert all(line["text"] and line["placed"] and line["prosody"] for line in lines)
    assert [line["text"] for line in lines] == [puppets.MEANT[0], lines[1]["text"], puppets.MEANT[1]]
    assert "hank" in lines[1]["text"]
    assert {line["text"] for line in lines} <= set(puppets.asked)


def test_known_results_are_taken(stage, film, tmp_path):
    stage.dub(film, tmp_path / "out")
    again = stage.dub(film, tmp_path / "again")
    assert stage.ears.made == []
    assert not puppets.asked
    assert again.files.video.read_bytes() == (tmp_path / "out" / "film.dub.mkv").read_bytes()


def test_without_the_cache_everything_is_done_and_nothing_kept(stage, film, tmp_path):
    stage.dub(film, tmp_path / "out", use_cache=False)
    assert not list((stage.rig.store.root / "results").glob("*"))
    stage.dub(film, tmp_path / "out", use_cache=False)
    assert stage.ears.made == stage.ears.ended
    assert puppets.asked["separate"] > 0
    assert (
        sum(
            puppets.asked[line["text"]] for line in json.loads((tmp_path / "out/film.script.json").read_text())["lines"]
        )
        == 3
    )


def test_a_stage_that_is_forced_is_done_again(stage, film, tmp_path):
    stage.dub(film, tmp_path / "out")
    stage.dub(film, tmp_path / "out", refresh=frozenset({"transcribe"}))
    assert stage.ears.made == ["transcribe"]
    assert puppets.asked == {"transcribe": 1}


def test_a_script_in_json_is_the_script(stage, film, tmp_path):
    first = stage.dub(film, tmp_path / "out")
    script = script_of(first)
    script["lines"][1]["text"] = "Something else."
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps(script), encoding="utf-8")
    second = stage.dub(film, tmp_path / "edited", str(edited))
    assert not {"outline", "transcribe", "translate", "cast"} & set(stage.ears.ended)
    assert puppets.asked == {"Something else.": 1}
    assert [line["text"] for line in script_of(second)["lines"]] == [line["text"] for line in script["lines"]]


def test_a_line_added_to_the_script_gets_what_it_lacks(stage, film, tmp_path):
    """Only its words are given: who speaks is heard, and the voice follows."""
    script = script_of(stage.dub(film, tmp_path / "out"))
    del script["lines"][2]
    span = puppets.SCENES[2][0]
    script["lines"].append({"id": "mine", "span": {"start": span.start, "end": span.end}, "text": "A line of mine."})
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps(script), encoding="utf-8")
    [mine] = [
        line for line in script_of(stage.dub(film, tmp_path / "more", str(edited)))["lines"] if line["id"] == "mine"
    ]
    assert mine["voice"] == "low"
    assert mine["speaker"] == "Speaker 1"
    assert puppets.asked["A line of mine."] == 1


def test_subtitles_from_a_file_are_the_words(stage, film, tmp_path):
    subtitles = tmp_path / "mine.srt"
    subtitles.write_text(SRT, encoding="utf-8")
    lines = script_of(stage.dub(film, tmp_path / "out", str(subtitles)))["lines"]
    assert [line["text"] for line in lines] == ["One from a file.", "Two from a file."]
    assert "translate" not in stage.ears.ended
    assert puppets.asked["One from a file."] == puppets.asked["Two from a file."] == 1


def test_subtitles_that_are_asked_for_and_missing(stage, film, tmp_path):
    for wish in ("subs", "subs:2"):
        with pytest.raises(InputError):
            stage.dub(film, tmp_path / "out", wish)
    assert not any((tmp_path / "out").iterdir())


def test_lips_that_cannot_be_moved_are_a_warning(stage, film, tmp_path):
    assert stage.dub(film, tmp_path / "out", lipsync=True).files.video.exists()
    assert stage.ears.warnings == ["no lip-syncer is installed: the picture stays as it is"]


def test_an_engine_that_fails_ends_the_dub_with_its_own_error(stage, film, tmp_path, monkeypatch):
    def speechless(*_, **__):
        raise MediaError("the voice is hoarse; give it tea")

    monkeypatch.setattr(puppets.Hummer, "speak", speechless)
    with pytest.raises(MediaError, match="hoarse"):
        stage.dub(film, tmp_path / "out")
    assert not any((tmp_path / "out").iterdir())


def test_results_that_exist_stop_the_dub_before_it_begins(stage, film, tmp_path):
    (tmp_path / "film.png").write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"):
        stage.dub(film, tmp_path, overwrite=False)
    assert stage.ears.ended == []
    assert (tmp_path / "film.png").read_text() == "mine"


def test_the_domain_never_imports_prefect():
    """Every module of the package, imported in a process of its own."""
    program = (
        "import importlib, pkgutil, sys, animedub\n"
        "names = [m.name for m in pkgutil.walk_packages(animedub.__path__, 'animedub.')]\n"
        "names = [n for n in names if '._workflow' not in n and not n.endswith('__main__')]\n"
        "[importlib.import_module(n) for n in names]\n"
        "print(len(names), 'prefect' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    number, imported = said.split()
    assert int(number) > 50
    assert imported == "False"
