"""The script of an episode from its subtitles: their words and speakers, at the times when somebody speaks."""

from collections.abc import Sequence
from typing import Literal

from animedub.model import Line, Script, Span, SpeechMap
from animedub.model.span import merged
from animedub.stages.cues import Cue, dialogue

VERSION = "1"

REACH = 0.35
"""How far outside its cue (s) speech may begin or end and still belong to it."""

PAUSE_REACH = 0.3
"""How far from the border of two cues (s) the pause between their lines may lie."""

GUESS_REACH = 0.8
"""The same for the border between two speakers of one event, which is only a guess from the length of their texts."""

INNER_PAUSE = 0.3
"""Pauses up to this long (s) belong to a line."""

NEARBY = 20
"""How many cues before and after one are looked at for those it borders on."""

SPECK = 0.08
"""Speech shorter than this (s) inside a window is a neighbour's edge or a detector's error."""

LEAD_IN, LEAD_OUT = 0.12, 0.25
"""How much earlier a cue usually appears, and how much later it goes, than its line is spoken, s."""

FASTEST = 35.0
"""Nobody speaks more characters a second: a shorter find is not the whole line."""


def script_from_cues(
    cues: Sequence[Cue],
    speech: SpeechMap,
    seconds: float,
    *,
    language: str,
    source_language: str,
    words: Literal["text", "source_text"] = "text",
    source: str = "subtitles",
    use_names: bool = True,
) -> Script:
    """The spoken cues as a script, each line where it is really said.

    Args:
        cues: what the subtitles hold; everything but dialogue is left out.
        speech: where somebody speaks, found in the sound (edges good to about 60 ms).
        seconds: length of the episode; cues after its end are left out.
        language: ISO 639-1 code of the dub.
        source_language: ISO 639-1 code of what the actors speak.
        words: whether the cues hold the dub's words or, for subtitles in the source language, the actors'.
        source: what the lines say they were produced by, such as ``"subtitle track 1"``.
        use_names: whether speakers are taken over; without, every line's speaker is empty.

    Returns:
        Lines ``L0001``, ``L0002``... in order of time, spans in whole milliseconds; those of one speaker never overlap.
        ``produced_by["span"]`` says whether speech was found.
    """
    end = Span(start=0.0, end=seconds)
    spoken = [cue for cue in dialogue(cues) if cue.span.start < seconds]
    if not use_names:
        spoken = [cue.model_copy(update={"speaker": ""}) for cue in spoken]
    spoken.sort(key=lambda cue: (cue.span.start, cue.span.end))
    found = snapped(spoken, speech)
    spans = _apart(
        spoken, [(span or _without_leads(cue.span)).within(end) for cue, span in zip(spoken, found, strict=True)]
    )
    lines: list[Line] = []
    for cue, span, heard in sorted(
        zip(spoken, spans, found, strict=True), key=lambda each: (each[1].start, each[1].end)
    ):
        made = {words: source, "span": f"{source}, {'snapped to speech' if heard else 'no speech found'}"}
        if cue.speaker:
            made["speaker"] = source
        line = Line(id=f"L{len(lines) + 1:04}", span=span, speaker=cue.speaker, produced_by=made)
        lines.append(line.model_copy(update={words: cue.text}))
    return Script(source_language=source_language, language=language, lines=tuple(lines))


def snapped(cues: Sequence[Cue], speech: SpeechMap) -> list[Span | None]:
    """For each cue (in order of time) where its line is spoken: from the first speech in reach to the last.

    Speech that goes through from one cue to the next is divided at the pause or change of turn near their border, else
    at the border. None where nobody speaks.
    """
    sounding = merged(speech.spans)
    return [_spoken_in(cue, _window(place, cues, speech), sounding) for place, cue in enumerate(cues)]


def _window(place: int, cues: Sequence[Cue], speech: SpeechMap) -> Span:
    """Where the words of one cue are looked for: as far as the reach, or the border to the cue before and after."""
    cue = cues[place]
    ended = [other for other in cues[max(0, place - NEARBY) : place] if _follows(other, cue)]
    coming = [other for other in cues[place + 1 : place + 1 + NEARBY] if _follows(cue, other)]
    start, end = cue.span.start - REACH, cue.span.end + REACH
    if ended:
        before = max(ended, key=lambda other: other.span.end)
        start = max(cue.span.start - _reach(before, cue), _border(before, cue, speech).end)
    if coming:
        end = min(cue.span.end + _reach(cue, coming[0]), _border(cue, coming[0], speech).start)
    return Span(start=max(0.0, start), end=max(0.0, start, end))


def _reach(first: Cue, second: Cue) -> float:
    return GUESS_REACH if first.shared and second.shared else REACH


def _follows(first: Cue, second: Cue) -> bool:
    """Whether one cue takes over from the other; otherwise both are spoken together."""
    return second.span.start >= first.span.end - PAUSE_REACH


def _border(first: Cue, second: Cue, speech: SpeechMap) -> Span:
    """What lies between the words of two cues: a point in the pause nearest to both, else the gap between the cues."""
    at = second.span.start
    gap = Span(start=min(first.span.end, at), end=max(first.span.end, at))
    reach = GUESS_REACH if first.shared and second.shared else PAUSE_REACH
    room = Span(start=max(first.span.start, gap.start - reach), end=max(gap.end, min(second.span.end, gap.end + reach)))
    pauses = _pauses(speech, room)
    if not pauses:
        return gap if first.span.end <= at else Span(start=at, end=at)
    best = min(pauses, key=lambda pause: (round(pause.gap(gap), 2), -pause.seconds))
    point = at if best.start <= at <= best.end else best.middle
    return Span(start=point, end=point)


def _pauses(speech: SpeechMap, room: Span) -> list[Span]:
    """The parts of ``room`` in which nobody speaks, and the points (without length) at which the turn changes."""
    pauses: list[Span] = []
    quiet_from = 0.0
    for turn in sorted(speech.spans, key=lambda span: (span.start, span.end)):
        if turn.start >= quiet_from:
            pauses.append(Span(start=quiet_from, end=turn.start))
        quiet_from = max(quiet_from, turn.end)
    pauses.append(Span(start=quiet_from, end=max(quiet_from, speech.seconds)))
    return [pause.within(room) for pause in pauses if pause.start <= room.end and room.start <= pause.end]


def _spoken_in(cue: Cue, window: Span, sounding: Sequence[Span]) -> Span | None:
    """From the first to the last speech inside ``window`` that touches the cue; None when it cannot be the line."""
    inside = [span.within(window) for span in sounding if span.overlap(window) >= SPECK]
    touching = [span for span in merged(inside, gap=INNER_PAUSE) if span.overlap(cue.span) > 0]
    if not touching:
        return None
    whole = touching[0].joined(touching[-1])
    # Speech that goes on beyond a window which ends at no border is somebody without subtitles: trust the cue there.
    start = whole.start if whole.start > window.start or window.start > cue.span.start - REACH else cue.span.start
    end = whole.end if whole.end < window.end or window.end < cue.span.end + REACH else cue.span.end
    if end - start < len(cue.text) / FASTEST:
        return None
    return Span(start=start, end=end)


def _without_leads(span: Span) -> Span:
    """Where a line is probably spoken when all that is known is its cue."""
    share = min(1.0, 0.4 * span.seconds / (LEAD_IN + LEAD_OUT))
    return Span(start=span.start + share * LEAD_IN, end=span.end - share * LEAD_OUT)


def _apart(cues: Sequence[Cue], spans: Sequence[Span]) -> list[Span]:
    """The spans in whole milliseconds, with those of one speaker (if named) made to follow each other."""
    out = [Span(start=round(span.start, 3), end=round(span.end, 3)) for span in spans]
    latest: dict[str, int] = {}
    for place in sorted(range(len(out)), key=lambda i: (out[i].start, out[i].end)):
        speaker = cues[place].speaker
        if speaker and speaker in latest:
            before = latest[speaker]
            out[before], out[place] = _divided(out[before], out[place], cues[before].text, cues[place].text)
        latest[speaker] = place
    return out


def _divided(first: Span, second: Span, said_first: str, said_second: str) -> tuple[Span, Span]:
    """Two spans of one speaker, the later cut where they overlap; nearly equal ones by the length of their words."""
    if second.start >= first.end:
        return first, second
    cut, end = second.start, max(first.end, second.end)
    if second.start - first.start < 0.3:
        cut = round(first.start + (end - first.start) * len(said_first) / len(said_first + said_second), 3)
        return Span(start=first.start, end=cut), Span(start=cut, end=end)
    return Span(start=first.start, end=cut), second
