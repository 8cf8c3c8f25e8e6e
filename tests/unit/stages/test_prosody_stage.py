"""Every line is measured on the dialogue alone."""

import numpy as np
import pytest

from animedub.model import Line, Script, Span
from animedub.stages.prosody import measure, with_prosody

RATE = 48_000


def tone(hz: float, seconds: float, level: float) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


@pytest.fixture
def stems(stems_of):
    """A second each: 150 Hz on the left, 300 Hz mostly on the right, silence, 200 Hz in the middle."""
    left = np.concatenate([tone(150, 1, 0.4), tone(300, 1, 0.1), np.zeros(RATE), tone(200, 1, 0.2)])
    right = np.concatenate([np.zeros(RATE), tone(300, 1, 0.3), np.zeros(RATE), tone(200, 1, 0.2)])
    return stems_of(np.stack([left, right]))


SPANS = [Span(start=n + 0.05, end=n + 0.95) for n in range(4)]


@pytest.mark.parametrize("threads", [1, 3])
def test_lines_are_measured_where_they_are(stems, store, watch, threads):
    found = measure(SPANS, stems, store=store, progress=watch, threads=threads)
    assert found[2] is None  # silence has no prosody
    told = [(one.pitch_hz, one.energy_db, one.balance) for one in found if one]
    assert told == [
        (pytest.approx(150, rel=0.01), pytest.approx(-17.0, abs=0.1), pytest.approx(-1, abs=0.01)),
        (pytest.approx(300, rel=0.01), pytest.approx(-17.0, abs=0.1), pytest.approx(0.5, abs=0.01)),
        (pytest.approx(200, rel=0.01), pytest.approx(-17.0, abs=0.1), pytest.approx(0, abs=0.01)),
    ]
    assert watch.done == {"prosody": 4}


@pytest.mark.parametrize("span", [Span(start=1, end=1), Span(start=1, end=1.02), Span(start=9, end=12)])
def test_too_little_sound_has_no_prosody(stems, store, watch, span):
    assert measure([span], stems, store=store, progress=watch) == (None,)


@pytest.mark.parametrize("channels", [1, 6])
def test_mono_and_surround_stand_in_the_middle(stems_of, store, watch, channels):
    dialogue = np.zeros((channels, RATE))
    dialogue[-1] = tone(200, 1, 0.5)
    (found,) = measure([Span(start=0, end=1)], stems_of(dialogue), store=store, progress=watch)
    assert found
    assert found.balance == 0


def test_each_line_gets_its_own(stems, store, watch):
    lines = tuple(Line(id=f"L{n}", span=span) for n, span in enumerate(SPANS))
    script = Script(source_language="ja", language="en", lines=lines)
    found = measure(SPANS, stems, store=store, progress=watch)
    assert [line.prosody for line in with_prosody(script, found).lines] == list(found)
    with pytest.raises(ValueError, match="zip"):
        with_prosody(script, found[:2])
