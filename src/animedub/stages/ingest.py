"""The episode comes in: what it is, and its sound on its own clock."""

from pathlib import Path

from animedub.media.audio import MIX_RATE, SoundReader, extract_audio
from animedub.media.probe import check_file, choose_audio, probe
from animedub.model import Movie, Soundtrack
from animedub.store import Store

VERSION = "1"
"""Raised whenever the same episode would give another result."""


def ingest(path: Path, *, store: Store) -> Movie:
    """The facts of the video at ``path``, which is named by its content, never copied and never changed.

    Raises:
        InputError: it is no complete video.
    """
    check_file(path)  # before the whole file is hashed
    return probe(path, store.adopt_external(path))


def extract(movie: Movie, *, language: str, store: Store) -> Soundtrack:
    """The sound in which the actors speak ``language`` (ISO 639), for mixing and for listening.

    Raises:
        InputError: the movie has no audio.
        MediaError: it cannot be decoded.
    """
    track = choose_audio(movie, language)
    with store.writing(".flac") as mix, store.writing(".flac") as listening:
        extract_audio(movie, store.path(movie.source), track, mix=mix.path, listening=listening.path)
        with SoundReader(mix.path) as sound:
            channels = sound.channels
    return Soundtrack(
        mix=mix.artifact,
        listening=listening.artifact,
        track=track.ordinal,
        rate=MIX_RATE,
        channels=channels,
        layout=track.layout if track.channels == channels else "",
        seconds=movie.seconds,
    )
