"""Which voice each character gets."""

from collections.abc import Mapping, Sequence
from math import log2
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from animedub.engines.protocols import SpeakerEncoder, Synthesizer
from animedub.errors import InputError
from animedub.media.audio import SoundReader
from animedub.model import Cast, Line, Noun, Script, Span, Stems, Voice, VoiceProfile
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
STAGE = "cast"

LINES_HEARD = 8
"""A character's longest lines are enough to know how they sound."""

PITCH_WEIGHT = 0.12
"""Cost of a voice one semitone off, against 1 for one with nothing in common: pitch is what an audience hears first."""

ACCENT_WEIGHT = 1.0
"""Cost of a voice that nobody takes for a native one."""

APART = 0.60
"""Cosine similarity from which two voices of one cast are too much alike."""

EASING = 0.05
"""By how much that is relaxed at a time when a cast is larger than the voices that are so far apart."""


class Part(Noun):
    """A character to be cast: where they speak most, and how high."""

    speaker: str
    seconds: float = Field(description="all they say")
    spans: tuple[Span, ...] = Field(description="their longest lines")
    pitch_hz: float | None = Field(description="median over their lines")


class Portrait(NamedTuple):
    """How a character sounds in the original."""

    speaker: str
    seconds: float
    embedding: NDArray[np.float32]  # unit vector
    pitch_hz: float | None


def open_parts(script: Script) -> tuple[Part, ...]:
    """The characters for whom the script's cast has no voice, in order of their first line."""
    cast = script.cast.voices if script.cast else {}
    return tuple(_part(speaker, script.lines) for speaker in script.speakers if speaker not in cast)


def cast_voices(
    parts: Sequence[Part],
    taken: Cast,
    stems: Stems,
    language: str,
    *,
    synthesizer: Synthesizer,
    encoder: SpeakerEncoder,
    store: Store,
    progress: Progress,
) -> Cast:
    """Give every part a voice of its own, near the original actor's in timbre and pitch; who speaks most chooses first.

    Args:
        parts: the characters without a voice.
        taken: voices that other characters have already; they are kept.
        stems: the dialogue is heard.
        language: of the dub.
        synthesizer: whose voices there are to choose from.
        encoder: tells voices apart.
        store: where the stems lie.
        progress: hears about every part.

    Raises:
        InputError: the synthesizer has no voice for the language.
    """
    profiles = synthesizer.voices(language)
    if not profiles:
        spoken = ", ".join(synthesizer.languages)
        raise InputError(f"the synthesizer has no voice for '{language}'; it speaks {spoken}")
    progress.begin(STAGE, len(parts))
    portraits = []
    with SoundReader(store.path(stems.listening)) as sound:
        for part in parts:
            portraits.append(_portrait(part, sound, encoder))
            progress.advance(STAGE, 1)
    return Cast(voices={**taken.voices, **choose_voices(portraits, profiles, encoder.identity, taken=taken.voices)})


def with_cast(script: Script, cast: Cast) -> Script:
    """The script with its cast, and the name of the voice in every line."""
    lines = [line.model_copy(update={"voice": cast.voices[line.speaker].name}) for line in script.lines]
    return script.model_copy(update={"cast": cast}).with_lines(lines)


def choose_voices(
    portraits: Sequence[Portrait], profiles: Sequence[VoiceProfile], encoder: str, *, taken: Mapping[str, Voice]
) -> dict[str, Voice]:
    """The cheapest voice for each character, those who speak most first, each far enough from all chosen before.

    Args:
        portraits: the characters without a voice.
        profiles: the voices there are.
        encoder: identity of what made the portraits' embeddings; a profile made by another counts by pitch alone.
        taken: voices that are in use.
    """
    chosen: dict[str, Voice] = {}
    names = {voice.name for voice in taken.values()}
    heard = [np.array(p.embedding) for p in profiles if p.voice.name in names]
    for portrait in sorted(portraits, key=lambda p: (-p.seconds, p.speaker)):
        free = [p for p in profiles if p.voice.name not in names]
        if not free:
            chosen[portrait.speaker] = _variation(portrait.speaker, profiles, names)
        else:
            near = {p.voice.name: max((float(np.dot(p.embedding, h)) for h in heard), default=-1.0) for p in free}
            limit = max(APART, min(near.values()) + EASING)
            apart = [p for p in free if near[p.voice.name] <= limit]
            best = min(apart, key=lambda p: _cost(portrait, p, encoder))
            chosen[portrait.speaker] = best.voice
            heard.append(np.array(best.embedding))
        names.add(chosen[portrait.speaker].name)
    return chosen


def _part(speaker: str, lines: Sequence[Line]) -> Part:
    own = sorted((line for line in lines if line.speaker == speaker), key=lambda line: -line.span.seconds)
    pitches = [line.prosody.pitch_hz for line in own if line.prosody and line.prosody.pitch_hz]
    return Part(
        speaker=speaker,
        seconds=round(sum(line.span.seconds for line in own), 3),
        spans=tuple(line.span for line in own[:LINES_HEARD]),
        pitch_hz=median(pitches) if pitches else None,
    )


def _portrait(part: Part, sound: SoundReader, encoder: SpeakerEncoder) -> Portrait:
    waves = [wave for span in part.spans if len(wave := sound.read(span).mono)]
    total = np.sum([encoder.embed(wave) * len(wave) for wave in waves], axis=0) if waves else np.zeros(1, np.float32)
    direction = total / max(1e-9, float(np.linalg.norm(total)))
    return Portrait(part.speaker, part.seconds, direction, part.pitch_hz)


def _cost(portrait: Portrait, profile: VoiceProfile, encoder: str) -> float:
    cost = ACCENT_WEIGHT * (1 - profile.native)
    if profile.encoder == encoder and portrait.embedding.shape == (len(profile.embedding),):
        cost += 1 - float(np.dot(portrait.embedding, profile.embedding))
    if portrait.pitch_hz and profile.voice.pitch_hz:
        cost += PITCH_WEIGHT * abs(12 * log2(portrait.pitch_hz / profile.voice.pitch_hz))
    return cost


def _variation(speaker: str, profiles: Sequence[VoiceProfile], names: set[str]) -> Voice:
    """When every voice is taken: one of them a little higher or lower, for a part that says least."""
    for step in (0.75, -0.75, 1.25, -1.25, 1.75, -1.75):
        for profile in profiles:
            voice = profile.voice
            name = f"{voice.name}~{step:+g}"
            if name not in names and abs(voice.shift_st + step) <= 6:
                pitch_hz = voice.pitch_hz and round(voice.pitch_hz * 2 ** (step / 12), 1)
                return voice.model_copy(update={"name": name, "shift_st": voice.shift_st + step, "pitch_hz": pitch_hz})
    raise InputError(f"there is no voice left for {speaker!r}: join characters with few lines in the script")
