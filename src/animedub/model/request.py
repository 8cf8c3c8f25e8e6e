"""Everything a user may ask, as frozen values with defaults: one class per stage."""

from enum import StrEnum

from pydantic import Field

from animedub.model.base import Noun


class SeparateOptions(Noun):
    """How dialogue is taken out of the mix."""

    engine: str = "spleeter"
    margin_ms: int = Field(default=250, ge=0, description="how far around speech the stem reaches")
    crossfade_ms: int = Field(default=120, ge=1, description="fade between the original and the separated bed")


class ScriptOptions(Noun):
    """Where the words come from."""

    source_language: str = "ja"
    language: str = "en"
    script: str = Field(default="auto", description="auto, asr, subs, subs:N, or a path to .json/.ass/.srt/.vtt")
    transcriber: str = "whisper-base"
    translator: str = "whisper-base"
    diarizer: str = "campplus"
    use_names: bool = Field(default=True, description="take speakers from the subtitles' Name field")


class CastOptions(Noun):
    """How voices are chosen."""

    synthesizer: str = "kokoro"


class ArrangeOptions(Noun):
    """How takes are fitted in time."""

    tempo_min: float = Field(default=0.80, gt=0.3, le=1.0)
    tempo_max: float = Field(default=1.30, ge=1.0, lt=3.0)


class Codec(StrEnum):
    """How the dub's sound is coded in the result."""

    AAC = "aac"
    FLAC = "flac"
    OPUS = "opus"


class MixOptions(Noun):
    """How the dub is mixed and how loud it is."""

    target_lufs: float = Field(default=-16.0, ge=-40, le=-8, description="integrated loudness, EBU R 128")
    true_peak_db: float = Field(default=-1.0, ge=-12, le=0, description="highest true peak, dBTP")
    codec: Codec = Codec.AAC


class DubRequest(Noun):
    """What is asked of one dub."""

    separate: SeparateOptions = SeparateOptions()
    script: ScriptOptions = ScriptOptions()
    cast: CastOptions = CastOptions()
    arrange: ArrangeOptions = ArrangeOptions()
    mix: MixOptions = MixOptions()
    lipsync: bool = False
