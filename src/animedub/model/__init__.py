"""The nouns of dubbing: plain, frozen values that flow from stage to stage."""

from animedub.model.base import Noun
from animedub.model.media import Artifact, Chapter, Loudness, Mix, Movie, Soundtrack, Stems, Track, TrackKind
from animedub.model.performance import Cast, Placement, Prosody, Take, Timeline, Voice, VoiceProfile
from animedub.model.request import (
    ArrangeOptions,
    CastOptions,
    Codec,
    DubRequest,
    MixOptions,
    ScriptOptions,
    SeparateOptions,
)
from animedub.model.result import DubFiles, DubResult, EngineName, StageReport
from animedub.model.script import Heard, Line, Script, SpeechMap, Turn
from animedub.model.sound import Sound
from animedub.model.span import Span

__all__ = [
    "ArrangeOptions",
    "Artifact",
    "Cast",
    "CastOptions",
    "Chapter",
    "Codec",
    "DubFiles",
    "DubRequest",
    "DubResult",
    "EngineName",
    "Heard",
    "Line",
    "Loudness",
    "Mix",
    "MixOptions",
    "Movie",
    "Noun",
    "Placement",
    "Prosody",
    "Script",
    "ScriptOptions",
    "SeparateOptions",
    "Sound",
    "Soundtrack",
    "Span",
    "SpeechMap",
    "StageReport",
    "Stems",
    "Take",
    "Timeline",
    "Track",
    "TrackKind",
    "Turn",
    "Voice",
    "VoiceProfile",
]
