"""AAC without delay, in pieces."""

import numpy as np
import pytest

from animedub.media.aac import PACKET, encode_aac
from animedub.media.audio import MIX_RATE, write_sound
from animedub.model import Sound
from tests.conftest import run_ffmpeg


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Eight seconds of chords with something struck every half second, shape (2, n)."""
    t = np.arange(8 * MIX_RATE) / MIX_RATE
    chord = sum(np.sin(2 * np.pi * hz * t) for hz in (220, 277, 330, 1760)) / 12
    struck = 0.4 * np.sin(2 * np.pi * 930 * t) * np.exp(-25 * (t % 0.5))
    return np.stack([chord + struck, 0.7 * chord - 0.5 * struck]).astype(np.float32)


def decoded(path, tmp_path):
    out = tmp_path / f"{path.name}.f32"
    run_ffmpeg("-f", "aac", "-i", path, "-f", "f32le", out)
    return np.fromfile(out, np.float32).reshape(-1, 2).T


def test_the_first_packet_begins_with_the_first_sample_and_joins_cannot_be_heard(music, tmp_path):
    sound = tmp_path / "music.flac"
    write_sound(sound, Sound(music, MIX_RATE))
    errors = {}
    for name, piece in (("whole", 10**6), ("pieces", 60)):
        encode_aac(sound, tmp_path / name, channels=2, threads=2, timeout_s=60, piece_packets=piece)
        heard = decoded(tmp_path / name, tmp_path)
        assert heard.shape[1] == -(-music.shape[1] // PACKET) * PACKET
        error = heard[:, : music.shape[1]] - music
        error[:, :PACKET] = 0  # nothing comes before the first packet for it to overlap with
        assert 10 * np.log10((music**2).sum() / (error**2).sum()) > 25
        errors[name] = (error[:, : music.shape[1] // PACKET * PACKET] ** 2).reshape(2, -1, PACKET).sum(axis=(0, 2))

    at_joins = np.array([errors["pieces"][cut - 2 : cut + 2].max() for cut in range(60, len(errors["pieces"]), 60)])
    assert np.all(at_joins < 4 * np.median(errors["whole"]))
    assert not list(tmp_path.glob("pieces.[0-9]*"))  # nothing is left of the pieces
