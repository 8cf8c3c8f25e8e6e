"""The episode comes in: what it is, and its sound on its own clock."""

from pathlib import Path

from animedub.media.audio import MIX_RATE, SoundReader, extract_audio
from animedub.media.probe import check_file, choose_audio, probe
from animedub.model import Artifact, Movie, Soundtrack
from animedub.store import Store

VERSION = "1"
"""Raised whenever the same episode would give another result."""


def take_in(path: Path, *, store: Store) -> Artifact:
    """The episode by its content; it is never copied and never changed.

    Raises:
        InputError: there is no such file, or it is incomplete or no video.
    """
    check_file(path)  # before the whole file is hashed
    return store.adopt_external(path)


def ingest(source: Artifact, *, store: Store) -> Movie:
    """The facts of an episode. Its name is left empty: the same film under another name is the same film.

    Raises:
        InputError: it is no complete video.
    """
    return probe(store.path(source), source).model_copy(update={"name": ""})


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
