"""The separator around the nets: small graphs with a known mask stand in for them."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from animedub.catalogue import ModelFolder
from animedub.engines.protocols import Separator
from animedub.engines.spleeter import BINS, BLOCK, HOP, Spleeter
from animedub.model import Sound

RATE = Spleeter.rate
EVERYTHING = np.ones(BINS, np.float32)


def graph_with_mask(per_bin: np.ndarray) -> onnx.ModelProto:
    """Whatever it hears, the mask is ``per_bin``; frames that are no multiple of 64 cannot be reshaped."""
    shape = ["batch", 2, "frames", BINS]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("magnitude", "vocal_mask")]
    weights = [
        numpy_helper.from_array(per_bin.astype(np.float32), "mask"),
        numpy_helper.from_array(np.float32(0), "zero"),
        numpy_helper.from_array(np.array([1, 2, -1, 64, BINS], np.int64), "grains"),
        numpy_helper.from_array(np.array([1, 2, -1, BINS], np.int64), "whole"),
    ]
    nodes = [
        helper.make_node("Reshape", ["magnitude", "grains"], ["a"]),
        helper.make_node("Reshape", ["a", "whole"], ["b"]),
        helper.make_node("Mul", ["b", "zero"], ["c"]),
        helper.make_node("Add", ["c", "mask"], ["vocal_mask"]),
    ]
    graph = helper.make_graph(nodes, "fixed mask", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def separator(tmp_path: Path):
    def made(per_bin: np.ndarray, **options: float) -> Spleeter:
        folder = tmp_path / "user" / "spleeter-2stems"
        folder.mkdir(parents=True, exist_ok=True)
        onnx.save(graph_with_mask(per_bin), folder / "separator.onnx")
        return Spleeter(ModelFolder(tmp_path / "models", tmp_path / "user"), 1, **options)

    return made


def noise(channels: int, samples: int) -> Sound:
    drawn = np.random.default_rng(7).standard_normal((channels, samples)) * 0.1
    return Sound(drawn.astype(np.float32), RATE)


@pytest.mark.parametrize("samples", [1, 1000, HOP, 5 * RATE + 17, BLOCK * HOP, (2 * BLOCK + 3) * HOP + 1])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_mask_of_one_gives_the_mix_back_on_the_same_samples(separator, channels: int, samples: int):
    mix = noise(channels, samples)
    dialogue = separator(EVERYTHING).dialogue(mix)
    assert dialogue.rate == RATE
    assert dialogue.samples.shape == mix.samples.shape
    assert np.abs(dialogue.samples - mix.samples).max() < 1e-6


def test_a_mask_of_zero_gives_silence(separator):
    assert not separator(0 * EVERYTHING).dialogue(noise(2, RATE)).samples.any()


def test_the_mask_parts_a_low_tone_from_a_high_one(separator):
    times = np.arange(2 * RATE) / RATE
    low, high = np.sin(2 * np.pi * 300 * times), np.sin(2 * np.pi * 6000 * times)
    below_2_khz = (np.arange(BINS) < 2000 / RATE * 4096).astype(np.float32)
    dialogue = separator(below_2_khz).dialogue(Sound(np.stack([low + high, low]), RATE))
    inner = slice(RATE // 2, -RATE // 2)
    assert np.abs(dialogue.samples[0] - low)[inner].max() < 1e-3
    assert np.abs(dialogue.samples[1] - low)[inner].max() < 1e-3


def test_the_highest_bins_stand_for_those_the_nets_do_not_see(separator):
    times = np.arange(RATE) / RATE
    above = Sound(np.sin(2 * np.pi * 15_000 * times), RATE)
    inner = slice(RATE // 4, -RATE // 4)
    half_at_the_top = np.where(np.arange(BINS) < BINS - 64, 1.0, 0.5)
    dialogue = separator(half_at_the_top, strength=1.0).dialogue(above)
    assert np.abs(dialogue.samples - 0.5 * above.samples)[:, inner].max() < 1e-3


def test_strength_multiplies_the_odds(separator):
    mix = noise(1, RATE)
    dialogue = separator(0.5 * EVERYTHING, strength=3.0).dialogue(mix)
    assert np.allclose(dialogue.samples, 0.75 * mix.samples, atol=1e-6)


def test_other_rates_and_surround_are_refused(separator):
    engine = separator(EVERYTHING)
    with pytest.raises(ValueError, match="44100 Hz"):
        engine.dialogue(Sound(np.zeros((2, 100)), 48_000))
    with pytest.raises(ValueError, match="6 channels"):
        engine.dialogue(Sound(np.zeros((6, 100)), RATE))


def test_the_identity_changes_with_weights_and_strength(separator):
    engines = [separator(EVERYTHING), separator(EVERYTHING, strength=1.0), separator(0 * EVERYTHING)]
    assert all(isinstance(engine, Separator) for engine in engines)
    identities = {engine.identity for engine in engines}
    assert len(identities) == 3, json.dumps(sorted(identities))
