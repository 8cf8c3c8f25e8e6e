"""What a subtitle event means: spoken, sung, read off the picture, or nothing at all; and who says it."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from pydantic import Field

from animedub.media.subtitles import Event
from animedub.model import Noun, Span
from animedub.stages.utterances import Utterance, known_names, plain, utterances


class Kind(StrEnum):
    """What a cue is for."""

    DIALOGUE = "dialogue"
    SOUND = "sound"
    SONG = "song"
    SIGN = "sign"
    COMMENT = "comment"


class Cue(Noun):
    """One thing that is said, sung, shown or heard, as the subtitles tell it."""

    span: Span = Field(description="when it is on screen")
    kind: Kind
    text: str = Field(description="the words, without markup, on one line")
    speaker: str = ""
    shared: bool = Field(
        default=False, description="one of several speakers of one event: its share of time is a guess"
    )


REPEAT_GAP = 0.06
"""Equal events at most this far apart (s) are one: frames of typesetting, or a line moved up while a sign is shown."""

SHORTEST = 0.12
"""What is on screen for less (s) is a frame of typesetting."""

CROWD = 6
"""So many events of one style at one moment are typesetting."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SONG_WORDS = _words(
    "op ed oped opening ending song songs karaoke kara romaji kanji lyric lyrics insert theme furigana"
)
_SIGN_WORDS = _words(
    "sign signs title titles typeset typesetting ts caption credit credits eyecatch eyecatches logo note notes tlnote "
    "staff chapter nextep screen onscreen rubi ruby watermark"
)
_DIALOGUE_WORDS = _words(
    "default main dialogue dialog top bottom italic italics flashback flashbacks alt alternate thought thoughts "
    "internal narration narrator overlap phone radio tv subtitle subtitles speech whisper"
)
_NOT_NAMES = frozenset({"sign", "signs", "ts", "title", "typeset", "typesetting", "caption", "note", "tl note", "text"})

_KARAOKE = re.compile(r"\\[kK][fo]?\d")
_DRAWING = re.compile(r"\\p[1-9]")
_TYPESETTING = re.compile(r"\\(?:move|org|i?clip|fr[xyz]?-?\d*\.?\d*[1-9]|fa[xy]-?\d*\.?\d*[1-9])")
_POSITION = re.compile(r"\\pos\s*\(")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class _Facts(NamedTuple):
    """What the rules look at."""

    event: Event
    tags: str  # the override tags alone
    text: str  # the words alone
    words: frozenset[str]  # of the style's name, in lower case
    crowd: int  # events of this style on screen when it starts, itself included
    roams: bool  # nearly everything in this file is placed by hand, so a position says nothing

    @property
    def at_home(self) -> bool:
        """Whether a line of dialogue may stand at a position of its own."""
        return self.roams or bool(self.event.name and self.words & _DIALOGUE_WORDS)


class Rule(NamedTuple):
    """The kind of every event that it applies to."""

    kind: Kind
    because: str
    applies: Callable[[_Facts], bool]


RULES: tuple[Rule, ...] = (
    Rule(Kind.COMMENT, "a comment", lambda f: f.event.comment),
    Rule(Kind.COMMENT, "code of a karaoke template", lambda f: f.event.effect.lower().startswith(("template", "code"))),
    Rule(Kind.SONG, "karaoke timing", lambda f: bool(_KARAOKE.search(f.tags))),
    Rule(Kind.SONG, "karaoke effect", lambda f: f.event.effect.lower() in {"karaoke", "fx", "kara"}),
    Rule(Kind.SONG, "style of a song", lambda f: bool(f.words & _SONG_WORDS)),
    Rule(Kind.SONG, "music notes", lambda f: any(note in f.text for note in "♪♫♬♩")),
    Rule(Kind.SIGN, "style of a sign", lambda f: bool(f.words & _SIGN_WORDS) or {"next", "ep"} <= f.words),
    Rule(Kind.SIGN, "called a sign in the Name field", lambda f: f.event.name.lower() in _NOT_NAMES),
    Rule(Kind.SIGN, "a drawing", lambda f: bool(_DRAWING.search(f.tags))),
    Rule(Kind.COMMENT, "no words", lambda f: not any(c.isalnum() for c in f.text)),
    Rule(Kind.SIGN, "moved, turned or cut out", lambda f: bool(_TYPESETTING.search(f.tags))),
    Rule(Kind.SIGN, "scrolls", lambda f: f.event.effect.lower().startswith(("banner", "scroll"))),
    Rule(Kind.SIGN, "placed by hand", lambda f: bool(_POSITION.search(f.tags)) and not f.at_home),
    Rule(Kind.SIGN, "one of a crowd", lambda f: f.crowd >= CROWD),
)
"""Looked at in order; the first rule that applies decides. What no rule catches is dialogue, ``\\an8`` or not."""


def read_cues(events: Sequence[Event]) -> list[Cue]:
    """What the events mean, in order of time: markup gone, two-speaker events split, repeated ones merged.

    Speakers come from the Name field (two names as ``A/B`` or ``A & B``), else from ``NAME:`` or ``(Name)`` before the
    words; they stay empty when nothing is said about them.
    """
    kinds = classified(events)
    names = known_names(event for event, kind in kinds if kind is Kind.DIALOGUE)
    cues = _with_one_spelling([cue for event, kind in kinds for cue in _cues(event, kind, names)])
    return [_unless_too_short(cue) for cue in _merged(cues)]


def dialogue(cues: Iterable[Cue]) -> list[Cue]:
    """The cues that are spoken."""
    return [cue for cue in cues if cue.kind is Kind.DIALOGUE]


def classified(events: Sequence[Event]) -> list[tuple[Event, Kind]]:
    """Every event with its kind by :data:`RULES`, in order of time."""
    ordered = sorted(events, key=lambda event: (event.span.start, event.span.end))
    crowds = _crowds(ordered)
    shown = [event for event in ordered if not event.comment and not _style_words(event.style) & _SIGN_WORDS]
    placed = sum(bool(_POSITION.search(event.text)) for event in shown)
    roams = len(shown) >= 10 and placed > 0.8 * len(shown)
    return [(event, _kind(event, crowd, roams)) for event, crowd in zip(ordered, crowds, strict=True)]


def _kind(event: Event, crowd: int, roams: bool) -> Kind:
    tags = "".join(re.findall(r"\{[^}]*\}", event.text))
    facts = _Facts(event, tags, plain(event.text), _style_words(event.style), crowd, roams)
    return next((rule.kind for rule in RULES if rule.applies(facts)), Kind.DIALOGUE)


def _style_words(style: str) -> frozenset[str]:
    """``"OPRomaji_2"`` -> ``{"op", "romaji"}``."""
    return frozenset(word.lower() for word in _WORD.findall(style))


def _crowds(events: Sequence[Event]) -> list[int]:
    """For each event, how many of its style are on screen when it starts."""
    starts: dict[str, list[float]] = defaultdict(list)
    ends: dict[str, list[float]] = defaultdict(list)
    for event in (event for event in events if not event.comment):
        starts[event.style].append(event.span.start)
        ends[event.style].append(event.span.end)
    for times in (*starts.values(), *ends.values()):
        times.sort()
    return [
        bisect_right(starts[event.style], event.span.start) - bisect_right(ends[event.style], event.span.start)
        for event in events
    ]


def _cues(event: Event, kind: Kind, names: frozenset[str]) -> list[Cue]:
    """The cues of one event."""
    if kind is not Kind.DIALOGUE:
        return [Cue(span=event.span, kind=kind, text=" ".join(plain(event.text).split()), speaker="")]
    said = utterances(event, names)
    if not said:
        return [Cue(span=event.span, kind=Kind.SOUND, text=" ".join(plain(event.text).split()))]
    return [
        Cue(span=span, kind=kind, text=one.text, speaker=one.speaker, shared=len(said) > 1)
        for one, span in zip(said, _shares(event.span, said), strict=True)
    ]


def _shares(span: Span, said: Sequence[Utterance]) -> list[Span]:
    """``span`` divided by the length of the texts."""
    total = sum(len(one.text) for one in said)
    edges = [span.start]
    for one in said:
        edges.append(edges[-1] + span.seconds * len(one.text) / total)
    edges[-1] = span.end
    return [Span(start=a, end=max(a, b)) for a, b in pairwise(edges)]


def _with_one_spelling(cues: Iterable[Cue]) -> list[Cue]:
    """Every speaker spelled as at first: ``haruka`` is ``Haruka``."""
    first: dict[str, str] = {}
    return [cue.model_copy(update={"speaker": first.setdefault(cue.speaker.casefold(), cue.speaker)}) for cue in cues]


def _merged(cues: Sequence[Cue]) -> list[Cue]:
    """Equal cues that follow or cover each other, joined."""
    out: list[Cue] = []
    latest: dict[tuple[Kind, str], int] = {}
    for cue in sorted(cues, key=lambda cue: (cue.span.start, cue.span.end)):
        place = latest.get((cue.kind, cue.text))
        before = out[place] if place is not None else None
        same_person = before is not None and (not before.speaker or not cue.speaker or before.speaker == cue.speaker)
        if before is not None and place is not None and same_person and _touch(before.span, cue.span):
            joined = {"span": before.span.joined(cue.span), "speaker": before.speaker or cue.speaker}
            out[place] = before.model_copy(update=joined)
        else:
            latest[cue.kind, cue.text] = len(out)
            out.append(cue)
    return out


def _touch(first: Span, second: Span) -> bool:
    return second.start - first.end <= REPEAT_GAP


def _unless_too_short(cue: Cue) -> Cue:
    too_short = cue.kind is Kind.DIALOGUE and not cue.shared and cue.span.seconds < SHORTEST
    return cue.model_copy(update={"kind": Kind.SIGN}) if too_short else cue
