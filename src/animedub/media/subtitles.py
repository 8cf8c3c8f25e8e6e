"""Subtitle files as they are written: ASS, SSA, SRT and WebVTT in, events out. What they mean is not decided here."""

import html
import re
from pathlib import Path

import pysubs2
from pysubs2.exceptions import Pysubs2Error
from pysubs2.formats import get_format_class
from pysubs2.formats.subrip import SubripFormat
from pysubs2.ssaevent import SSAEvent

from animedub.errors import InputError
from animedub.media import ffmpeg
from animedub.media.probe import counts_from_zero
from animedub.model import Movie, Noun, Span

MAX_BYTES = 64 << 20
"""Larger files are refused: an ASS file with all its fonts embedded stays below this."""

TEXT_CODECS = {
    "ass": ".ass",
    "ssa": ".ass",
    "subrip": ".srt",
    "srt": ".srt",
    "text": ".srt",
    "mov_text": ".srt",
    "webvtt": ".vtt",
}
"""ffmpeg's name of a subtitle codec that holds text -> suffix of the file it is extracted to without loss."""

BITMAP_CODECS = {"hdmv_pgs_subtitle": "PGS", "dvd_subtitle": "VobSub", "dvb_subtitle": "DVB", "xsub": "XSUB"}
"""ffmpeg's name of a subtitle codec that holds pictures -> the name people know."""

_ENCODERS = {".ass": "ass", ".srt": "srt", ".vtt": "webvtt"}
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_TAG = re.compile(r"</?(?:[ibus]|font|c|v|lang|ruby|rt)\b[^<>]*>|<\d[\d:.]*>", re.IGNORECASE)
_RUBY = re.compile(r"<rt>.*?(?:</rt>|(?=</ruby>))", re.IGNORECASE | re.DOTALL)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>", re.IGNORECASE)


class Event(Noun):
    """One event of a subtitle file: without HTML markup, with override tags (``{\\pos(1,2)}``) and ``\\N``."""

    span: Span
    text: str
    style: str = "Default"
    name: str = ""
    effect: str = ""
    layer: int = 0
    comment: bool = False


def read_subtitles(path: Path) -> list[Event]:
    """The events of an ASS, SSA, SRT or WebVTT file in order of time, in whatever encoding it is.

    Events that are never on screen (no length) are left out. The kind of file is told by its content, not its name.

    Raises:
        InputError: the file cannot be read, is no subtitle file, is damaged, or holds no event.
    """
    text = decode(_bytes(path), path.name)
    kind = _kind(text, path.name)
    if kind in ("ass", "ssa"):
        text = _events_alone(text, path.name)
    else:
        _check_times(text, kind, path.name)
    try:
        found = pysubs2.SSAFile.from_string(text, kind, keep_html_tags=True).events
    except (ValueError, Pysubs2Error) as cause:
        raise InputError(f"{path.name} is damaged: {cause}; mend or remove that line") from cause
    events = [_event(raw, kind) for raw in found if raw.end > raw.start >= 0]
    if not events:
        raise InputError(f"{path.name} holds no subtitles; give a file with at least one cue")
    return sorted(events, key=lambda event: (event.span.start, event.span.end))


def extract_track(movie: Movie, video: Path, ordinal: int, out: Path) -> None:
    """Write a subtitle track of ``movie``, which lies at ``video``, to ``out``, on the film's clock.

    ``ordinal`` counts subtitle tracks from 0.

    The suffix of ``out`` says the format: take it from :data:`TEXT_CODECS` so that nothing is lost.

    Raises:
        MediaError: ffmpeg cannot extract it.
    """
    codec = _ENCODERS[out.suffix]
    chosen = ["-map", f"0:s:{ordinal}", "-c:s", codec, "-f", codec]
    clock = ["-copyts"] if counts_from_zero(movie.container) else []
    arguments = [*clock, *ffmpeg.source(video), *chosen, ffmpeg.url(out)]
    ffmpeg.ffmpeg(arguments, timeout_s=ffmpeg.allowance_s(movie.seconds))


def decode(data: bytes, name: str) -> str:
    """The text in ``data``: by its byte order mark, else UTF-16, UTF-8, Shift-JIS or EUC-JP with kana, cp1252.

    Raises:
        InputError: it is no text in any of these; ``name`` is what the message calls it.

    >>> decode("Pokémon".encode("cp1252"), "x.srt"), decode("こんにちは".encode("cp932"), "x.srt")
    ('Pokémon', 'こんにちは')
    """
    for encoding in _encodings(data):
        text = _try(data, encoding)
        if text is not None and not _CONTROL.search(text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise InputError(f"{name} is not text in a known encoding; save it as UTF-8")


def _encodings(data: bytes) -> list[str]:
    """Encodings to try, the most certain first."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\x00\x00": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    for mark, encoding in marks.items():
        if data.startswith(mark):
            return [encoding]
    if b"\0" in data:
        # Half of each space, digit and line feed is zero: the first half when the order is big-endian.
        return ["utf-16-be" if data[::2].count(0) > data[1::2].count(0) else "utf-16-le"]
    # An accented letter and the one after it may form a valid Shift-JIS kanji but hardly ever kana: only kana prove it.
    japanese = [encoding for encoding in ("cp932", "euc_jp") if _KANA.search(_try(data, encoding) or "")]
    return ["utf-8", *japanese, "cp1252"]


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name} is larger than {MAX_BYTES >> 20} MiB; that is no subtitle file")
        return path.read_bytes()
    except OSError as cause:
        raise InputError(f"cannot read the subtitles {path}: {cause.strerror}") from cause


def _kind(text: str, name: str) -> str:
    """pysubs2's name of the format."""
    if text.lstrip().startswith("WEBVTT"):
        return "vtt"
    if re.search(r"^\[(V4\+? Styles|Script Info|Events)\]", text, re.IGNORECASE | re.MULTILINE):
        return "ssa" if re.search(r"^\[V4 Styles\]", text, re.IGNORECASE | re.MULTILINE) else "ass"
    if "-->" in text:
        return "srt"
    raise InputError(f"{name} is neither ASS, SRT nor WebVTT; convert it to one of these")


def _events_alone(text: str, name: str) -> str:
    """ASS without the rest: styles and embedded fonts are not needed, and their mistakes must not stand in the way."""
    rows = [(n, row.strip()) for n, row in enumerate(text.splitlines(), 1)]
    rows = [(n, row) for n, row in rows if row.startswith(("Dialogue:", "Comment:"))]
    for number, row in rows:
        if row.count(",") < 9:
            raise InputError(f"{name} is damaged at line {number}: an event needs ten fields; mend or remove that line")
    return "\n".join(row for _, row in rows)


def _check_times(text: str, kind: str, name: str) -> None:
    """pysubs2 takes a cue with a broken time for words of the cue before: refuse it instead."""
    shape = get_format_class(kind)
    stamp = shape.TIMESTAMP if issubclass(shape, SubripFormat) else SubripFormat.TIMESTAMP
    for number, row in enumerate(text.splitlines(), 1):
        if "-->" in row and len(stamp.findall(row)) != 2:
            raise InputError(
                f"{name} is damaged at line {number}: {row.strip()[:60]!r} is not a pair of times; mend it"
            )


def _event(raw: SSAEvent, kind: str) -> Event:
    text, name = raw.text, raw.name.strip()
    if kind == "vtt":
        text = text.split(r"\N\N")[0]  # notes and the next cue's name follow a blank line
        text, name = _voices(text)
    text = _TAG.sub("", _RUBY.sub("", text))
    return Event(
        span=Span(start=raw.start / 1000, end=raw.end / 1000),
        text=html.unescape(text) if kind in ("srt", "vtt") else text,
        style=raw.style.strip().lstrip("*"),
        name=name,
        effect=raw.effect.strip(),
        layer=raw.layer,
        comment=raw.is_comment,
    )


def _voices(text: str) -> tuple[str, str]:
    """A WebVTT cue's text and who speaks it; several voices as ASS has them: ``- Who?\\N- Me.`` by ``A/B``."""
    pieces = _VOICE.split(text)
    names = [html.unescape(name.strip()) for name in pieces[1::2]]
    if len(names) < 2:
        return text, "".join(names)
    spoken = [re.sub(r"^(\\N)+|(\\N)+$", "", said.replace("</v>", "").strip()) for said in pieces[2::2]]
    return r"\N".join(f"- {said}" for said in spoken), "/".join(names)
