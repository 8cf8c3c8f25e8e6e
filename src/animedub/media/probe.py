"""What is in a video: its facts, and a clear refusal when it is none."""

import json
import stat
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from animedub.errors import InputError, MediaError
from animedub.media import ffmpeg
from animedub.media.language import same_language
from animedub.model import Artifact, Chapter, Movie, Span, Track, TrackKind

CLOCKS_FROM_ZERO = frozenset({"matroska", "webm", "mov", "mp4"})
"""Containers whose timestamps count from the start of the film; elsewhere (broadcasts) the first timestamp is zero."""

EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def probe(path: Path, source: Artifact) -> Movie:
    """The facts of the video at ``path``, whose content is ``source``.

    Raises:
        InputError: there is no such file, it is no video, it is cut off, or it has neither picture nor sound.
        MissingError: ffprobe is not installed.
        MediaError: ffprobe failed for another reason.
    """
    check_file(path)
    facts = _facts(path)
    layout = facts.get("format", {})
    container = str(layout.get("format_name", ""))
    start = _number(layout.get("start_time"))
    origin = 0.0 if counts_from_zero(container) else start
    tracks = _tracks(facts.get("streams", []), origin)
    if not any(track.kind in (TrackKind.AUDIO, TrackKind.VIDEO) and not track.still for track in tracks):
        raise InputError(f"{shown(path)} has neither picture nor sound; give a video with a spoken audio track")
    return Movie(
        source=source,
        name=path.stem,
        container=container,
        seconds=_seconds(path, layout, container, start),
        frame_rate=_frame_rate(facts.get("streams", [])),
        tracks=tracks,
        chapters=_chapters(facts.get("chapters", []), origin),
        tags={str(key): str(value) for key, value in layout.get("tags", {}).items()},
    )


def choose_audio(movie: Movie, language: str) -> Track:
    """The track in which the actors speak: the first tagged with ``language``, else the default, else the first.

    Raises:
        InputError: the movie has no audio.
    """
    tracks = movie.of(TrackKind.AUDIO)
    if not tracks:
        raise InputError(f"'{movie.name}' has no audio track, so there is nothing to dub; give a video with sound")
    spoken = [track for track in tracks if same_language(track.language, language)]
    default = [track for track in tracks if track.default]
    return (spoken or default or tracks)[0]


def counts_from_zero(container: str) -> bool:
    """Whether timestamps of this container (ffprobe's format name) are the film's clock as they stand.

    >>> counts_from_zero("matroska,webm"), counts_from_zero("mpegts")
    (True, False)
    """
    return not CLOCKS_FROM_ZERO.isdisjoint(container.split(","))


def check_file(path: Path) -> None:
    """Refuse, without ffprobe and in microseconds, what cannot be a whole video.

    Raises:
        InputError: missing, a folder, a pipe or device, unreadable, empty or cut off.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{shown(path)} is a folder; name the video file inside it")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{shown(path)} is not a regular file; copy the video to a file first")
        if status.st_size == 0:
            raise InputError(f"{shown(path)} is empty; copy or download it again")
        with path.open("rb") as file:
            whole = _promised_size(file, status.st_size)
    except FileNotFoundError as error:
        raise InputError(f"there is no file {shown(path)}; check its name and folder") from error
    except PermissionError as error:
        raise InputError(f"{shown(path)} may not be read by this user; change its permissions") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{shown(path)} cannot be read ({_reason(error)}); check its name and the disk") from error
    if whole > status.st_size:
        missing = whole - status.st_size
        raise InputError(
            f"{shown(path)} is truncated: {missing} of {whole} bytes are missing; copy or download it again"
        )


def shown(path: Path) -> str:
    """A file name as it can stand in one line, quoted, control characters escaped."""
    return repr(str(path))


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _promised_size(file: BinaryIO, size: int) -> int:
    """How long the container says it is, in bytes; 0 when it does not say."""
    head = file.read(64)
    if head.startswith(EBML):
        return _matroska_size(head)
    return _boxes_size(file, size) if head[4:8] in (b"ftyp", b"moov", b"styp") else 0


def _matroska_size(head: bytes) -> int:
    """End of the Segment; 0 when it is unknown, as in a live recording (RFC 8794, 6.2)."""
    length, after = _vint(head, 4)
    segment = after + (length or 0)
    if head[segment : segment + 4] != SEGMENT:
        return 0
    length, after = _vint(head, segment + 4)
    return 0 if length is None else after + length


def _vint(data: bytes, at: int) -> tuple[int | None, int]:
    """An EBML size and the position after it; None for the reserved "unknown"."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if width > 8 or at + width > len(data):
        return None, at
    value = int.from_bytes(data[at : at + width]) & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def _boxes_size(file: BinaryIO, size: int) -> int:
    """End of the last top-level box of an MP4; one byte more than there is when the index (moov) is missing."""
    at, indexed = 0, False
    while at < size:
        file.seek(at)
        head = file.read(16)
        length, name = int.from_bytes(head[:4]), head[4:8]
        if len(name) < 4 or not name.isalnum():
            break  # padding or another tool's trailer: what comes before it is whole
        indexed = indexed or name == b"moov"
        if length == 1:
            length = int.from_bytes(head[8:16])
        at = size if length == 0 else at + max(8, length)
    return at if indexed else max(at, size + 1)


def _facts(path: Path) -> dict[str, Any]:
    arguments = ["-show_format", "-show_streams", "-show_chapters", "-of", "json", *ffmpeg.source(path)]
    try:
        return json.loads(ffmpeg.ffprobe(arguments))
    except MediaError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: MediaError) -> InputError | MediaError:
    said = str(error)
    if "Invalid argument" in said or "not on whitelist" in said:
        return InputError(f"{shown(path)} is a playlist, script or text, not a video; give the video file itself")
    if "Invalid data" in said or "End of file" in said:
        return InputError(f"{shown(path)} is not a video, or its beginning is damaged; copy or download it again")
    return MediaError(f"{shown(path)} cannot be examined: {said}")


def _tracks(streams: list[dict[str, Any]], origin: float) -> tuple[Track, ...]:
    counts = dict.fromkeys(TrackKind, 0)
    tracks: list[Track] = []
    for stream in streams:
        name = stream.get("codec_type", "")
        kind = TrackKind(name) if name in tuple(TrackKind) else TrackKind.DATA
        tracks.append(_track(stream, kind, counts[kind], origin))
        counts[kind] += 1
    return tuple(tracks)


def _track(stream: dict[str, Any], kind: TrackKind, ordinal: int, origin: float) -> Track:
    tags = {str(key).lower(): str(value) for key, value in stream.get("tags", {}).items()}
    marks = stream.get("disposition", {})
    language = tags.get("language", "")
    return Track(
        index=int(stream["index"]),
        ordinal=ordinal,
        kind=kind,
        codec=stream.get("codec_name", ""),
        language="" if language == "und" else language,
        title=tags.get("title", ""),
        default=bool(marks.get("default")),
        channels=int(stream.get("channels", 0)),
        layout=stream.get("channel_layout", ""),
        rate=int(stream.get("sample_rate", 0)),
        start=_number(stream.get("start_time"), origin) - origin,
        still=bool(marks.get("attached_pic")),
    )


def _seconds(path: Path, layout: dict[str, Any], container: str, start: float) -> float:
    seconds = _number(layout.get("duration"))
    if seconds <= 0:
        seconds = _played_seconds(path)
    elif "mov" in container.split(","):
        seconds += max(0.0, start)  # an MP4's duration is counted from its first timestamp, not from zero
    if seconds <= 0:
        raise InputError(f"{shown(path)} has no length: it holds no complete picture or sound; copy it again")
    return seconds


def _played_seconds(path: Path) -> float:
    """Read every packet: the only way when the header does not say (a live recording)."""
    arguments = ["-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0", *ffmpeg.source(path)]
    listed = ffmpeg.ffprobe(arguments, timeout_s=ffmpeg.allowance_s(path.stat().st_size / 1e6))
    ends = [sum(map(_number, line.split(",")[:2])) for line in listed.decode().splitlines()]
    return max(ends, default=0.0)


def _frame_rate(streams: list[dict[str, Any]]) -> Fraction | None:
    for stream in streams:
        if stream.get("codec_type") == "video" and not stream.get("disposition", {}).get("attached_pic"):
            for key in ("avg_frame_rate", "r_frame_rate"):
                above, _, below = str(stream.get(key, "0/0")).partition("/")
                if int(above) > 0 and int(below or 1) > 0:
                    return Fraction(int(above), int(below or 1))
    return None


def _chapters(marks: list[dict[str, Any]], origin: float) -> tuple[Chapter, ...]:
    spans = [(_number(mark.get("start_time")), _number(mark.get("end_time"))) for mark in marks]
    return tuple(
        Chapter(
            span=Span(start=start - origin, end=max(start, end) - origin),
            title=str(mark.get("tags", {}).get("title", "")),
        )
        for mark, (start, end) in zip(marks, spans, strict=True)
    )


def _number(text: object, default: float = 0.0) -> float:
    try:
        return float(str(text))
    except ValueError:
        return default
