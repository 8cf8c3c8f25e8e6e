"""The outline of the script: which lines there are and when, from subtitles or from the sound alone."""

from typing import Literal, NamedTuple

from animedub.media.language import same_language
from animedub.media.subtitles import TEXT_CODECS, extract_track, read_subtitles
from animedub.model import Artifact, Line, Movie, Script, ScriptOptions, Span, SpeechMap, Track, TrackKind, Turn
from animedub.stages.cues import Cue, dialogue, read_cues
from animedub.stages.subtitled import script_from_cues
from animedub.stages.track_choice import choose_track
from animedub.store import Store

VERSION = "1"

SAME_LINE_S = 0.35
"""A pause up to this long inside one speaker's turn is a breath, not the end of a line."""

LONGEST_LINE_S = 12.0
"""A longer line is split at its longest pause: nobody reads, translates or speaks it in one go."""


class Subtitles(NamedTuple):
    """Subtitles that were chosen as the script."""

    cues: list[Cue]
    words: Literal["text", "source_text"]
    source: str


def outline(movie: Movie, speech: SpeechMap, options: ScriptOptions, given: Artifact | None, *, store: Store) -> Script:
    """The lines of an episode with their spans, and what the subtitles say about words and speakers.

    Args:
        movie: the episode.
        speech: where somebody speaks in it.
        options: where the words come from.
        given: the subtitle file that the user gave, if ``options.script`` names one.
        store: where the episode lies.

    Raises:
        InputError: the subtitles that were asked for cannot be had or read.
    """
    found = _given(given, store) if given else _embedded(movie, options, store)
    if found is None:
        return outline_from_speech(speech, source_language=options.source_language, language=options.language)
    return script_from_cues(
        found.cues,
        speech,
        movie.seconds,
        language=options.language,
        source_language=options.source_language,
        words=found.words,
        source=found.source,
        use_names=options.use_names,
    )


def _given(file: Artifact, store: Store) -> Subtitles:
    return Subtitles(read_cues(read_subtitles(store.path(file))), "text", "subtitle file")


def _embedded(movie: Movie, options: ScriptOptions, store: Store) -> Subtitles | None:
    if options.script == "asr":
        return None
    read: dict[int, list[Cue]] = {}

    def cues(track: Track) -> list[Cue]:
        if track.ordinal not in read:
            with store.writing(TEXT_CODECS[track.codec]) as draft:
                extract_track(movie, store.path(movie.source), track.ordinal, draft.path)
            read[track.ordinal] = read_cues(read_subtitles(store.path(draft.artifact)))
        return read[track.ordinal]

    choice = choose_track(movie, options.language, options.script, lambda track: len(dialogue(cues(track))))
    if choice.track is None:
        return None
    spoken = same_language(choice.track.language, options.source_language)
    number = movie.of(TrackKind.SUBTITLE).index(choice.track) + 1
    return Subtitles(cues(choice.track), "source_text" if spoken else "text", f"subtitle track {number}")


def outline_from_speech(speech: SpeechMap, *, source_language: str, language: str) -> Script:
    """One line without words for each thing that is said: turns of one speaker joined over short pauses."""
    lines: list[list[Turn]] = []
    for turn in speech.turns:
        home = next((line for line in reversed(lines[-4:]) if _goes_on(line[-1], turn)), None)
        if home is None:
            lines.append([turn])
        else:
            home.append(turn)
    spans = [span for line in lines for span in _split([turn.span for turn in line])]
    spans.sort(key=lambda span: (span.start, span.end))
    return Script(
        source_language=source_language,
        language=language,
        lines=tuple(
            Line(id=f"L{number:04d}", span=_rounded(span), produced_by={"span": "speech detection"})
            for number, span in enumerate(spans, start=1)
        ),
    )


def _goes_on(before: Turn, turn: Turn) -> bool:
    return before.label == turn.label and turn.span.start - before.span.end <= SAME_LINE_S


def _split(parts: list[Span]) -> list[Span]:
    """The parts of one line as one span, or as several where it is too long."""
    whole = parts[0].joined(parts[-1])
    if whole.seconds <= LONGEST_LINE_S or len(parts) == 1:
        return [whole]
    at = max(range(1, len(parts)), key=lambda i: parts[i].start - parts[i - 1].end)
    return _split(parts[:at]) + _split(parts[at:])


def _rounded(span: Span) -> Span:
    return Span(start=round(span.start, 3), end=round(span.end, 3))
