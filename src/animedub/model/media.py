"""Files by content, and what is in a video."""

from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from animedub.model.base import Noun
from animedub.model.span import Span

Rational = Annotated[
    Fraction,
    BeforeValidator(lambda value: value if isinstance(value, Fraction) else Fraction(str(value))),
    PlainSerializer(str),
]
"""An exact ratio, written in JSON as ``"24000/1001"``."""


class Artifact(Noun):
    """A file by its content: what it is, never where it lies (the store knows that)."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    suffix: str = Field(default="", pattern=r"^(\.[A-Za-z0-9]{1,8})?$")


class TrackKind(StrEnum):
    """What a track of a container carries."""

    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"
    ATTACHMENT = "attachment"
    DATA = "data"


class Track(Noun):
    """One track of a container, as the container describes it."""

    index: int = Field(ge=0, description="position among all tracks of the file")
    ordinal: int = Field(ge=0, description="position among the tracks of its kind")
    kind: TrackKind
    codec: str = ""
    language: str = Field(default="", description="ISO 639-2 code as tagged, or empty")
    title: str = ""
    default: bool = False
    channels: int = 0
    layout: str = Field(default="", description="channel layout by ffmpeg's name, such as '5.1(side)'")
    rate: int = Field(default=0, description="sampling rate in Hz")
    start: float = Field(default=0.0, description="first timestamp in seconds of the container's clock")
    still: bool = Field(default=False, description="a cover picture, not a film")


class Chapter(Noun):
    """A chapter mark."""

    span: Span
    title: str = ""


class Movie(Noun):
    """The facts of a video."""

    source: Artifact
    name: str = Field(description="file name without suffix, as the user gave it")
    container: str = Field(description="ffprobe's format name")
    seconds: float = Field(gt=0)
    frame_rate: Rational | None = Field(default=None, description="average frame rate of the picture, None without one")
    tracks: tuple[Track, ...]
    chapters: tuple[Chapter, ...] = ()
    tags: dict[str, str] = {}

    def of(self, kind: TrackKind) -> list[Track]:
        """The tracks of one kind, in order."""
        return [track for track in self.tracks if track.kind is kind]


class Soundtrack(Noun):
    """The sound of an episode on the container's clock: sample 0 is time 0 of the container."""

    mix: Artifact = Field(description="FLAC, 24 bit, the original's channels")
    listening: Artifact = Field(description="the same, mono at 16 kHz, for recognisers (FLAC, 16 bit)")
    track: int = Field(description="ordinal of the audio track it was taken from")
    rate: int = Field(description="Hz, of mix")
    channels: int
    layout: str = ""
    seconds: float


class Stems(Noun):
    """The sound of an episode in two: dialogue and bed (music and effects), same length, rate and channels.

    Their sum is the original, sample for sample; outside ``speech`` the dialogue is silent and the bed *is* the
    original.
    """

    dialogue: Artifact
    bed: Artifact
    listening: Artifact = Field(description="the dialogue, mono at 16 kHz, for recognisers")
    rate: int
    channels: int
    layout: str = ""
    seconds: float
    speech: tuple[Span, ...] = Field(default=(), description="where the dialogue was taken out, crossfades included")


class Mix(Noun):
    """The finished sound of a dub."""

    sound: Artifact = Field(description="FLAC, 24 bit, the original's channels, same length as the original")
    envelopes: Artifact = Field(description="npz with 'original', 'dub' and 'bed': peak of every 10 ms, 0..1")
    gain_db: float = Field(description="what the whole mix was raised by to reach its loudness")
    lufs: float = Field(description="integrated loudness, EBU R 128")


class Loudness(Noun):
    """What a meter after EBU R 128 shows."""

    lufs: float = Field(description="integrated loudness")
    true_peak_db: float = Field(description="highest true peak, dBTP")
