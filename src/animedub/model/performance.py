"""How characters sound, and what was performed for them."""

from pydantic import Field

from animedub.model.base import Noun
from animedub.model.media import Artifact
from animedub.model.span import Span


class Voice(Noun):
    """How a character sounds: a synthesizer and the mixture of its own voices."""

    name: str = Field(min_length=1)
    engine: str = Field(description="name of the synthesizer in the registry")
    blend: dict[str, float] = Field(description="the synthesizer's voice -> weight; weights add up to 1")
    shift_st: float = Field(default=0.0, ge=-6, le=6, description="pitch and formants moved together, semitones")
    pitch_hz: float | None = Field(default=None, description="median fundamental of what is heard")
    reference: Artifact | None = Field(default=None, description="a sound to clone, for engines that can")


class VoiceProfile(Noun):
    """A voice that can be cast, and how it was found to sound."""

    voice: Voice
    embedding: tuple[float, ...] = Field(description="mean speaker embedding, unit length")
    encoder: str = Field(description="model that made the embedding")
    native: float = Field(ge=0, le=1, description="probability that a recogniser takes it for the dub's language")


class Cast(Noun):
    """Which voice each speaker has; no two speakers share one."""

    voices: dict[str, Voice] = Field(description="speaker -> voice")


class Prosody(Noun):
    """How one line is said, measured on the separated dialogue."""

    pitch_hz: float | None = Field(description="median fundamental of the voiced frames; None when nothing is voiced")
    pitch_range_st: float = Field(description="distance of the 10th and 90th percentile of pitch, semitones")
    energy_db: float = Field(description="RMS level of the speech, dB re full scale")
    energy_range_db: float = Field(description="distance of the 10th and 90th percentile of frame levels, dB")
    syllables_per_second: float = Field(description="rate of energy peaks in the syllable band, pauses left out")
    voiced: float = Field(ge=0, le=1, description="share of the spoken frames that are voiced")
    zero_crossings_hz: float = Field(description="mean zero-crossing rate")
    pauses: tuple[Span, ...] = Field(default=(), description="silences inside the line, seconds from its start")
    balance: float = Field(default=0.0, ge=-1, le=1, description="-1 left .. +1 right, from the channels' levels")


class Take(Noun):
    """One performance of one line, trimmed of silence."""

    line: str = Field(description="the line's id")
    sound: Artifact
    seconds: float = Field(gt=0)
    tempo: float = Field(default=1.0, gt=0, description="speed asked of the synthesizer; 1 is its natural one")
    level_db: float = Field(default=-20.0, description="mean power of its spoken frames, dB re full scale")


class Placement(Noun):
    """Where a take lies in the dub and how it is fitted in."""

    take: Take
    speaker: str
    span: Span
    gain_db: float = 0.0
    balance: float = Field(default=0.0, ge=-1, le=1)


class Timeline(Noun):
    """The takes of an episode, each at its place. Takes of one speaker never overlap."""

    seconds: float
    placements: tuple[Placement, ...] = ()
    silenced: tuple[Span, ...] = Field(default=(), description="where the original's dialogue is taken out of the mix")
    unfit: tuple[str, ...] = Field(default=(), description="ids of lines that did not fit within the limits")
