"""The mix, looked at sample by sample."""

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from animedub.dsp.loudness import LoudnessMeter, true_peaks
from animedub.model import Codec, MixOptions, Placement, Span, Take, Timeline
from animedub.stages.mix import CODING_HEADROOM_DB, CROSSFADE_S, FADE_S, MARGIN_S, Bus, mix, panned

RATE = 48_000
TAKE_RATE = 24_000
LSB = 2.0**-23


def noise(channels: int, seconds: float, level: float = 0.05, seed: int = 1) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE))) * level).astype(np.float32)


def tone(seconds: float, level: float = 0.1, rate: int = TAKE_RATE, hz: float = 400) -> NDArray[np.float32]:
    return (level * np.cos(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def placement(keep):
    def made(samples, start: float, line: str = "L1", rate: int = TAKE_RATE, **how: float) -> Placement:
        seconds = len(samples) / rate
        take = Take(line=line, sound=keep(samples, rate, "PCM_16"), seconds=seconds)
        return Placement(take=take, speaker="Aki", span=Span(start=start, end=start + seconds), **how)

    return made


@pytest.fixture
def mixed(store, watch):
    """Mix; the finished samples with the final gain taken off again, and the facts."""

    def run(timeline, stems, options=MixOptions(codec=Codec.FLAC)):  # noqa: B008 - frozen
        result = mix(timeline, stems, options, store=store, progress=watch)
        samples, rate = soundfile.read(store.path(result.sound), dtype="float64", always_2d=True)
        assert rate == stems.rate
        return samples.T / 10 ** (result.gain_db / 20), result

    return run


def timeline(seconds: float, *placements: Placement, silenced: tuple[Span, ...] = ()) -> Timeline:
    return Timeline(seconds=seconds, placements=placements, silenced=silenced)


def test_a_take_lies_where_it_was_placed_to_the_sample(placement, store):
    click = np.zeros(2400, np.float32)
    click[1200] = 0.9
    one = placement(click, 1.2345)
    out = Bus(timeline(3, one), RATE, 1, store).between(0, 3 * RATE)
    assert np.abs(out[0]).argmax() == round(1.2345 * RATE) + 2400
    first, last = round(1.2345 * RATE), round(1.2345 * RATE) + 4800
    assert not out[0, :first].any()
    assert not out[0, last:].any()


@pytest.mark.parametrize("step", [997, RATE, 10 * RATE])
def test_however_the_bus_is_read_it_sounds_the_same(placement, store, step):
    takes = [placement(tone(1.0, hz=300 + 50 * n), 0.4 * n, line=f"L{n}") for n in range(6)]
    whole = Bus(timeline(4, *takes), RATE, 2, store).between(0, 4 * RATE)
    bus = Bus(timeline(4, *reversed(takes)), RATE, 2, store)
    parts = [bus.between(at, min(at + step, 4 * RATE)) for at in range(0, 4 * RATE, step)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)
    assert np.abs(whole).max() > 0.1


def test_the_bus_holds_only_takes_that_sound(placement, store):
    bus = Bus(timeline(20, *(placement(tone(1.0), 2.0 * n, line=f"L{n}") for n in range(10))), RATE, 1, store)
    held = []
    for second in range(20):
        bus.between(second * RATE, (second + 1) * RATE)
        held.append(len(bus._sounding))
    assert max(held) <= 1
    assert held[-1] == 0


def test_in_the_gaps_the_original_is_untouched_but_for_the_final_gain(placement, stems_of, mixed):
    dialogue, bed = noise(2, 8.0, seed=2), noise(2, 8.0)
    dialogue[:, : 3 * RATE] = 0
    line = Span(start=4.0, end=5.0)
    out, result = mixed(
        timeline(8.0, placement(tone(1.0), 4.0), silenced=(line,)),
        stems_of(dialogue, bed),
        MixOptions(codec=Codec.FLAC, target_lufs=-30),
    )
    reach = MARGIN_S + CROSSFADE_S
    outside = np.ones(8 * RATE, bool)
    outside[round((4 - reach) * RATE) : round((5 + reach) * RATE)] = False
    original = dialogue + bed
    exact = np.vdot(out[:, outside], original[:, outside]) / np.vdot(original[:, outside], original[:, outside])
    assert exact == pytest.approx(1, abs=0.001)  # the gain is told to a hundredth of a decibel
    tolerance = 3 * LSB / 10 ** (result.gain_db / 20)
    np.testing.assert_allclose(out[:, outside] / exact, original[:, outside], atol=tolerance)
    inside = slice(round((4 - MARGIN_S) * RATE), round(4.0 * RATE))
    np.testing.assert_allclose(out[:, inside] / exact, bed[:, inside], atol=tolerance)  # the actor is gone


def test_a_take_is_as_loud_as_it_was_asked_to_be(placement, stems_of, mixed):
    stems = stems_of(np.zeros((2, 6 * RATE)), noise(2, 6.0, 1e-4))
    out, _ = mixed(timeline(6.0, placement(tone(2.0, 0.1), 1.0, gain_db=-6.0, balance=0.25)), stems)
    middle = slice(round(1.2 * RATE), round(2.8 * RATE))
    levels = np.sqrt((out[:, middle] ** 2).mean(axis=1)) / (0.1 / np.sqrt(2))
    assert 20 * np.log10(levels.mean()) == pytest.approx(-6.0, abs=0.05)
    assert (levels[1] - levels[0]) / levels.sum() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("channels", range(1, 9))
@pytest.mark.parametrize("balance", [-1.0, 0.0, 0.4])
def test_panning_keeps_the_mean_of_the_channels(channels, balance):
    gains = panned(balance, channels)
    assert gains.shape == (channels,)
    assert gains.mean() == pytest.approx(1)
    assert gains.min() >= 0
    if channels >= 6:
        assert gains[3] == 0  # nobody speaks from the subwoofer


def test_in_surround_a_take_stands_in_the_centre_alone(placement, stems_of, mixed):
    stems = stems_of(np.zeros((6, 3 * RATE)), noise(6, 3.0, 0.001))
    out, _ = mixed(timeline(3.0, placement(tone(1.0, 0.05), 1.0)), stems)
    levels = np.sqrt((out[:, round(1.1 * RATE) : round(1.9 * RATE)] ** 2).mean(axis=1))
    assert levels.argmax() == 2
    assert np.delete(levels, 2).max() < 0.002


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("target", [-16.0, -24.0])
def test_it_is_as_loud_as_was_asked_for(placement, stems_of, mixed, channels, target):
    stems = stems_of(noise(channels, 6.0, 0.02, seed=3), noise(channels, 6.0, 0.02))
    options = MixOptions(target_lufs=target, codec=Codec.FLAC)
    out, result = mixed(timeline(6.0, placement(tone(2.0, 0.1), 2.0)), stems, options)
    meter = LoudnessMeter(channels)
    meter.hear((out * 10 ** (result.gain_db / 20)).astype(np.float32))
    assert meter.integrated() == pytest.approx(target, abs=0.1)
    assert result.lufs == pytest.approx(meter.integrated(), abs=0.02)


@pytest.mark.parametrize("codec", list(Codec))
def test_no_true_peak_passes_the_limit(stems_of, mixed, codec):
    bed = noise(2, 6.0, 0.01)
    bed[:, ::9001] = 0.9  # clicks: the loudness that is asked for cannot be had without limiting
    bed[:, 5::9001] = -0.9
    options = MixOptions(target_lufs=-16, true_peak_db=-1.5, codec=codec)
    out, result = mixed(timeline(6.0), stems_of(np.zeros((2, 6 * RATE)), bed), options)
    peak = true_peaks((out * 10 ** (result.gain_db / 20)).astype(np.float32)).max()
    assert 20 * np.log10(peak) < -1.5 - CODING_HEADROOM_DB[codec] + 0.1
    assert result.lufs == pytest.approx(-16, abs=0.15)


def test_a_take_cut_in_the_middle_of_a_wave_makes_no_click(placement, stems_of, mixed):
    stems = stems_of(np.zeros((1, 3 * RATE)), noise(1, 3.0, 1e-5))
    material = tone(1.0, 0.3)  # begins and ends at full swing
    out, _ = mixed(timeline(3.0, placement(material, 1.0)), stems)
    steps = np.abs(np.diff(out[0]))
    own = steps[round(1.2 * RATE) : round(1.8 * RATE)].max()
    edges = round(FADE_S * RATE) + 48
    for at in (RATE, 2 * RATE):
        assert steps[at - edges : at + edges].max() <= own * 1.05


def test_takes_at_both_ends_of_the_episode_keep_its_length(placement, stems_of, mixed):
    stems = stems_of(np.zeros((2, 3 * RATE + 7)), noise(2, 3.0 + 7 / RATE))
    out, result = mixed(timeline(3.0, placement(tone(0.5), 0.0), placement(tone(0.6), 2.6, line="L2")), stems)
    assert out.shape == (2, 3 * RATE + 7)
    assert np.isfinite(out).all()
    assert result.lufs == pytest.approx(-16, abs=0.1)


def test_silence_stays_silence(stems_of, mixed):
    out, result = mixed(timeline(2.0), stems_of(np.zeros((2, 2 * RATE)), np.zeros((2, 2 * RATE))))
    assert not out.any()
    assert (result.gain_db, result.lufs) == (0.0, -99.0)


def test_the_envelopes_show_what_was_mixed(placement, stems_of, store, watch):
    dialogue = np.zeros((2, 12 * RATE))
    dialogue[:, RATE : 2 * RATE] = 0.5
    stems = stems_of(dialogue, np.full((2, 12 * RATE), 0.25))
    result = mix(timeline(12.0, placement(tone(1.0, 0.1), 10.0)), stems, MixOptions(), store=store, progress=watch)
    with np.load(store.path(result.envelopes), allow_pickle=False) as drawn:
        assert {name: len(drawn[name]) for name in drawn.files} == dict.fromkeys(("original", "dub", "bed"), 1200)
        assert (drawn["original"][100:200] == 0.5).all()
        assert drawn["dub"][1010:1090].min() == pytest.approx(0.1, abs=0.001)
        assert not drawn["dub"][:999].any()
        assert (drawn["bed"] == 0.25).all()
    assert watch.done == {"mix": pytest.approx(12)}
    assert not list(store.scratch.glob("*.wav"))
