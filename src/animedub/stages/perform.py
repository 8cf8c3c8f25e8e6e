"""The voices speak: one take for each line."""

import hashlib
import json
from collections.abc import Sequence

from pydantic import Field

from animedub.dsp.levels import speech_level_db
from animedub.engines.protocols import Synthesizer
from animedub.media.audio import SoundReader, write_sound
from animedub.model import ArrangeOptions, Line, Noun, Script, Span, Take, Voice
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
STAGE = "synthesize"

COMFORTABLE = 1.18
"""Tempo up to which a line is hurried to end with the original; beyond, it borrows from the pause that follows."""

BREATH_S = 0.10
"""What is left of a pause between two lines."""

LONGEST_LOAN_S = 1.0
"""How far a line may run on into the pause after it."""

GROUP = 2
"""Lines spoken in one go of a worker."""


class Cue(Noun):
    """What a voice needs to know to speak a line: everything its take depends on, and nothing more."""

    line: str = Field(description="the line's id")
    text: str
    language: str
    voice: Voice
    seconds: float = Field(ge=0, description="how long the original takes")
    room: float = Field(ge=0, description="how long the take may be at most without running into the next line")


def call_sheet(script: Script) -> list[tuple[Cue, ...]]:
    """The cues of all lines that have words, in groups; a line's cue does not depend on what other lines say.

    A line such as "..." has none: nobody speaks it, and the original stays.
    """
    voices = script.cast.voices if script.cast else {}
    spoken = [line for line in script.lines if any(c.isalnum() for c in line.text)]
    cues = [
        Cue(
            line=line.id,
            text=line.text,
            language=script.language,
            voice=voices[line.speaker],
            seconds=line.span.seconds,
            room=_room(line, script.lines),
        )
        for line in spoken
    ]
    return [tuple(cues[first : first + GROUP]) for first in range(0, len(cues), GROUP)]


def perform(
    cues: Sequence[Cue],
    options: ArrangeOptions,
    *,
    engine: Synthesizer,
    store: Store,
    progress: Progress,
    use_cache: bool = True,
) -> tuple[Take, ...]:
    """Speak each cue at the tempo that fits; a line that was spoken so before is not spoken again.

    A text in which the voice finds nothing to say has no take: one such line is no reason to lose the episode.
    """
    takes = []
    for cue in cues:
        natural_s = engine.duration(cue.text, cue.voice, cue.language)
        if natural_s > 0:
            takes.append(_perform(cue, pace(natural_s, cue, options), engine, store, use_cache))
        else:
            progress.warn(f"nothing in line {cue.line}, {cue.text!r}, can be spoken; the original is kept there")
        progress.advance(STAGE, 1)
    return tuple(takes)


def pace(natural_s: float, cue: Cue, options: ArrangeOptions) -> float:
    """The tempo at which a text of ``natural_s`` is spoken.

    It fills the time of the original where it can; a long text is hurried a little, then borrows from the pause that
    follows, then is hurried up to the limit.
    """
    wanted = natural_s / max(cue.seconds, 0.1)
    if wanted > COMFORTABLE:
        wanted = max(COMFORTABLE, natural_s / max(cue.room, 0.1))
    return round(min(max(wanted, options.tempo_min), options.tempo_max), 3)


def _perform(cue: Cue, tempo: float, engine: Synthesizer, store: Store, use_cache: bool) -> Take:
    key = _key(cue, tempo, engine)
    sound = store.recall(key) if use_cache else None
    if sound is None:
        with store.writing(".flac") as draft:
            write_sound(draft.path, engine.speak(cue.text, cue.voice, cue.language, tempo), subtype="PCM_16")
        sound = draft.artifact
        store.remember(key, sound)
    with SoundReader(store.path(sound)) as file:
        spoken = file.read(Span(start=0, end=file.seconds))
    return Take(
        line=cue.line,
        sound=sound,
        seconds=spoken.seconds,
        tempo=tempo,
        level_db=round(speech_level_db(spoken.mono, spoken.rate), 2),
    )


def _key(cue: Cue, tempo: float, engine: Synthesizer) -> str:
    voice = cue.voice.model_dump(mode="json", include={"engine", "blend", "shift_st", "reference"})
    asked = [STAGE, VERSION, engine.identity, cue.text, cue.language, voice, tempo]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _room(line: Line, lines: Sequence[Line]) -> float:
    """Seconds from the start of a line to the next one, or as far as it may run on."""
    following = [other.span.start for other in lines if other.span.start > line.span.start and other.id != line.id]
    latest = line.span.end + LONGEST_LOAN_S
    return max(line.span.seconds, min([latest, *(start - BREATH_S for start in following)]) - line.span.start)
