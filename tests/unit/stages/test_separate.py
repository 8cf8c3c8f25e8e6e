"""The mix in two, by separators whose answer is known."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from animedub.model import SeparateOptions, Sound, Span, SpeechMap, Turn
from animedub.stages import separate as stage
from animedub.stages.separate import separate

RATE = 48_000
LSB = 2.0**-23


class Share:
    """A separator that takes ``share`` of everything for dialogue."""

    identity = "share"

    def __init__(self, share: float = 0.5, rate: int = RATE) -> None:
        self.share, self.rate = share, rate
        self.heard: list[tuple[int, int]] = []

    def dialogue(self, mix: Sound) -> Sound:
        assert mix.rate == self.rate
        self.heard.append(mix.samples.shape)
        return Sound(mix.samples * np.float32(self.share), mix.rate)


def noise(channels: int, seconds: float, level: float = 0.1) -> NDArray[np.float32]:
    drawn = np.random.default_rng(3).standard_normal((channels, round(seconds * RATE))) * level
    return (np.round(np.clip(drawn, -1, 1 - LSB) / LSB) * LSB).astype(np.float32)


def speech(seconds: float, *spans: tuple[float, float]) -> SpeechMap:
    return SpeechMap(seconds=seconds, turns=tuple(Turn(span=Span(start=a, end=b)) for a, b in spans))


@pytest.fixture
def parted(soundtrack_of, store, watch):
    """Separate samples; dialogue, bed, their mono at 16 kHz, and the stems."""

    def run(samples, spans, engine, options=SeparateOptions()):  # noqa: B008 - frozen
        seconds = samples.shape[1] / RATE
        stems = separate(
            soundtrack_of(samples), speech(seconds, *spans), options, engine=engine, store=store, progress=watch
        )
        read = [
            soundfile.read(store.path(a), dtype="float64", always_2d=True)[0].T for a in (stems.dialogue, stems.bed)
        ]
        assert read[0].shape == read[1].shape == samples.shape
        return (*read, soundfile.read(store.path(stems.listening))[0], stems)

    return run


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_dialogue_and_bed_add_up_to_the_mix_everywhere(parted, channels, rate):
    samples = noise(channels, 6.5)
    dialogue, bed, _, _ = parted(samples, [(1.0, 2.0), (3.8, 5.0)], Share(0.7, rate))
    assert np.abs(dialogue + bed - samples).max() <= LSB
    assert np.abs(dialogue).max() > 0.1


@pytest.mark.parametrize("share", [-0.6, 1.7])
def test_they_add_up_even_at_full_scale_and_for_a_separator_that_overshoots(parted, share):
    samples = noise(2, 3.0, level=0.8)
    dialogue, bed, _, _ = parted(samples, [(1.0, 2.0)], Share(share))
    assert np.abs(dialogue + bed - samples).max() <= LSB


def test_outside_the_stretches_the_bed_is_the_mix_itself(parted):
    samples = noise(2, 8.0)
    dialogue, bed, _, stems = parted(samples, [(2.0, 3.0), (6.0, 6.5)], Share(0.5))
    outside = np.ones(samples.shape[1], bool)
    for span in stems.speech:
        first, last = span.samples(RATE)
        outside[first:last] = False
    assert [(span.start, span.end) for span in stems.speech] == [(1.63, 3.37), (5.63, 6.87)]  # margin and fade
    assert outside.mean() > 0.5
    np.testing.assert_array_equal(bed[:, outside], samples[:, outside])
    assert not dialogue[:, outside].any()
    inside = slice(round(1.8 * RATE), round(3.2 * RATE))
    np.testing.assert_allclose(dialogue[:, inside], samples[:, inside] / 2, atol=LSB)


def test_margin_and_crossfade_are_those_that_were_asked_for(parted):
    samples = np.full((1, 4 * RATE), 0.5, np.float32)
    options = SeparateOptions(margin_ms=100, crossfade_ms=50)
    dialogue, _, _, stems = parted(samples, [(1.0, 2.0)], Share(1.0), options)
    assert (stems.speech[0].start, stems.speech[0].end) == (pytest.approx(0.85), pytest.approx(2.15))
    gate = dialogue[0] / 0.5
    np.testing.assert_allclose(gate[round(0.9 * RATE) : round(2.1 * RATE)], 1, atol=1e-5)
    ramp = gate[round(0.85 * RATE) : round(0.9 * RATE)]
    assert (np.diff(ramp) >= 0).all()
    assert ramp[0] < 0.001


def test_pieces_of_a_long_stretch_are_joined_without_a_seam(parted, monkeypatch):
    monkeypatch.setattr(stage, "LONGEST_S", 2.0)
    times = np.arange(9 * RATE) / RATE
    samples = np.stack([np.sin(2 * np.pi * 220 * times), np.cos(2 * np.pi * 90 * times)]).astype(np.float32) * 0.4
    engine = Share(0.5)
    dialogue, _, _, _ = parted(samples, [(0.5, 8.5)], engine)
    assert len(engine.heard) == 5
    assert max(n for _, n in engine.heard) <= (2.0 + 0.12 + 2 * stage.CONTEXT_S) * RATE
    inside = slice(round(0.3 * RATE), round(8.7 * RATE))
    np.testing.assert_allclose(dialogue[:, inside], samples[:, inside] / 2, atol=2e-7)


@pytest.mark.parametrize("end", [4.9, 4.95, 5.0, 5.05, 5.2])
def test_a_stretch_just_longer_than_a_piece_is_no_special_case(parted, monkeypatch, end):
    monkeypatch.setattr(stage, "LONGEST_S", 2.0)
    samples = noise(1, 8.0)
    dialogue, bed, _, _ = parted(samples, [(3.2, end)], Share(0.5))
    inside = slice(round(3.0 * RATE), round((end + 0.2) * RATE))
    np.testing.assert_allclose(dialogue[:, inside], samples[:, inside] / 2, atol=2e-7)
    assert np.abs(dialogue + bed - samples).max() <= LSB


def test_in_surround_only_the_front_speaks(parted):
    samples = noise(6, 4.0)
    engine = Share(0.5)
    dialogue, bed, _, _ = parted(samples, [(1.0, 3.0)], engine)
    np.testing.assert_array_equal(bed[3:], samples[3:])  # LFE and surrounds
    assert not dialogue[3:].any()
    inside = slice(round(1.0 * RATE), round(3.0 * RATE))
    np.testing.assert_allclose(dialogue[:3, inside], samples[:3, inside] / 2, atol=LSB)
    assert [channels for channels, _ in engine.heard] == [2, 1]


def test_quadraphonic_sound_has_no_centre(parted):
    samples = noise(4, 3.0)
    dialogue, _, _, _ = parted(samples, [(1.0, 2.0)], Share(0.5))
    assert [bool(channel.any()) for channel in dialogue] == [True, True, False, False]


def test_what_is_listened_to_is_the_dialogue_in_mono(parted):
    times = np.arange(3 * RATE) / RATE
    samples = np.stack([np.sin(2 * np.pi * 300 * times), np.zeros_like(times)]).astype(np.float32) * 0.5
    _, _, listening, _ = parted(samples, [(1.0, 2.0)], Share(1.0))
    assert len(listening) == 3 * 16_000
    at = np.arange(16_000, 32_000)
    np.testing.assert_allclose(listening[at], 0.25 * np.sin(2 * np.pi * 300 * at / 16_000), atol=1e-3)


@pytest.mark.parametrize("spans", [[(0.0, 0.4)], [(1.6, 2.0)], [(0.0, 2.0)], [(0.5, 0.51), (0.52, 0.6)]])
def test_speech_at_the_edges_of_the_episode(parted, spans, watch):
    samples = noise(2, 2.0)
    dialogue, bed, _, stems = parted(samples, spans, Share(0.5))
    assert np.abs(dialogue + bed - samples).max() <= LSB
    assert all(before.end < after.start for before, after in pairwise(stems.speech))
    assert watch.done["separate"] == pytest.approx(watch.units["separate"], abs=1e-3)


def test_where_nobody_speaks_nothing_is_taken_out(parted):
    samples = noise(2, 2.0)
    engine = Share(0.5)
    dialogue, bed, _, stems = parted(samples, [], engine)
    assert (engine.heard, stems.speech, dialogue.any()) == ([], (), False)
    np.testing.assert_array_equal(bed, samples)
