"""Lines of dialogue as captions that people can read: at most two rows, long enough on screen, never two at once.

Rows of 42 columns (20 full-width characters), 17 columns a second, 5/6 s at least, 7 s at most and two frames apart are
the common practice of broadcasters and streaming services.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

from animedub.errors import OutputError
from animedub.model import Line, Span

COLUMNS, COLUMNS_FULL_WIDTH = 42, 40
COLUMNS_PER_SECOND = 17.0
SHORTEST, LONGEST = 5 / 6, 7.0
BRIEFEST = 0.3
"""What remains of a caption, in seconds, when others crowd it."""
FRAMES_APART = 2

_FULL_WIDTH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_SENTENCE = re.compile(r"[.!?…。！？]['\"”’」』)]*$")
_CLAUSE = re.compile(r"[,;:—–、，；：]['\"”’」』)]*$")
_OPENS_CLAUSE = re.compile(r"^(and|but|or|so|because|if|when|while|that|which|who|where|than|to|with)\b", re.IGNORECASE)
_CLINGS = re.compile(r"\b(a|an|the|of|to|my|your|his|her|its|our|their|and|but|I|mr|mrs|dr)\.?$", re.IGNORECASE)
_NOT_FIRST = re.compile("[、。，．・：；？！…ー」』）】〉》ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々,.!?:;)\\]]")
_NOT_LAST = re.compile("[「『（【〈《(\\[]")
_PARTICLE = re.compile("(?<=[\u30a1-\u30fa\u3400-\u9fff])[はがをにでとのもへや]$|(?:から|まで|ので|けど|って|ても)$")


class Caption(NamedTuple):
    """What stands on screen at one time: one or two rows."""

    span: Span
    rows: tuple[str, ...]


def captions(
    lines: Iterable[Line],
    *,
    words: Literal["text", "source_text"] = "text",
    frame_rate: Fraction = Fraction(24000, 1001),
) -> list[Caption]:
    """The words of the lines, every one of them and nothing else, as captions in order of time.

    Args:
        lines: ``text`` stands where the take was placed, else where the original speaks; ``source_text`` always there.
            Lines without words give no caption.
        words: whether the dub or the original is written.
        frame_rate: of the picture, frames per second.

    Captions start with the words (later only where others are in the way), stay as long as reading takes while nothing
    follows, and are at least two frames apart. A line that needs more than two rows is divided at the end of a clause.
    """
    gap = float(FRAMES_APART / frame_rate)
    pieces = sorted((piece for line in lines for piece in _pieces(line, words)), key=lambda piece: piece[0].start)
    spans = list(_readable(_in_turn([span for span, _ in pieces], gap), [text for _, text in pieces], gap))
    return [Caption(span, tuple(wrapped(text))) for span, (_, text) in zip(spans, pieces, strict=True)]


def write_srt(
    lines: Iterable[Line],
    path: Path,
    *,
    words: Literal["text", "source_text"] = "text",
    frame_rate: Fraction = Fraction(24000, 1001),
) -> None:
    """Write :func:`captions` as an SRT file in UTF-8.

    Raises:
        OutputError: the file cannot be written.
    """
    found = captions(lines, words=words, frame_rate=frame_rate)
    cues = (
        f"{number}\n{_stamp(one.span.start)} --> {_stamp(one.span.end)}\n" + "\n".join(one.rows) + "\n\n"
        for number, one in enumerate(found, 1)
    )
    try:
        path.write_text("".join(cues), encoding="utf-8")
    except OSError as cause:
        raise OutputError(f"cannot write the subtitles {path}: {cause.strerror}") from cause


def wrapped(text: str) -> list[str]:
    """``text`` in one row, or in two of about the same width; one row that is too wide when it cannot be divided.

    >>> wrapped("I walked for three days from the northern mountains.")
    ['I walked for three days', 'from the northern mountains.']
    """
    if _columns(text) <= _limit(text):
        return [text]
    fitting = [cut for cut in _cuts(text) if max(map(_columns, _at(text, cut))) <= _limit(text)]
    return _at(text, min(fitting, key=lambda cut: _cost(text, cut))) if fitting else [text]


def divided(text: str, seconds: float) -> list[str]:
    """``text``, said in ``seconds``, in pieces that fit on screen: two rows and seven seconds each."""
    rows = wrapped(text)
    if seconds <= LONGEST and all(_columns(row) <= _limit(row) for row in rows):
        return [text]
    cuts = _cuts(text)
    if not cuts:
        return [text]
    first, second = _at(text, min(cuts, key=lambda cut: _cost(text, cut)))
    share = len(first) / (len(first) + len(second))
    return [*divided(first, seconds * share), *divided(second, seconds * (1 - share))]


def _pieces(line: Line, words: Literal["text", "source_text"]) -> Iterator[tuple[Span, str]]:
    """The pieces of one line, with their share of its time."""
    text = " ".join((line.text if words == "text" else line.source_text).split())
    span = line.placed if words == "text" and line.placed else line.span
    parts = divided(text, span.seconds) if text else []
    start, total = span.start, sum(map(len, parts))
    for part in parts:
        end = min(span.end, start + span.seconds * len(part) / total)
        yield Span(start=start, end=end), part
        start = end


def _in_turn(spans: Sequence[Span], gap: float) -> list[Span]:
    """Spans in order of their starts, made to follow each other ``gap`` seconds apart."""
    out: list[Span] = []
    for span in spans:
        start = span.start
        if out and start < out[-1].end + gap:
            before = out[-1]
            out[-1] = Span(start=before.start, end=max(before.start + BRIEFEST, start - gap))
            start = max(start, out[-1].end + gap)
        out.append(Span(start=start, end=max(start + BRIEFEST, min(span.end, start + LONGEST))))
    return out


def _readable(spans: Sequence[Span], texts: Sequence[str], gap: float) -> Iterator[Span]:
    """The spans, each made longer until it can be read, as far as nothing follows."""
    for place, (span, text) in enumerate(zip(spans, texts, strict=True)):
        wanted = min(LONGEST, max(SHORTEST, _columns(text) / COLUMNS_PER_SECOND))
        room = spans[place + 1].start - gap if place + 1 < len(spans) else span.start + wanted
        yield Span(start=span.start, end=max(span.end, min(span.start + wanted, room)))


def _columns(text: str) -> int:
    """Width in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))


def _limit(text: str) -> int:
    return COLUMNS_FULL_WIDTH if _FULL_WIDTH.search(text) else COLUMNS


def _cuts(text: str) -> list[int]:
    """Positions at which a row may end: spaces, and between full-width characters where Japanese rules allow it."""
    if not _FULL_WIDTH.search(text):
        return [found.start() for found in re.finditer(r"(?<=\S) +(?=\S)", text)]
    return [place for place in range(1, len(text)) if _may_break(text[place - 1], text[place])]


def _may_break(before: str, after: str) -> bool:
    if _NOT_FIRST.match(after) or _NOT_LAST.match(before):
        return False
    return before == " " or not (before.isascii() and after.isascii())


def _at(text: str, cut: int) -> list[str]:
    return [text[:cut].strip(), text[cut:].strip()]


def _cost(text: str, cut: int) -> float:
    """How bad it is to divide here: columns off the middle, less what the grammar makes of it."""
    first, second = _at(text, cut)
    off = abs(_columns(first) - _columns(second)) / 2
    if _SENTENCE.search(first):
        return off - 14
    if _CLAUSE.search(first):
        return off - 9
    if _CLINGS.search(first):
        return off + 8
    if _OPENS_CLAUSE.match(second) or _PARTICLE.search(first):
        return off - 4
    return off


def _stamp(seconds: float) -> str:
    """``3661.5`` -> ``01:01:01,500``."""
    total = round(seconds * 1000)
    minutes, ms = divmod(total, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02},{ms % 1000:03}"
