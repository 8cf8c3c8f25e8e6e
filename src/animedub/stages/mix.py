"""Dialogue and bed become one sound, as loud as was asked for.

The bed is the original wherever no line is dubbed, and nothing is moved by a sample. Every take stands as loud and as
far to the left or right as its original did.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animedub.dsp.edges import faded
from animedub.dsp.fades import rising
from animedub.dsp.limiter import limited
from animedub.dsp.loudness import LoudnessMeter
from animedub.dsp.resample import resampled
from animedub.media.audio import SoundReader, SoundWriter
from animedub.model import Artifact, Codec, Mix, MixOptions, Placement, Sound, Span, Stems, Timeline
from animedub.model.span import merged
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
STAGE = "mix"

BLOCK_S = 10.0
FADE_S = 0.004
"""Fade at the edges of a take, so that no step is heard."""

CODING_HEADROOM_DB = {Codec.AAC: 1.0, Codec.OPUS: 1.0, Codec.FLAC: 0.1}
"""How far peaks may grow when the sound is coded: the limiter stays under the limit by as much."""

CLOSE_ENOUGH_LU = 0.1
MOST_PASSES = 4
LEAST_YIELD = 0.25
"""A decibel of gain is taken to yield at least this much loudness: the limiter takes part of it away again."""

MARGIN_S = 0.15
"""How far around a dubbed line the original is taken out: words begin before and end after they are noticed."""

CROSSFADE_S = 0.12
ENVELOPE_S = 0.010
QUIETEST_LUFS = -60.0
"""A mix under this is silence, and is not raised."""

SILENCE_LUFS = -99.0

Samples = NDArray[np.float32]


def mix(timeline: Timeline, stems: Stems, options: MixOptions, *, store: Store, progress: Progress) -> Mix:
    """Lay the takes over the bed and bring the whole to its loudness, true peaks held under their limit."""
    progress.begin(STAGE, stems.seconds)
    raw = store.scratch / f"mix-{id(timeline):x}.wav"
    try:
        loudness, envelopes = _premix(timeline, stems, raw, store, progress)
        with store.writing(".npz") as drawn:
            np.savez_compressed(drawn.path, allow_pickle=False, **envelopes)
        sound, gain_db, lufs = _mastered(raw, loudness, options, store)
    finally:
        raw.unlink(missing_ok=True)
    return Mix(sound=sound, envelopes=drawn.artifact, gain_db=round(gain_db, 2), lufs=round(lufs, 2))


def _premix(
    timeline: Timeline, stems: Stems, target: Path, store: Store, progress: Progress
) -> tuple[float, dict[str, Samples]]:
    """Write bed and takes to ``target``; the loudness of the sum, and what the picture shows."""
    meter = LoudnessMeter(stems.channels)
    envelopes: dict[str, list[Samples]] = {"original": [], "dub": [], "bed": []}
    with (
        SoundReader(store.path(stems.dialogue)) as original,
        SoundReader(store.path(stems.bed)) as bed,
        SoundWriter(target, rate=stems.rate, channels=stems.channels, subtype="FLOAT") as file,
    ):
        takes = Bus(timeline, stems.rate, stems.channels, store)
        silenced = merged(span.padded(MARGIN_S) for span in timeline.silenced)
        start = 0
        for block in bed.blocks(BLOCK_S):
            end = start + block.samples.shape[1]
            dub = takes.between(start, end)
            heard = original.read(Span(start=start / stems.rate, end=end / stems.rate))
            kept = heard.samples * (np.float32(1) - _inside(silenced, start, end, stems.rate))
            total = (block.samples + kept + dub).astype(np.float32, copy=False)
            meter.hear(total)
            file.write(Sound(total, stems.rate))
            for name, part in (("original", heard.samples), ("dub", dub), ("bed", block.samples)):
                envelopes[name].append(_envelope(part, stems.rate))
            progress.advance(STAGE, block.seconds)
            start = end
    return meter.integrated(), {name: np.concatenate(parts) for name, parts in envelopes.items()}


def _mastered(raw: Path, loudness: float, options: MixOptions, store: Store) -> tuple[Artifact, float, float]:
    """Raise and limit; again with a corrected gain when limiting took loudness away."""
    ceiling = 10 ** ((options.true_peak_db - CODING_HEADROOM_DB[options.codec]) / 20)
    if loudness <= QUIETEST_LUFS:
        return _limited(raw, 0.0, ceiling, store)[0], 0.0, SILENCE_LUFS
    known_gain, known_lufs = 0.0, loudness
    gain_db = options.target_lufs - loudness
    sound, lufs = _limited(raw, gain_db, ceiling, store)
    for _ in range(MOST_PASSES - 1):
        missing = options.target_lufs - lufs
        if abs(missing) <= CLOSE_ENOUGH_LU or gain_db == known_gain:
            break
        yielded = (lufs - known_lufs) / (gain_db - known_gain)
        known_gain, known_lufs = gain_db, lufs
        gain_db += missing / min(max(yielded, LEAST_YIELD), 1.0)
        sound, lufs = _limited(raw, gain_db, ceiling, store)
    return sound, gain_db, lufs


def _limited(raw: Path, gain_db: float, ceiling: float, store: Store) -> tuple[Artifact, float]:
    """The premix raised and held under ``ceiling``, and its loudness."""
    with store.writing(".flac") as draft, SoundReader(raw) as premix:
        meter = LoudnessMeter(premix.channels)
        blocks = (block.samples for block in premix.blocks(BLOCK_S))
        with SoundWriter(draft.path, rate=premix.rate, channels=premix.channels) as file:
            for block in limited(blocks, premix.rate, gain=10 ** (gain_db / 20), ceiling=ceiling):
                meter.hear(block)
                file.write(Sound(block, premix.rate))
    return draft.artifact, meter.integrated()


class Bus:
    """All takes of a timeline as one track that is read from left to right."""

    def __init__(self, timeline: Timeline, rate: int, channels: int, store: Store) -> None:
        self._coming = sorted(timeline.placements, key=lambda p: p.span.start)
        self._sounding: list[tuple[int, Samples]] = []  # first sample and sound of takes that are not over
        self._rate, self._channels, self._store = rate, channels, store

    def between(self, start: int, end: int) -> Samples:
        """The takes from sample ``start`` to ``end``, shape ``(channels, n)``; asked for from left to right."""
        while self._coming and self._coming[0].span.samples(self._rate)[0] < end:
            placement = self._coming.pop(0)
            self._sounding.append((placement.span.samples(self._rate)[0], self._placed(placement)))
        out = np.zeros((self._channels, end - start), np.float32)
        for first, sound in self._sounding:
            left, right = max(first, start), min(first + sound.shape[1], end)
            if left < right:
                out[:, left - start : right - start] += sound[:, left - first : right - first]
        self._sounding = [(first, sound) for first, sound in self._sounding if first + sound.shape[1] > end]
        return out

    def _placed(self, placement: Placement) -> Samples:
        """A take at its level, in all channels, shape ``(channels, n)``."""
        with SoundReader(self._store.path(placement.take.sound)) as file:
            take = file.read(Span(start=0, end=file.seconds))
        wave = resampled(take.mono, take.rate, self._rate) * 10 ** (placement.gain_db / 20)
        return np.outer(panned(placement.balance, self._channels), faded(wave, round(FADE_S * self._rate)))


def panned(balance: float, channels: int) -> NDArray[np.float32]:
    """Gain of a mono sound in each channel; their mean is 1, as levels are measured on the mean of all channels.

    In surround, dialogue stands in the centre, channel 3 of both 5.1 and 7.1; quadraphonic sound has none.

    >>> panned(0.25, 2).tolist()
    [0.75, 1.25]
    >>> panned(0.25, 6).tolist()
    [0.0, 0.0, 6.0, 0.0, 0.0, 0.0]
    """
    if channels == 2:
        return np.array([1 - balance, 1 + balance], np.float32)
    if channels == 4:
        return np.array([2 - 2 * balance, 2 + 2 * balance, 0, 0], np.float32)
    if channels > 2:
        centre = np.zeros(channels, np.float32)
        centre[2] = channels
        return centre
    return np.ones(1, np.float32)


def _inside(spans: Sequence[Span], start: int, end: int, rate: int) -> NDArray[np.float32]:
    """1 inside the spans and 0 outside, with crossfades around their edges, from sample ``start`` to ``end``."""
    fade = round(CROSSFADE_S * rate)
    ramp, gate = rising(fade), np.zeros(end - start + 2 * fade, np.float32)
    first = start - fade
    for span in spans:
        left, right = span.samples(rate)
        if right + fade < first or left - fade > end + fade:
            continue
        shape = np.concatenate([ramp, np.ones(max(0, right - left), np.float32), ramp[::-1]])
        at = left - fade - first
        low, high = max(0, at), min(len(gate), at + len(shape))
        if low < high:
            gate[low:high] = np.maximum(gate[low:high], shape[low - at : high - at])
    return gate[fade : fade + end - start]


def _envelope(samples: Samples, rate: int) -> Samples:
    """Highest sample of every 10 ms over all channels, shape ``(frames,)``."""
    step = round(ENVELOPE_S * rate)
    peaks = np.abs(samples).max(axis=0)
    return np.pad(peaks, (0, -len(peaks) % step)).reshape(-1, step).max(axis=1).astype(np.float16)
