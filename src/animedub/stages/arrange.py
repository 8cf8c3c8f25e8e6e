"""The takes are fitted in time."""

from collections.abc import Mapping, Sequence
from statistics import median

from animedub.model import Line, Placement, Script, Span, SpeechMap, Take, Timeline
from animedub.model.span import merged

VERSION = "1"
STAGE = "arrange"

APART_S = 0.06
"""Silence kept between two takes that do not overlap in the original."""

LATEST_S = 0.6
"""A take that begins later than this after its original does not fit."""

TALKED_OVER_S = 0.05
"""Two lines that share more than this in the original are acted over each other, and stay so."""

MAKEUP_DB = 0.8
"""What separation takes from the level of a voice, measured on episodes whose stems are known."""

ROUNDING_S = 1e-6
"""What differences of seconds may be off by."""

LOUDER_DB, SOFTER_DB = 9.0, 15.0
"""How far a line's level may lie above and under its speaker's norm: beyond, the measurement is to blame."""


def arrange(script: Script, takes: Sequence[Take], speech: SpeechMap) -> Timeline:
    """Place every take where its original begins, or as soon after as those before it are done.

    Takes of one speaker never overlap; takes of two speakers overlap only where the original does. None is cut. A take
    that begins too late, or that would end after the episode, is placed all the same and named in ``unfit``.
    """
    lines, seconds = {line.id: line for line in script.lines}, speech.seconds
    levels = _levels(script.lines)
    placed: list[tuple[Line, Placement]] = []
    unfit: list[str] = []
    for take in sorted(takes, key=lambda t: (lines[t.line].span.start, t.line)):
        line = lines[take.line]
        free_from = max((p.span.end + APART_S for other, p in placed if _waits(line, other)), default=0.0)
        start = max(line.span.start, free_from)
        if start + take.seconds > seconds:  # the last line may begin earlier, rather than be cut
            start = max(free_from, seconds - take.seconds)
        if start > line.span.start + LATEST_S or start + take.seconds > seconds + ROUNDING_S:
            unfit.append(line.id)
        placement = Placement(
            take=take,
            speaker=line.speaker,
            span=Span(start=round(start, 4), end=round(start + take.seconds, 4)),
            gain_db=round(levels[line.id] + MAKEUP_DB - take.level_db, 2),
            balance=line.prosody.balance if line.prosody else 0.0,
        )
        placed.append((line, placement))
    ordered = tuple(p for _, p in sorted(placed, key=lambda pair: (pair[1].span.start, pair[1].take.line)))
    silenced = _dubbed([lines[take.line].span for take in takes], speech)
    return Timeline(seconds=seconds, placements=ordered, silenced=tuple(silenced), unfit=tuple(unfit))


def with_takes(script: Script, timeline: Timeline, producer: str) -> Script:
    """The script with where and how fast each of its lines is spoken in the dub."""
    found = {placement.take.line: placement for placement in timeline.placements}
    return script.with_lines([_with_take(line, found.get(line.id), producer) for line in script.lines])


def before_performance(script: Script) -> Script:
    """The script as it was before its lines were spoken: what a file says of an earlier dub is forgotten."""
    return script.with_lines(
        [
            line.model_copy(
                update={
                    "placed": None,
                    "tempo": None,
                    "produced_by": {field: who for field, who in line.produced_by.items() if field != "take"},
                }
            )
            for line in script.lines
        ]
    )


def _with_take(line: Line, placement: Placement | None, producer: str) -> Line:
    if placement is None:
        return line.model_copy(update={"placed": None, "tempo": None})
    made_by = {**line.produced_by, "take": producer}
    return line.model_copy(update={"placed": placement.span, "tempo": placement.take.tempo, "produced_by": made_by})


def _dubbed(lines: Sequence[Span], speech: SpeechMap) -> list[Span]:
    """The lines that were dubbed, and the rest of the turns in which they are said.

    Speech that belongs to no line (a crowd, a song, a laugh) stays in the mix as it is.
    """
    turns = [t for t in speech.spans if sum(t.overlap(line) for line in lines) >= t.seconds / 2]
    return merged([*lines, *turns])


def _waits(line: Line, other: Line) -> bool:
    """Whether a line has to wait until another one is over."""
    return line.speaker == other.speaker or line.span.overlap(other.span) <= TALKED_OVER_S


def _levels(lines: Sequence[Line]) -> Mapping[str, float]:
    """How loud each line shall be, dB: as loud as the original, within what is likely for its speaker."""
    heard = [line.prosody.energy_db for line in lines if line.prosody]
    usual = median(heard) if heard else -26.0
    norms: dict[str, float] = {}
    for speaker in {line.speaker for line in lines}:
        own = [line.prosody.energy_db for line in lines if line.prosody and line.speaker == speaker]
        norms[speaker] = median(own) if own else usual
    return {
        line.id: min(max(line.prosody.energy_db, norms[line.speaker] - SOFTER_DB), norms[line.speaker] + LOUDER_DB)
        if line.prosody
        else norms[line.speaker]
        for line in lines
    }
