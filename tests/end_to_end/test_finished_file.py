"""The finished file of the sample episode, taken apart."""

import pytest

from tests import measure
from tests.end_to_end.studio import Dub

FRAME_S = 1001 / 24000


@pytest.fixture(scope="module")
def before(ep01: Dub):
    return measure.probe(ep01.episode)


@pytest.fixture(scope="module")
def after(ep01: Dub):
    return measure.probe(ep01.video)


def test_everything_promised_is_there_and_nothing_else(ep01: Dub):
    names = {f"ep01.{end}" for end in ("dub.mkv", "script.json", "en.srt", "png")}
    assert {path.name for path in ep01.out.iterdir()} == names
    assert {path for path in ep01.told.object["files"].values()} == {str(ep01.out / name) for name in names}
    assert (ep01.out / "ep01.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_is_untouched(ep01: Dub):
    assert measure.packets(ep01.video, "v:0") == measure.packets(ep01.episode, "v:0")


def test_it_lasts_as_long_as_the_original(before, after):
    assert abs(float(after["format"]["duration"]) - float(before["format"]["duration"])) <= FRAME_S


def test_the_tracks_stand_in_order(after):
    shown = [
        (stream["codec_type"], stream["tags"].get("language"), bool(stream["disposition"]["default"]))
        for stream in after["streams"]
    ]
    assert [kind for kind, _, _ in shown] == ["video", "audio", "audio", "subtitle", "subtitle", "subtitle"]
    assert shown[1:3] == [("audio", "eng", True), ("audio", "jpn", False)]
    assert [language for kind, language, _ in shown if kind == "subtitle"] == ["eng", "jpn", "eng"]
    titles = [stream["tags"].get("title", "") for stream in after["streams"]]
    assert titles[1] == "English dub"
    assert titles[5] == "English (fansub)"


def test_the_original_sound_and_subtitles_are_kept_bit_for_bit(ep01: Dub):
    assert measure.packets(ep01.video, "a:1") == measure.packets(ep01.episode, "a:0")
    assert measure.packets(ep01.video, "s:2").split("=")[-1] == measure.packets(ep01.episode, "s:0").split("=")[-1]


def test_it_is_as_loud_as_promised(ep01: Dub):
    levels = measure.levels(ep01.video, 0)
    assert levels.lufs == pytest.approx(-16, abs=0.5)
    assert levels.true_peak_db <= -1
    assert ep01.told.object["lufs"] == pytest.approx(levels.lufs, abs=0.2)
    assert ep01.told.object["true_peak_db"] == pytest.approx(levels.true_peak_db, abs=0.2)
