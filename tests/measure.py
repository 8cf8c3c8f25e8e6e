"""What a listener with instruments can say of a dubbed film, knowing only the film and the truth about its original.

Nothing here uses the code under test: films are read by ffmpeg, speech is found by another detector than the dub's.
"""

import json
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
Spectrum = NDArray[np.complex128]
Times = Sequence[tuple[float, float]]
"""Starts and ends, seconds."""

STEM_RATE = 24_000
"""Sampling rate of the clean stems in ``tests/data``, Hz."""

WINDOW = 2048
"""85 ms at ``STEM_RATE``."""

SETTLED_S = 0.5
"""What follows or precedes speech this closely is not counted as a gap: words ring on, and crossfades happen here."""


class Levels(NamedTuple):
    """EBU R 128, as ffmpeg's own meter shows it."""

    lufs: float
    true_peak_db: float


class Purity(NamedTuple):
    """How a dub treats the two parts of its original. Decibels; the dub's overall gain is taken out."""

    residue_db: float  # what is left of the original voices where they spoke; 0 is all of it
    gap_sdr_db: float  # the clean bed against everything else, where nobody speaks
    original_gap_sdr_db: float  # the same in the original, whose sound was coded too
    dialogue_level_db: float  # everything heard where somebody speaks, against the original there


def probe(film: Path) -> dict[str, Any]:
    """What ffprobe says of the file, its streams and its chapters."""
    shown = ["-show_streams", "-show_format", "-show_chapters", "-of", "json"]
    return json.loads(_run("ffprobe", "-v", "error", *shown, film))


def packets(film: Path, stream: str) -> str:
    """A hash over the packets of a stream, such as ``"v:0"``, as they lie in the file."""
    return _run(
        "ffmpeg", "-v", "error", "-i", film, "-map", f"0:{stream}", "-c", "copy", "-f", "streamhash", "-"
    ).decode()


def sound(film: Path, track: int, *, rate: int, channels: int = 1) -> Wave:
    """An audio track on the container's clock, shape ``(n,)`` or ``(n, channels)``."""
    raw = _run(
        *["ffmpeg", "-v", "error", "-i", film, "-map", f"0:a:{track}", "-af", "aresample=async=1:first_pts=0"],
        *["-ac", str(channels), "-ar", str(rate), "-f", "f32le", "-"],
    )
    samples = np.frombuffer(raw, np.float32)
    return samples if channels == 1 else samples.reshape(-1, channels)


def levels(film: Path, track: int) -> Levels:
    """Integrated loudness and highest true peak of an audio track."""
    meter = ["-map", f"0:a:{track}", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    said = subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostats", "-i", film, *meter],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stderr
    summary = said[said.rindex("Summary:") :].split()
    return Levels(float(summary[summary.index("I:") + 1]), float(summary[summary.index("Peak:") + 1]))


def lag(dub: Wave, original: Wave, quiet: NDArray[np.bool_], *, most: int = 4800) -> int:
    """By how many samples the dub is late against the original, seen where nobody speaks (``quiet``, per sample)."""
    length = min(len(dub), len(original), len(quiet))
    late, early = (np.where(quiet[:length], wave[:length], 0) for wave in (dub, original))
    size = 1 << (2 * length).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(late, size) * np.fft.rfft(early, size).conj(), size)
    around = np.concatenate([likeness[-most:], likeness[: most + 1]])
    return int(np.argmax(np.abs(around))) - most


def away_from(speech: Times, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the times lie well outside all speech."""
    return ~_inside([(start - SETTLED_S, end + SETTLED_S) for start, end in speech], times)


def purity(dub: Wave, original: Wave, voices: Wave, bed: Wave, speech: Times) -> Purity:
    """Compare a dub with the clean stems of its original, all mono at ``STEM_RATE``.

    In each frequency the best complex factor is sought with which a stem is contained in the sound (a projection);
    what the factor explains of the stem's energy is how much of it is there.
    """
    late = lag(original, bed, np.ones(len(original), bool))  # the stems know nothing of an encoder's priming
    dub, original = (np.roll(wave, -late) for wave in (dub, original))
    frames = [_spectrogram(wave[: len(bed)], len(bed)) for wave in (dub, original, voices, bed)]
    middles = (np.arange(len(frames[0])) + 1) * (WINDOW / 2) / STEM_RATE
    talk, gaps = _inside(speech, middles), away_from(speech, middles)
    gaps &= np.abs(frames[3]).sum(axis=1) > 1e-3  # digital silence has no ratio
    dubbed, heard, voice, clean = frames
    (gain, sdr), (original_gain, original_sdr) = (_against(frame[gaps], clean[gaps]) for frame in (dubbed, heard))
    raised = gain - original_gain
    return Purity(
        residue_db=_contained(dubbed[talk], voice[talk]) - _contained(heard[talk], voice[talk]) - raised,
        gap_sdr_db=sdr,
        original_gap_sdr_db=original_sdr,
        dialogue_level_db=_energy_db(dubbed[talk]) - _energy_db(heard[talk]) - raised,
    )


def heard_speech(wave: Wave) -> list[tuple[float, float]]:
    """Where Silero VAD hears somebody speak in a mono sound at 16 kHz."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = get_speech_timestamps(wave, VadOptions(min_silence_duration_ms=150, speech_pad_ms=30))
    return [(span["start"] / 16_000, span["end"] / 16_000) for span in found]


def overlap(one: Times, other: Times, seconds: float) -> float:
    """Intersection over union of two sets of times, in steps of 10 ms."""
    times = np.arange(0, seconds, 0.01)
    a, b = _inside(one, times), _inside(other, times)
    return float((a & b).sum() / max(1, (a | b).sum()))


def onset_errors(heard: Times, lines: Times) -> NDArray[np.float64]:
    """For each line the distance, seconds, from its start to the nearest start of what is heard."""
    starts = np.array([start for start, _ in heard])
    return np.array([np.abs(starts - start).min() for start, _ in lines])


def confusion(
    claimed: Iterable[tuple[float, float, str]], truth: Iterable[tuple[float, float, str]], seconds: float
) -> float:
    """Share of the true speech time, where the claim hears somebody too, that is given to the wrong speaker.

    Names need not agree: each claimed speaker stands for the actor it shares most time with, each actor for one.
    """
    times = np.arange(0, seconds, 0.01)
    said, actor = _who(claimed, times), _who(truth, times)
    both = (said != "") & (actor != "")
    pairs, counts = np.unique(np.stack([said[both], actor[both]]), axis=1, return_counts=True)
    right, taken = 0, set()
    for index in np.argsort(-counts):
        one, other = pairs[:, index]
        if ("claimed", one) not in taken and ("actor", other) not in taken:
            taken |= {("claimed", one), ("actor", other)}
            right += int(counts[index])
    return 1 - right / max(1, int(both.sum()))


def _run(*command: str | Path) -> bytes:
    return subprocess.run(command, check=True, timeout=120, capture_output=True).stdout


def _who(spans: Iterable[tuple[float, float, str]], times: NDArray[np.float64]) -> NDArray[np.str_]:
    names = np.full(len(times), "", dtype="U64")
    for start, end, name in spans:
        names[(times >= start) & (times < end)] = name
    return names


def _inside(spans: Times, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    inside = np.zeros(len(times), bool)
    for start, end in spans:
        inside |= (times >= start) & (times < end)
    return inside


def _spectrogram(wave: Wave, length: int) -> Spectrum:
    """Shape ``(frames, WINDOW // 2 + 1)``, half overlapped, ``length`` samples long."""
    padded = np.pad(wave, (0, max(0, length - len(wave))))
    starts = range(0, length - WINDOW, WINDOW // 2)
    window = np.hanning(WINDOW)
    return np.stack([np.fft.rfft(padded[start : start + WINDOW] * window) for start in starts])


def _contained(mix: Spectrum, stem: Spectrum) -> float:
    factor = (mix * stem.conj()).sum(axis=0) / (_energy(stem, axis=0) + 1e-12)
    return 10 * float(np.log10(_energy(factor * stem) / _energy(stem) + 1e-9))


def _against(mix: Spectrum, stem: Spectrum) -> tuple[float, float]:
    """The gain of the stem in the mix, and the ratio of the stem to all else, dB."""
    factor = (mix * stem.conj()).sum().real / _energy(stem)
    return 20 * float(np.log10(abs(factor))), 10 * float(
        np.log10(_energy(factor * stem) / _energy(mix - factor * stem))
    )


def _energy(frames: Spectrum, axis: int | None = None) -> Any:
    return (np.abs(frames) ** 2).sum(axis=axis)


def _energy_db(frames: Spectrum) -> float:
    return 10 * float(np.log10(_energy(frames)))
