"""Sound files piece by piece, and the original's sound on the container's clock, to the sample."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from animedub.errors import MediaError, OutputError
from animedub.media.audio import SoundReader, SoundWriter, extract_audio, write_sound
from animedub.media.probe import choose_audio, probe
from animedub.model import Artifact, Sound, Span
from tests.conftest import FILM_RATE, PICTURE, X264, Films, run_ffmpeg

SOURCE = Artifact(sha256="0" * 64)


@pytest.fixture
def ramp(tmp_path: Path) -> tuple[Path, np.ndarray]:
    samples = np.linspace(-0.9, 0.9, 2 * 4000, dtype=np.float32).reshape(2, 4000)
    path = tmp_path / "ramp.flac"
    write_sound(path, Sound(samples, 8000))
    return path, samples


def test_a_span_is_read_to_the_sample(ramp):
    path, samples = ramp
    with SoundReader(path) as sound:
        assert (sound.rate, sound.channels, sound.length, sound.seconds) == (8000, 2, 4000, 0.5)
        for start, end in ((0.3, 0.4), (0.0, 0.5), (0.1, 0.1), (0.2, 0.25)):
            heard = sound.read(Span(start=start, end=end)).samples
            np.testing.assert_allclose(heard, samples[:, round(start * 8000) : round(end * 8000)], atol=2**-23)


def test_outside_the_file_there_is_silence(ramp):
    path, samples = ramp
    with SoundReader(path) as sound:
        around = sound.read(Span(start=-0.1, end=0.7)).samples
        assert around.shape == (2, 6400)
        np.testing.assert_allclose(around[:, 800:4800], samples, atol=2**-23)
        assert not around[:, :800].any()
        assert not around[:, 4800:].any()
        assert not sound.read(Span(start=2, end=3)).samples.any()


def test_blocks_follow_each_other_without_a_seam(ramp, tmp_path):
    path, samples = ramp
    with SoundReader(path) as sound:
        blocks = list(sound.blocks(0.15))
        write_sound(tmp_path / "again.flac", sound.blocks(0.07))
    assert [b.samples.shape[1] for b in blocks] == [1200, 1200, 1200, 400]
    np.testing.assert_allclose(np.concatenate([b.samples for b in blocks], axis=1), samples, atol=2**-23)
    assert (tmp_path / "again.flac").read_bytes() == path.read_bytes()
    assert soundfile.info(path).subtype == "PCM_24"


def test_too_loud_is_clipped_not_wrapped(tmp_path):
    write_sound(tmp_path / "loud.flac", Sound(np.float32([1.5, -1.5]), 8000))
    with SoundReader(tmp_path / "loud.flac") as sound:
        np.testing.assert_allclose(sound.read(Span(start=0, end=2 / 8000)).samples, [[1, -1]], atol=1e-6)


def test_wav_with_floats_keeps_what_is_beyond_full_scale(tmp_path):
    write_sound(tmp_path / "loud.wav", Sound(np.float32([1.5, -1.5]), 8000), subtype="FLOAT")
    with SoundReader(tmp_path / "loud.wav") as sound:
        assert sound.read(Span(start=0, end=2 / 8000)).samples.tolist() == [[1.5, -1.5]]


def test_blocks_that_do_not_belong_together_are_refused(tmp_path):
    with pytest.raises(ValueError, match="do not fit"), SoundWriter(tmp_path / "a.flac", rate=8000, channels=1) as file:
        file.write(Sound.silence(0.1, rate=8000, channels=2))
    with pytest.raises(ValueError, match="at least one block"):
        write_sound(tmp_path / "b.flac", [])


def test_what_is_no_sound_is_said_so(tmp_path):
    (tmp_path / "text.flac").write_text("no sound")
    for name in ("missing.flac", "text.flac"):
        with pytest.raises(MediaError, match=name):
            SoundReader(tmp_path / name)
    with pytest.raises(OutputError, match="cannot be written"):
        SoundWriter(tmp_path / "no folder" / "a.flac", rate=8000, channels=1)


def test_memory_does_not_grow_with_length(tmp_path):
    """Twenty minutes of stereo (230 MB as floats) is written and read in a process that may only have so much."""
    program = f"""
import resource, sys
from pathlib import Path
from animedub.media.audio import SoundReader, write_sound
from animedub.model import Sound

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
minute = Sound.silence(60, rate=24000, channels=2)
write_sound(Path({str(tmp_path / "long.flac")!r}), (minute for _ in range(20)))
with SoundReader(Path({str(tmp_path / "long.flac")!r})) as sound:
    seconds = sum(block.seconds for block in sound.blocks(30))
print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    seconds, grown_mib = done.stdout.split()
    assert float(seconds) == 1200
    assert int(grown_mib) < 100


def extracted(path: Path, folder: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """Mix ``(channels, n)``, listening ``(n,)`` and the container's length in seconds."""
    movie = probe(path, SOURCE)
    mix, listening = folder / "mix.flac", folder / "listening.flac"
    extract_audio(movie, path, choose_audio(movie, "ja"), mix=mix, listening=listening)
    facts = [soundfile.info(p) for p in (mix, listening)]
    assert [(f.samplerate, f.subtype) for f in facts] == [(48_000, "PCM_24"), (16_000, "PCM_16")]
    assert [f.frames for f in facts] == [round(movie.seconds * 48_000), round(movie.seconds * 16_000)]
    return soundfile.read(mix, always_2d=True)[0].T, soundfile.read(listening)[0], movie.seconds


def lag(heard: np.ndarray, reference: np.ndarray) -> int:
    """Samples by which ``heard`` is late, by cross-correlation."""
    size = 1 << (len(heard) + len(reference)).bit_length()
    product = np.fft.rfft(heard, size) * np.fft.rfft(reference, size).conj()
    at = int(np.argmax(np.fft.irfft(product, size)))
    return at - size if at > size // 2 else at


@pytest.mark.parametrize(("film", "expected"), [("mkv", 0), ("mp4", 0), ("late_picture", 1024)])
def test_sample_zero_is_time_zero(film, expected, films: Films, tmp_path):
    """The picture of ``late_picture`` starts at 21 ms because its sound has 1024 samples of priming at 0: both stay."""
    mix, listening, _ = extracted(getattr(films, film), tmp_path)
    assert [lag(mix[c], films.sound[c]) for c in (0, 1)] == [expected, expected]
    mono = films.sound.mean(axis=0)
    thirds = np.interp(np.arange(0, len(mono), 3), np.arange(len(mono)), np.convolve(mono, np.hanning(9) / 4, "same"))
    assert lag(listening, thirds) == round(expected / 3)


def test_a_lossless_track_arrives_bit_by_bit(films, tmp_path):
    mix, _, _ = extracted(films.mkv, tmp_path)
    truth = soundfile.read(films.wav)[0].T
    n = min(mix.shape[1], truth.shape[1])
    np.testing.assert_allclose(mix[:, :n], truth[:, :n], atol=2**-23)


@pytest.mark.parametrize("late_ms", [40, 500, 1300])
def test_a_track_that_starts_late_begins_with_silence(late_ms, films, tmp_path):
    path = tmp_path / "late.mkv"
    run_ffmpeg("-i", films.mkv, "-itsoffset", f"{late_ms / 1000}", "-i", films.mkv, "-map", "0:v", "-map", "1:a",
               "-c", "copy", path)  # fmt: skip
    mix, listening, _ = extracted(path, tmp_path)
    assert lag(mix[0], films.sound[0]) == late_ms * 48
    assert not mix[:, : late_ms * 48 - 1].any()
    assert np.abs(listening[: late_ms * 16 - 32]).max() < 1e-3


def test_a_hole_in_the_sound_keeps_what_follows_in_place(films, tmp_path):
    path = tmp_path / "hole.mkv"
    run_ffmpeg("-i", films.mkv, "-c", "copy", "-bsf:a", "noise=drop=between(n\\,10\\,16)", path)
    mix, _, _ = extracted(path, tmp_path)
    late = slice(2 * FILM_RATE, 3 * FILM_RATE)
    assert abs(lag(mix[0, late], films.sound[0, late])) <= 48  # Matroska's clock ticks every millisecond


def test_a_clip_inside_an_mp4s_edit_list_starts_where_players_start_it(films, tmp_path):
    path = tmp_path / "edited.mp4"
    run_ffmpeg("-ss", "1.001", "-i", films.mp4, "-c", "copy", path)
    mix, _, _ = extracted(path, tmp_path)
    played = tmp_path / "played.wav"
    run_ffmpeg("-i", path, "-map", "0:a", "-af", "aresample=async=1:first_pts=0", played)
    assert lag(mix[0], soundfile.read(played)[0][:, 0]) == 0


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("5.1", 6), ("7.1", 8)])
def test_channels_stay_what_they_are(layout, channels, films, tmp_path):
    path = tmp_path / "a.mkv"
    run_ffmpeg(*PICTURE, "-i", films.wav, *X264, "-af", f"aformat=channel_layouts={layout}", "-c:a", "flac", path)
    mix, listening, _ = extracted(path, tmp_path)
    assert mix.shape[0] == channels
    assert listening.ndim == 1
    assert np.abs(listening).max() > 0.01


def test_another_rate_is_brought_to_48_khz_in_place(films, tmp_path):
    path = tmp_path / "a.mkv"
    run_ffmpeg(*PICTURE, "-i", films.wav, *X264, "-ar", "44100", "-c:a", "flac", path)
    mix, _, _ = extracted(path, tmp_path)
    assert lag(mix[0], films.sound[0]) == 0


def test_too_many_channels_for_flac_are_mixed_down(films, tmp_path):
    path = tmp_path / "a.mkv"
    run_ffmpeg(*PICTURE, "-i", films.wav, *X264, "-af", "aformat=channel_layouts=hexadecagonal", "-c:a", "pcm_s16le",
               "-shortest", path)  # fmt: skip
    assert extracted(path, tmp_path)[0].shape[0] == 8


def test_progress_reaches_the_end(films, tmp_path):
    movie = probe(films.mkv, SOURCE)
    heard: list[float] = []
    paths = {"mix": tmp_path / "m.flac", "listening": tmp_path / "l.flac"}
    extract_audio(movie, films.mkv, choose_audio(movie, "ja"), **paths, on_seconds=heard.append)
    assert heard[-1] == pytest.approx(movie.seconds, abs=0.1)
