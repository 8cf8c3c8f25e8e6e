"""The mix in two: dialogue and bed.

Only where somebody speaks is anything taken out. Everywhere else the bed is the original itself, sample for sample, and
the two are joined by crossfades.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import soxr
from numpy.typing import NDArray

from animedub.dsp.fades import rising
from animedub.dsp.resample import resampled
from animedub.engines.protocols import HEARING_RATE, Separator
from animedub.media.audio import SoundReader, SoundWriter, write_sound
from animedub.model import SeparateOptions, Sound, Soundtrack, Span, SpeechMap, Stems
from animedub.model.span import merged
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
STAGE = "separate"

CONTEXT_S = 1.0
"""Sound around a stretch that the separator hears and that is not used: it does badly at edges."""

LONGEST_S = 60.0
"""Longer stretches of speech are separated in pieces, so that memory stays bounded."""

PAIRS: dict[int, tuple[tuple[int, ...], ...]] = {1: ((0,),), 2: ((0, 1),), 4: ((0, 1),)}
"""Which channels are separated together, by their number."""

SURROUND: tuple[tuple[int, ...], ...] = ((0, 1), (2,))
"""In 5.1 and 7.1 somebody speaks from the front: left and right, and the centre. The rest is bed."""


def separate(
    soundtrack: Soundtrack,
    speech: SpeechMap,
    options: SeparateOptions,
    *,
    engine: Separator,
    store: Store,
    progress: Progress,
) -> Stems:
    """Take the dialogue out of the mix where somebody speaks."""
    fade = options.crossfade_ms / 1000
    margin = options.margin_ms / 1000 + fade
    whole = Span(start=0.0, end=soundtrack.seconds)
    stretches = merged((span.padded(margin).within(whole) for span in speech.spans), gap=2 * fade)
    progress.begin(STAGE, sum(span.seconds for span in stretches))
    with (
        SoundReader(store.path(soundtrack.mix)) as mix,
        store.writing(".flac") as dialogue,
        store.writing(".flac") as bed,
        store.writing(".flac") as listening,
    ):
        with (
            SoundWriter(dialogue.path, rate=mix.rate, channels=mix.channels) as dialogue_file,
            SoundWriter(bed.path, rate=mix.rate, channels=mix.channels) as bed_file,
        ):
            for original, voice in _parted(mix, stretches, fade, engine, progress):
                dialogue_file.write(Sound(voice, mix.rate))
                bed_file.write(Sound(original - voice, mix.rate))
        with SoundReader(dialogue.path) as voice:
            write_sound(listening.path, _for_listening(voice), subtype="PCM_16")
    return Stems(
        dialogue=dialogue.artifact,
        bed=bed.artifact,
        listening=listening.artifact,
        rate=soundtrack.rate,
        channels=soundtrack.channels,
        layout=soundtrack.layout,
        seconds=soundtrack.seconds,
        speech=tuple(stretches),
    )


Samples = NDArray[np.float32]


def _parted(
    mix: SoundReader, stretches: Sequence[Span], fade_s: float, engine: Separator, progress: Progress
) -> Iterator[tuple[Samples, Samples]]:
    """The whole mix, block by block, each with the dialogue in it."""
    fade = round(fade_s * mix.rate)
    done = 0
    for stretch in stretches:
        start, end = (min(sample, mix.length) for sample in stretch.samples(mix.rate))
        yield from _untouched(mix, done, start)
        done = start
        for voice in _voices(mix, start, end, fade, engine):
            following = done + voice.shape[1]
            original = _samples(mix, done, following)
            yield original, _fitting(voice, original)
            progress.advance(STAGE, (following - done) / mix.rate)
            done = following
    yield from _untouched(mix, done, mix.length)


def _fitting(voice: Samples, original: Samples) -> Samples:
    """The dialogue, held so that neither it nor the bed goes beyond full scale, where a file would clip it."""
    return np.clip(voice, np.maximum(-1, original - 1), np.minimum(1, original + 1))


def _untouched(mix: SoundReader, start: int, end: int) -> Iterator[tuple[Samples, Samples]]:
    step = round(LONGEST_S * mix.rate)
    for first in range(start, end, step):
        block = _samples(mix, first, min(first + step, end))
        yield block, np.zeros_like(block)


def _voices(mix: SoundReader, start: int, end: int, fade: int, engine: Separator) -> Iterator[Samples]:
    """The dialogue from ``start`` to ``end``, faded in and out there, in pieces crossfaded into each other."""
    step = round(LONGEST_S * mix.rate)
    cuts = [*range(start, max(start + 1, end - 2 * fade), step), end]
    tail = np.zeros((mix.channels, 0), np.float32)
    for first, last in pairwise(cuts):
        reach = min(last + fade, end)
        voice = _dialogue(mix, first, reach, engine)
        ramp = rising(min(fade, voice.shape[1] // 2))
        voice[:, : len(ramp)] *= ramp
        voice[:, voice.shape[1] - len(ramp) :] *= ramp[::-1]
        voice[:, : tail.shape[1]] += tail
        tail = voice[:, last - first :].copy()
        yield voice[:, : last - first]


def _dialogue(mix: SoundReader, start: int, end: int, engine: Separator) -> Samples:
    """What the separator takes for dialogue between two samples, shape ``(channels, end - start)``."""
    context = round(CONTEXT_S * mix.rate)
    heard = _samples(mix, start - context, end + context)
    voice = np.zeros_like(heard)
    for channels in PAIRS.get(mix.channels, SURROUND):
        part = resampled(heard[list(channels)], mix.rate, engine.rate)
        spoken = resampled(engine.dialogue(Sound(part, engine.rate)).samples, engine.rate, mix.rate)
        length = min(spoken.shape[1], voice.shape[1])  # two conversions may lose a sample at the end
        voice[list(channels), :length] = spoken[:, :length]
    return voice[:, context : context + end - start]


def _samples(mix: SoundReader, start: int, end: int) -> Samples:
    return mix.read(Span(start=start / mix.rate, end=end / mix.rate)).samples


def _for_listening(sound: SoundReader) -> Iterator[Sound]:
    """The sound in mono at 16 kHz, converted as one stream."""
    stream = soxr.ResampleStream(sound.rate, HEARING_RATE, 1, dtype="float32")
    for block in sound.blocks():
        yield Sound(stream.resample_chunk(block.mono), HEARING_RATE)
    yield Sound(stream.resample_chunk(np.zeros(0, np.float32), last=True), HEARING_RATE)
