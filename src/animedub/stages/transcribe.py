"""What the original actors say, and what that means."""

import re
from collections.abc import Callable, Iterable, Sequence

from animedub.engines.protocols import SpeechTranslator, Transcriber, Waveform
from animedub.media.audio import SoundReader
from animedub.model import Heard, Line, Script, Span, Stems
from animedub.phrasebook import identity as phrasebook_identity
from animedub.phrasebook import look_up
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
TRANSCRIBE, TRANSLATE = "transcribe", "translate"

BEFORE_S, AFTER_S = 0.10, 0.20
"""How much around a line is heard: attacks and final vowels lie just outside."""

BATCH = 16
"""Lines between two reports of progress."""

NOBODY_SPOKE = 0.6
"""Probability of no speech above which unsure words are taken for invented."""

UNSURE = 0.45
"""Mean probability of the words below which they count as unsure."""

SOUNDS = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]+")
"""What stands for a sound in a transcript."""


def transcribe(
    spans: Sequence[Span], stems: Stems, language: str, *, engine: Transcriber, store: Store, progress: Progress
) -> tuple[Heard, ...]:
    """Write down what is said in each span of the dialogue."""
    return _hear(spans, stems, lambda waves: engine.transcribe(waves, language), store, progress, TRANSCRIBE)


def translate(
    spans: Sequence[Span],
    stems: Stems,
    source: str,
    target: str,
    *,
    engine: SpeechTranslator,
    store: Store,
    progress: Progress,
) -> tuple[Heard, ...]:
    """Translate what is said in each span of the dialogue."""
    return _hear(spans, stems, lambda w: engine.translate_speech(w, source, target), store, progress, TRANSLATE)


def untranscribed(script: Script) -> list[Line]:
    """The lines of which nobody has written down yet what is said."""
    return [line for line in script.lines if not line.source_text]


def untranslated(script: Script) -> list[Line]:
    """The lines that have something to translate and no translation."""
    return [line for line in script.lines if line.source_text and not line.text]


def with_transcript(script: Script, heard: Sequence[Heard], producer: str) -> Script:
    """The script with what was heard in its :func:`untranscribed` lines.

    Lines that have no words in either language after that are noise, and left out.
    """
    texts = (said.text if is_speech(said) else "" for said in heard)
    lines = _filled(script, untranscribed(script), "source_text", texts, producer)
    return script.with_lines([line for line in lines if line.source_text or line.text])


def with_phrases(script: Script) -> Script:
    """The script with a ``text`` for those :func:`untranslated` lines that the phrasebook knows by heart."""
    found = [
        (line, look_up(line.source_text, script.source_language, script.language)) for line in untranslated(script)
    ]
    known = [(line, match.text) for line, match in found if match]
    return script.with_lines(
        _filled(script, [line for line, _ in known], "text", [text for _, text in known], phrasebook_identity())
    )


def with_translation(script: Script, heard: Sequence[Heard], producer: str) -> Script:
    """The script with a ``text`` for its :func:`untranslated` lines."""
    texts = (speakable(said.text) for said in heard)
    return script.with_lines(_filled(script, untranslated(script), "text", texts, producer))


def is_speech(said: Heard) -> bool:
    """Whether somebody really said it: recognisers invent words over music, unsure of themselves."""
    return not (said.no_speech > NOBODY_SPOKE and said.confidence < UNSURE)


def speakable(text: str) -> str:
    """The words alone: without what a recogniser puts in brackets or writes for music.

    >>> speakable("[Music] Run! (laughs)")
    'Run!'
    """
    return " ".join(SOUNDS.sub(" ", text).split())


def _hear(
    spans: Sequence[Span],
    stems: Stems,
    engine: Callable[[list[Waveform]], list[Heard]],
    store: Store,
    progress: Progress,
    stage: str,
) -> tuple[Heard, ...]:
    progress.begin(stage, len(spans))
    heard: list[Heard] = []
    with SoundReader(store.path(stems.listening)) as sound:
        for first in range(0, len(spans), BATCH):
            batch = spans[first : first + BATCH]
            heard += engine([sound.read(span.padded(BEFORE_S, AFTER_S)).mono for span in batch])
            progress.advance(stage, len(batch))
    return tuple(heard)


def _filled(script: Script, missing: Sequence[Line], field: str, texts: Iterable[str], producer: str) -> list[Line]:
    found = {line.id: text for line, text in zip(missing, texts, strict=True)}
    return [
        line.model_copy(update={field: found[line.id], "produced_by": {**line.produced_by, field: producer}})
        if found.get(line.id)
        else line
        for line in script.lines
    ]
