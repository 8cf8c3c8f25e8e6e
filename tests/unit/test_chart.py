"""The picture is looked at by people; here it is made sure that everything is in it, at its place, in its colour."""

import logging
import warnings

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from animedub import chart
from animedub.chart import STEP, Envelopes, draw
from animedub.lettering import Lettering
from animedub.model import Line, Script, Span


def line(number, start, end, speaker="Akari", **more):
    span = Span(start=start, end=end)
    return Line(id=f"L{number}", span=span, speaker=speaker, text="Here we are.", voice="heart", placed=span, **more)


def script(*lines):
    return Script(source_language="ja", language="en", lines=lines)


def envelopes(seconds, level=0.0):
    flat = np.full(round(seconds / STEP), level, np.float32)
    return Envelopes(flat, flat, flat)


def drawn(tmp_path, seconds, words, unfit=(), sounds=None, name="ep01"):
    picture = tmp_path / "picture.png"
    sounds = sounds or envelopes(seconds)
    draw(picture, name=name, seconds=seconds, script=words, envelopes=sounds, unfit=unfit)
    return imread(picture)[..., :3]


def columns(pixels, colour):
    """Where, between the margins and from 0 to 1, a colour is; empty when it is nowhere."""
    width = pixels.shape[1]
    left, right = (round(edge / chart._WIDTH * width) for edge in (chart._LEFT, chart._WIDTH - chart._RIGHT))
    below_head = pixels[round(chart._HEAD / chart._WIDTH * width) :, left:right]
    hits = (np.abs(below_head - to_rgb(colour)).max(axis=2) < 0.02).any(axis=0)
    return np.flatnonzero(hits) / (right - left)


def test_a_take_lies_at_its_time_in_the_colour_of_its_character(tmp_path):
    pixels = drawn(tmp_path, 40, script(line(1, 10, 20), line(2, 30, 38, "Kuro")))
    akari, kuro = columns(pixels, chart._CHARACTERS[0]), columns(pixels, chart._CHARACTERS[1])
    assert (akari.min(), akari.max()) == pytest.approx((10 / 40, 20 / 40), abs=0.005)
    assert (kuro.min(), kuro.max()) == pytest.approx((30 / 40, 38 / 40), abs=0.005)


def test_a_line_that_did_not_fit_is_red(tmp_path):
    words = script(line(1, 10, 20), line(2, 30, 38))
    assert columns(drawn(tmp_path, 40, words), chart._UNFIT).size == 0
    red = columns(drawn(tmp_path, 40, words, unfit=["L2"]), chart._UNFIT)
    assert red.min() > 29 / 40


def test_the_envelope_of_the_dub_stands_where_it_is_loud(tmp_path):
    loud = np.zeros(4000, np.float32)
    loud[1000:2000] = 0.5
    silence = np.zeros_like(loud)
    blue = columns(drawn(tmp_path, 40, script(), sounds=Envelopes(silence, loud, silence)), chart._DUB)
    assert (blue.min(), blue.max()) == pytest.approx((10 / 40, 20 / 40), abs=0.005)


def test_a_long_episode_is_wrapped_into_strips_with_the_lanes_of_those_who_speak_there(tmp_path):
    short = drawn(tmp_path, 60, script(line(1, 1, 3)))
    long = drawn(tmp_path, 1500, script(line(1, 1, 3), line(2, 700, 702, "Kuro")))
    assert long.shape[0] / long.shape[1] > 8 * short.shape[0] / short.shape[1]
    kuro = columns(long, chart._CHARACTERS[1])
    within = 700 % chart._STRIP_SECONDS / chart._STRIP_SECONDS
    assert kuro.min() == pytest.approx(within, abs=0.005)


def test_the_same_things_give_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        draw(tmp_path / name, name="ep01", seconds=9, script=script(line(1, 1, 3)), envelopes=envelopes(9, 0.3))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "sounds"),
    [
        (script(), envelopes(0)),
        (script(line(1, 0, 0)), envelopes(5)),
        (script(line(1, 2, 99)), envelopes(500, 1.0)),
        (script(Line(id="x", span=Span(start=1, end=2))), envelopes(5)),
    ],
    ids=["nothing", "a line of no length", "past the end", "not placed, nobody's"],
)
def test_odd_scripts_are_drawn_too(tmp_path, words, sounds):
    assert drawn(tmp_path, 5, words, sounds=sounds).std() > 0


def test_any_name_is_drawn_without_a_word_on_standard_error(tmp_path, caplog, capfd):
    words = script(line(1, 1, 3, "灯里 $x_1$"), line(2, 3, 4, "\n\t"), line(3, 4, 5, "🎤" * 50))
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        drawn(tmp_path, 9, words, name="夜明け 第01話 \\frac $")
    assert (caplog.text, capfd.readouterr().err) == ("", "")


def test_signs_that_no_font_has_become_boxes_and_formulas_stay_text():
    assert Lettering().sign("a🎤b $x$\nc") == "a□b \\$x\\$ c"


def test_text_is_shortened_to_its_room():
    say = Lettering()
    text = "Wherever we go, we go together."
    assert say.shortened(text, 8, 100) == text
    short = say.shortened(text, 8, 1.0)
    assert short.endswith("…") and text.startswith(short[:-1]) and 0.7 < say.inches(short, 8) <= 1.0
    assert say.shortened(text, 8, 0.05) == ""


def test_text_is_wrapped_into_rows_that_fit():
    say = Lettering()
    rows = say.wrapped("Wherever we go, we go together, all of us, always.", 8, 1.2, rows=2)
    assert len(rows) == 2 and rows[-1].endswith("…")
    assert all(say.inches(row, 8) <= 1.2 for row in rows)
    assert say.wrapped("Short.", 8, 1.2, rows=2) == ["Short."]
    assert say.wrapped("", 8, 1.2, rows=2) == []
