"""`animedub dub` against a stand-in for the flow: what is asked of it, what is told of it, what is returned."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest
from typer.testing import CliRunner

from animedub.cli import app
from animedub.cli.dub import Codec as CodecNames
from animedub.cli.estimate import TYPICAL_SHARES
from animedub.errors import InputError, MediaError, MissingError, OutputError
from animedub.model import Codec, DubFiles, DubResult, StageReport
from animedub.model.result import STAGES


def a_result(name: str, out: Path) -> DubResult:
    return DubResult(
        files=DubFiles(
            video=out / f"{name}.dub.mkv",
            script=out / f"{name}.script.json",
            subtitles=out / f"{name}.en.srt",
            picture=out / f"{name}.png",
        ),
        seconds=46.0,
        lines=14,
        speakers={"アカリ": "heart", "Sensei [old]": "michael+puck"},
        unfit=("L0003",),
        lufs=-16.02,
        true_peak_db=-1.3,
        warnings=("lip-sync is not installed",),
        stages=(
            StageReport(stage="separate", seconds=0.01, cached=True),
            StageReport(stage="synthesize", seconds=9.0, cached=False),
        ),
    )


class Studio:
    """Stands in for the module that starts the flow; fails for the episodes that it is told to fail for."""

    def __init__(self):
        self.orders = []
        self.failures = {}

    def run_dub(self, episode, out, request, **how):
        self.orders.append(SimpleNamespace(episode=episode, out=out, request=request, **how))
        progress = how["progress"]
        progress.begin("separate", 46)
        progress.end("separate", cached=True)
        progress.begin("synthesize", 14)
        progress.advance("synthesize", 14)
        progress.end("synthesize", cached=False)
        progress.warn("lip-sync is not installed")
        if episode.name in self.failures:
            raise self.failures[episode.name]
        return a_result(episode.stem, out)


@pytest.fixture
def studio(monkeypatch, tmp_path):
    studio = Studio()
    for name in ("STORE", "MODELS", "STATE"):
        monkeypatch.setenv(f"ANIMEDUB_{name}", str(tmp_path / name.lower()))
    monkeypatch.setattr("animedub.workflow.load", lambda name: {"deployments.command": studio}[name])
    monkeypatch.chdir(tmp_path)
    return studio


def dub(*arguments):
    return CliRunner().invoke(app, ["dub", *map(str, arguments)])


def test_asks_the_flow_for_what_the_options_say(studio, tmp_path):
    words = tmp_path / "mine.json"
    words.write_text("{}")
    told = dub(
        *["ep01.mkv", "--out", "done", "--from", "ja", "--to", "en", "--script", "mine.json", "--lufs", "-20"],
        *["--codec", "opus", "--force-stage", "mix", "--force-stage", "synthesize", "--workers", "3"],
        *["--overwrite", "--no-cache", "--lipsync", "--no-names"],
    )
    assert told.exit_code == 0, told.output
    [order] = studio.orders
    assert order.episode == tmp_path / "ep01.mkv"
    assert order.out == tmp_path / "done"
    assert order.request.script.script == str(words)
    assert order.request.script.use_names is False
    assert order.request.mix.target_lufs == -20
    assert order.request.mix.codec is Codec.OPUS
    assert order.request.lipsync is True
    assert (order.overwrite, order.use_cache, order.workers) == (True, False, 3)
    assert order.refresh == {"mix", "synthesize"}
    assert order.settings.store == tmp_path / "store"


def test_defaults_touch_nothing_that_exists_and_use_the_cache(studio):
    assert dub("ep01.mkv", "--out", "done").exit_code == 0
    [order] = studio.orders
    assert (order.overwrite, order.use_cache, order.workers, order.refresh) == (False, True, None, frozenset())
    assert (order.request.script.script, order.request.mix.target_lufs) == ("auto", -16.0)


def test_the_table_tells_everything_that_was_measured(studio):
    table = dub("ep01.mkv", "--out", "done").stdout
    for part in (
        *["ep01.dub.mkv", "ep01.script.json", "ep01.en.srt", "ep01.png", "0:46", "14", "アカリ → heart"],
        *["Sensei [old] → michael+puck", "-16.0 LUFS", "-1.3 dBTP", "1: L0003", "lip-sync is not installed"],
        *["× real time", "separate"],
    ):
        assert part in table


def test_progress_without_a_terminal_is_one_line_a_stage_on_standard_error(studio):
    lines = dub("ep01.mkv", "--out", "done").stderr.splitlines()
    assert lines[0].split() == ["separate", "cached"]
    assert lines[1].startswith("synthesize") and "done in" in lines[1]
    assert lines[2:] == ["warning: lip-sync is not installed"]


def test_quiet_says_nothing(studio):
    told = dub("ep01.mkv", "--out", "done", "--quiet")
    assert (told.exit_code, told.stdout, told.stderr) == (0, "", "")


def test_json_is_one_object_and_nothing_else(studio, tmp_path):
    told = dub("ep01.mkv", "--out", "done", "--json")
    given = json.loads(told.stdout)
    assert given.pop("elapsed") >= 0
    expected = a_result("ep01", tmp_path / "done").model_dump(mode="json")
    assert given == {key: value for key, value in expected.items() if key != "elapsed"}


@pytest.mark.parametrize("error", [InputError("no such file: x.mkv"), OutputError("full"), MediaError("broken")])
def test_an_error_is_one_line_and_its_exit_code(studio, error):
    studio.failures["x.mkv"] = error
    told = dub("x.mkv", "--out", "done", "--quiet")
    assert told.exit_code == error.exit_code
    assert told.stderr == f"animedub: {error}\n"
    assert told.stdout == ""


def test_an_error_of_several_lines_is_told_in_one(studio):
    studio.failures["x.mkv"] = InputError("no such file: 'a\nb.mkv'")
    assert dub("x.mkv", "--out", "done", "--quiet").stderr == "animedub: no such file: 'a b.mkv'\n"


def test_an_error_as_json(studio):
    studio.failures["x.mkv"] = MissingError("ffmpeg is missing")
    told = dub("x.mkv", "--out", "done", "--json")
    assert told.exit_code == 4
    assert json.loads(told.stdout) == {
        "error": {"type": "MissingError", "message": "ffmpeg is missing", "exit_code": 4}
    }


def test_something_unexpected_is_one_line_that_names_the_log_with_the_details(studio, tmp_path):
    studio.failures["x.mkv"] = ZeroDivisionError("by nought")
    told = dub("x.mkv", "--out", "done", "--quiet")
    log = tmp_path / "state" / "logs" / "animedub.log"
    assert told.exit_code == 70
    assert told.stderr == f"animedub: unexpected ZeroDivisionError: by nought (details in {log})\n"
    assert "Traceback" in log.read_text()


def test_the_log_keeps_the_cause_of_an_expected_error(studio, tmp_path):
    error = MediaError("broken")
    error.__cause__ = OSError("the disk hiccuped")
    studio.failures["x.mkv"] = error
    told = dub("x.mkv", "--out", "done")
    assert "log" not in told.stderr
    assert "the disk hiccuped" in (tmp_path / "state" / "logs" / "animedub.log").read_text()


def test_a_state_folder_that_cannot_be_made_stops_nobody(studio, monkeypatch, tmp_path):
    (tmp_path / "occupied").write_text("a file")
    monkeypatch.setenv("ANIMEDUB_STATE", str(tmp_path / "occupied"))
    assert dub("ep01.mkv", "--out", "done").exit_code == 0


def test_ctrl_c_returns_130_without_a_traceback(studio):
    studio.failures["x.mkv"] = KeyboardInterrupt()
    told = dub("x.mkv", "ep01.mkv", "--out", "done", "--quiet")
    assert told.exit_code == 130
    assert told.stderr.strip() == "animedub: interrupted"
    assert [order.episode.name for order in studio.orders] == ["x.mkv"]


def test_ctrl_c_as_json(studio):
    studio.failures["x.mkv"] = KeyboardInterrupt()
    assert json.loads(dub("x.mkv", "--out", "done", "--json").stdout)["error"]["exit_code"] == 130


@pytest.mark.parametrize("name", ["-dash.mkv", "--out", 'it\'s a "name".mkv', "夜明け 01.mkv", "two\nlines.mkv"])
def test_any_name_reaches_the_flow_as_an_absolute_path(studio, tmp_path, name):
    assert dub("--out", "done", "--", name).exit_code == 0
    assert [order.episode for order in studio.orders] == [tmp_path / name]


def test_several_episodes_go_on_after_a_failure_and_return_the_worst_code(studio):
    studio.failures |= {"a.mkv": MediaError("broken"), "b.mkv": InputError("no sound")}
    told = dub("a.mkv", "b.mkv", "c.mkv", "--out", "done")
    assert told.exit_code == 5
    assert [order.episode.name for order in studio.orders] == ["a.mkv", "b.mkv", "c.mkv"]
    assert "animedub: a.mkv: broken" in told.stderr
    overview = told.stdout[told.stdout.index("episode") :]
    assert "failed (5)" in overview and "failed (2)" in overview and "14 lines, 1 did not fit" in overview


def test_several_episodes_as_json_are_one_object(studio):
    studio.failures["a.mkv"] = MediaError("broken")
    told = dub("a.mkv", "c.mkv", "--out", "done", "--json")
    failed, made = json.loads(told.stdout)["episodes"]
    assert (failed["episode"], failed["error"]["exit_code"]) == ("a.mkv", 5)
    assert (made["episode"], made["result"]["lines"]) == ("c.mkv", 14)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--force-stage", "dance"], "--force-stage dance"),
        (["--script", "no-such-file.ass"], "--script no-such-file.ass"),
        (["--script", "subs:first"], "--script subs:first"),
        (["--lufs", "3"], "--lufs"),
        (["--lufs", "loud"], "--lufs"),
        (["--codec", "mp3"], "--codec"),
        (["--workers", "0"], "--workers"),
        (["--dance"], "--dance"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_before_anything_runs(studio, options, reason):
    told = dub("ep01.mkv", "--out", "done", *options)
    assert told.exit_code == 2
    assert told.stderr.startswith("animedub: ") and reason in told.stderr
    assert told.stderr.count("\n") == 1
    as_json = dub("ep01.mkv", "--out", "done", "--json", *options)
    assert json.loads(as_json.stdout)["error"]["exit_code"] == 2
    assert studio.orders == []


def test_a_stage_that_is_not_known_brings_the_names_of_those_that_are(studio):
    told = dub("ep01.mkv", "--out", "done", "--force-stage", "dance").stderr
    assert all(stage in told for stage in STAGES)


@pytest.mark.parametrize("script", ["auto", "asr", "subs", "subs:2"])
def test_script_words_are_passed_on(studio, script):
    assert dub("ep01.mkv", "--out", "done", "--script", script).exit_code == 0
    assert studio.orders[0].request.script.script == script


def test_what_is_written_down_twice_to_start_fast_is_the_same():
    assert set(get_args(CodecNames)) == set(Codec)
    assert set(TYPICAL_SHARES) == set(STAGES)
    assert sum(TYPICAL_SHARES.values()) == pytest.approx(1)
