"""One voice points one way, two voices two."""

from functools import cache

import numpy as np
import pytest

from animedub.catalogue import ModelFolder
from animedub.dsp.resample import resampled
from animedub.engines.campplus import MELS, CamPlusPlus, kaldi_fbank
from animedub.model import Voice
from animedub.rig import Rig
from animedub.settings import load_settings

RATE = 16_000


@cache
def encoder() -> CamPlusPlus:
    return CamPlusPlus(ModelFolder(load_settings().models))


def test_one_voice_is_nearer_to_itself_than_to_another():
    kokoro = Rig.local().synthesizer("kokoro")

    def embedded(style: str, text: str) -> np.ndarray:
        sound = kokoro.speak(text, Voice(name=style, engine="kokoro", blend={style: 1.0}), "en")
        return encoder().embed(resampled(sound.mono, sound.rate, RATE))

    texts = "The train leaves in ten minutes.", "I never wanted any of this."
    low, high = ([embedded(style, text) for text in texts] for style in ("jm_kumo", "jf_nezumi"))
    within = min(np.dot(*low), np.dot(*high))
    between = max(float(np.dot(a, b)) for a in low for b in high)
    assert within > between + 0.15


def test_loudness_says_nothing_about_a_voice():
    wave = np.random.default_rng(2).standard_normal(RATE).astype(np.float32) * 0.2
    assert np.dot(encoder().embed(wave), encoder().embed(wave * np.float32(0.05))) > 0.98


@pytest.mark.parametrize("samples", [1, 100, 400, 4239, 4240, 16_000])
def test_any_length_has_a_direction(samples):
    wave = np.random.default_rng(2).standard_normal(samples).astype(np.float32) * 0.2
    vector = encoder().embed(wave)
    assert vector.shape == (192,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_filter_bank_shows_a_tone_in_its_place():
    times = np.arange(RATE) / RATE
    chirp = np.concatenate([np.sin(2 * np.pi * hz * times[:8000]) for hz in (300, 3000)]).astype(np.float32) * 0.3
    features = kaldi_fbank(chirp)
    assert features.shape == (98, MELS)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-4)  # the mean of the utterance is gone
    bands = 1127 * np.log1p(np.array([20, 300, 3000, 8000]) / 700)
    low, high = ((bands[1:3] - bands[0]) / (bands[3] - bands[0]) * (MELS + 1) - 1).round()
    assert abs(int(features[:45].mean(axis=0).argmax()) - low) <= 1
    assert abs(int(features[55:].mean(axis=0).argmax()) - high) <= 1
