"""What is heard in the original: who speaks when, what they say, and how."""

from animedub.model import (
    Artifact,
    EngineName,
    Heard,
    Movie,
    Prosody,
    Script,
    ScriptOptions,
    SeparateOptions,
    Soundtrack,
    Span,
    SpeechMap,
    Stems,
)
from animedub.rig import Rig
from animedub.stages import detect as detecting
from animedub.stages import diarize as diarizing
from animedub.stages import outline as outlining
from animedub.stages import prosody as measuring
from animedub.stages import separate as separating
from animedub.stages import transcribe as transcribing
from tasks.policy import stage

Spans = tuple[Span, ...]


@stage(name="detect", version=detecting.VERSION)
def detect(soundtrack: Soundtrack, engine: EngineName, *, rig: Rig) -> SpeechMap:
    """Where somebody speaks."""
    return detecting.detect_speech(soundtrack, engine=rig.speech_detector(engine.name), store=rig.store)


@stage(name="outline", version=outlining.VERSION)
def outline(movie: Movie, speech: SpeechMap, options: ScriptOptions, given: Artifact | None, *, rig: Rig) -> Script:
    """Which lines there are and when, from subtitles or from the sound."""
    return outlining.outline(movie, speech, options, given, store=rig.store)


@stage(name="separate", version=separating.VERSION)
def separate(
    soundtrack: Soundtrack, speech: SpeechMap, options: SeparateOptions, engine: EngineName, *, rig: Rig
) -> Stems:
    """Dialogue and bed."""
    separator = rig.separator(engine.name)
    return separating.separate(soundtrack, speech, options, engine=separator, store=rig.store, progress=rig.progress)


@stage(name="transcribe", version=transcribing.VERSION)
def transcribe(spans: Spans, stems: Stems, language: str, engine: EngineName, *, rig: Rig) -> tuple[Heard, ...]:
    """What is said in each span."""
    ear = rig.transcriber(engine.name)
    return transcribing.transcribe(spans, stems, language, engine=ear, store=rig.store, progress=rig.progress)


@stage(name="diarize", version=diarizing.VERSION)
def diarize(
    spans: Spans,
    measured: tuple[Prosody | None, ...],
    soundtrack: Soundtrack,
    stems: Stems,
    engine: EngineName,
    *,
    rig: Rig,
) -> tuple[int, ...]:
    """Number of the voice in each span."""
    return diarizing.hear_voices(
        spans,
        measured,
        soundtrack,
        stems,
        engine=rig.speaker_encoder(engine.name),
        store=rig.store,
        progress=rig.progress,
        threads=rig.threads,
    )


@stage(name="translate", version=transcribing.VERSION)
def translate(
    spans: Spans, stems: Stems, source: str, target: str, engine: EngineName, *, rig: Rig
) -> tuple[Heard, ...]:
    """What is said in each span, in the language of the dub."""
    engine_ = rig.speech_translator(engine.name)
    return transcribing.translate(spans, stems, source, target, engine=engine_, store=rig.store, progress=rig.progress)


@stage(name="prosody", version=measuring.VERSION)
def prosody(spans: Spans, stems: Stems, *, rig: Rig) -> tuple[Prosody | None, ...]:
    """How each span is said."""
    return measuring.measure(spans, stems, store=rig.store, progress=rig.progress, threads=rig.threads)
