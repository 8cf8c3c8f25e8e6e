"""Speech is found where it is; windows, pauses and numbers are joined as they should be."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from animedub.catalogue import ModelFolder
from animedub.dsp.resample import resampled
from animedub.engines.segmentation import FRAME_STEP, PyannoteSegmentation, _active, _renumbered
from animedub.model import Span
from animedub.model.span import merged
from animedub.rig import Rig
from animedub.settings import load_settings

RATE = 16_000
STEP_S = FRAME_STEP / RATE


@cache
def said() -> np.ndarray:
    kokoro = Rig.local().synthesizer("kokoro")
    sound = kokoro.speak("Where have you been all day?", kokoro.voices("en")[0].voice, "en")
    return resampled(sound.mono, sound.rate, RATE)


@cache
def detector() -> PyannoteSegmentation:
    return PyannoteSegmentation(ModelFolder(load_settings().models))


@pytest.mark.parametrize("seconds", [6.0, 10.0, 10.01, 23.7])
def test_speech_is_found_where_it_is_in_any_length(seconds):
    length = len(said()) / RATE
    starts = [at for at in (1.0, 8.5, 13.6, 20.0) if at + length < seconds]  # some across the seams of windows
    wave = np.random.default_rng(0).standard_normal(round(seconds * RATE)).astype(np.float32) * 1e-4
    for at in starts:
        wave[round(at * RATE) : round(at * RATE) + len(said())] += said()

    def read(span: Span) -> np.ndarray:
        first, last = span.samples(RATE)
        return np.pad(wave, (0, max(0, last - len(wave))))[first:last]

    found = merged(detector().detect(read, seconds).spans, gap=0.4)
    assert [span.start for span in found] == [pytest.approx(at, abs=0.25) for at in starts]
    assert [span.end for span in found] == [pytest.approx(at + length, abs=0.35) for at in starts]


def test_nothing_is_read_beyond_a_window_at_a_time():
    asked: list[Span] = []

    def read(span: Span) -> np.ndarray:
        asked.append(span)
        return np.zeros(round(span.seconds * RATE), np.float32)

    assert detector().detect(read, 31.0).turns == ()
    assert max(span.seconds for span in asked) <= 10.001
    assert asked[0].start == 0
    assert asked[-1].end >= 31.0
    assert all(after.start < before.end for before, after in pairwise(asked))


@pytest.mark.parametrize(
    ("probabilities", "runs"),
    [
        ([0, 0.6, 0.45, 0.45, 0.3, 0], [(1, 4)]),  # it goes on until it is well under the threshold
        ([0, 0.45, 0.45, 0], []),
        ([0.9, 0.9, 0.9], [(0, 3)]),
        ([0.9, 0.9, 0, 0.9, 0.9, 0], [(0, 5)]),  # a short pause is closed
        ([0.9, 0.9, 0, 0, 0, 0.9, 0.9, 0], [(0, 2), (5, 7)]),
        ([0, 0.9, 0, 0, 0, 0.9, 0.9], [(5, 7)]),  # a burst is dropped
    ],
)
def test_probabilities_become_turns(probabilities, runs):
    found = _active(np.array(probabilities, np.float32), 0.5, 0.4, 2 * STEP_S, 2 * STEP_S)
    assert found == runs


@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 0, 1]])
def test_speakers_keep_their_numbers_from_window_to_window(order):
    previous = np.zeros((20, 3), np.float32)
    previous[:, 0] = np.arange(20) % 3 == 0
    previous[:, 1] = np.arange(20) % 4 == 1
    previous[:, 2] = np.arange(20) % 5 == 2
    window = np.concatenate([previous[10:], previous[:10]])[:, order]
    np.testing.assert_array_equal(_renumbered(window, previous, 10)[:10], previous[10:])
