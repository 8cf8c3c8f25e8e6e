"""Which subtitle track of an episode holds the words of the dub."""

import re
from collections.abc import Callable
from typing import NamedTuple

from animedub.errors import InputError
from animedub.media.language import same_language
from animedub.media.subtitles import BITMAP_CODECS, TEXT_CODECS
from animedub.model import Movie, Track, TrackKind

FEWEST_PER_MINUTE = 2.0
"""A track with fewer lines of dialogue a minute is for signs and songs, whatever its title says."""

_NAMES = {"en": "English", "ja": "Japanese", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian"}
_PARTIAL = re.compile(r"\b(signs?|songs?|forced|karaoke|lyrics|s&s)\b", re.IGNORECASE)
_COMMENTARY = re.compile(r"\b(commentary|director|staff)\b", re.IGNORECASE)
_HEARING = re.compile(r"\b(sdh|cc|hi|hearing|captions?)\b", re.IGNORECASE)
_FULL = re.compile(r"\b(full|dialogues?|dialog|complete|fansub)\b", re.IGNORECASE)


class TrackChoice(NamedTuple):
    """A subtitle track, or none, and why."""

    track: Track | None
    reason: str


def choose_track(movie: Movie, language: str, wish: str, count_dialogue: Callable[[Track], int]) -> TrackChoice:
    """The track whose dialogue the dub speaks.

    Args:
        movie: the episode.
        language: code of the dub's language.
        wish: ``auto`` (a dialogue track in the language if there is one, else none), ``subs`` (there must be one) or
            ``subs:N`` (the Nth subtitle track counted from 1, whatever its language).
        count_dialogue: how many spoken cues a text track holds; called only for tracks that come into question.

    Raises:
        InputError: ``subs`` or ``subs:N`` cannot be had; the message says what there is.
    """
    if wish.startswith("subs:"):
        return _numbered(movie, wish)
    choice = _best(movie, language, count_dialogue)
    if choice.track is None and wish == "subs":
        raise InputError(f"{choice.reason}; use --script asr or give a subtitle file ({_listing(movie)})")
    return choice


def _numbered(movie: Movie, wish: str) -> TrackChoice:
    tracks = movie.of(TrackKind.SUBTITLE)
    number = wish.removeprefix("subs:")
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= len(tracks)):
        raise InputError(f"there is no {wish}; subtitle tracks are counted from 1 ({_listing(movie)})")
    track = tracks[int(number) - 1]
    if track.codec not in TEXT_CODECS:
        what = BITMAP_CODECS.get(track.codec, track.codec or "unknown")
        raise InputError(
            f"subtitle track {number} is {what}, which holds no text to read; convert it to SRT with an OCR program "
            "and give that file to --script, or use --script asr"
        )
    return TrackChoice(track, f"subtitle track {number} was asked for")


def _best(movie: Movie, language: str, count_dialogue: Callable[[Track], int]) -> TrackChoice:
    name = _name(language)
    tagged = [track for track in movie.of(TrackKind.SUBTITLE) if _speaks(track, language)]
    readable = [track for track in tagged if track.codec in TEXT_CODECS and not _COMMENTARY.search(track.title)]
    if not readable:
        why = "only as pictures, which cannot be read" if tagged else "none"
        return TrackChoice(None, f"dialogue subtitles in {name}: {why}")
    counts = {track.ordinal: count_dialogue(track) for track in readable}
    fewest = max(1.0, FEWEST_PER_MINUTE * movie.seconds / 60, 0.3 * max(counts.values()))
    full = [track for track in readable if counts[track.ordinal] >= fewest]
    if not full:
        return TrackChoice(None, f"the subtitles in {name} hold no dialogue to speak of, only signs and songs")
    best = max(full, key=lambda track: (*_merits(track, language), counts[track.ordinal], -track.ordinal))
    lines = counts[best.ordinal]
    title = f" {best.title!r}" if best.title else ""
    return TrackChoice(best, f"subtitle track {best.ordinal + 1}{title} has {lines} lines of dialogue in {name}")


def _speaks(track: Track, language: str) -> bool:
    """Whether a track is in the language, by its tag, or without one by its title or for want of any hint."""
    if track.language and track.language != "und":
        return same_language(track.language, language)
    return True


def _merits(track: Track, language: str) -> tuple[bool, bool, bool, bool, bool]:
    """What makes a dialogue track better than another, the weightiest first."""
    return (
        same_language(track.language, language) or _name(language).lower() in track.title.lower(),
        not _PARTIAL.search(track.title) or bool(_FULL.search(track.title)),
        bool(_FULL.search(track.title)),
        not _HEARING.search(track.title),
        track.default,
    )


def _name(language: str) -> str:
    return _NAMES.get(language, language)


def _listing(movie: Movie) -> str:
    tracks = movie.of(TrackKind.SUBTITLE)
    if not tracks:
        return "the episode has no subtitle track"
    return "it has " + ", ".join(
        " ".join(filter(None, (f"{track.ordinal + 1}:", track.language or "und", track.codec, track.title)))
        for track in tracks
    )
