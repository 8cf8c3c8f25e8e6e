"""The dub goes out: a file for the user's shelf."""

import shutil
from pathlib import Path

from animedub.errors import OutputError
from animedub.media.delivery import delivered
from animedub.media.mux import MuxTracks, mux
from animedub.model import Artifact, Codec, Movie
from animedub.store import Store

VERSION = "1"
"""Raised whenever the same dub would give another file."""


def publish(
    movie: Movie,
    dub: Artifact,
    out: Path,
    *,
    store: Store,
    subtitles: Artifact | None = None,
    transcript: Artifact | None = None,
    language: str = "en",
    source_language: str = "ja",
    codec: Codec = Codec.AAC,
    overwrite: bool = False,
) -> Path:
    """Write the dubbed Matroska file ``out``: whole, or not at all.

    Args:
        movie: the original; its picture and everything else in it are kept.
        dub: the finished mix, FLAC or WAV at 48 kHz on the movie's clock.
        out: the file to write.
        store: where the artifacts lie.
        subtitles: SRT of what the dub says.
        transcript: SRT of what the original says.
        language: of the dub and its subtitles (ISO 639).
        source_language: of the transcript (ISO 639).
        codec: of the dub's sound.
        overwrite: whether a file of that name may be replaced.

    Raises:
        OutputError: ``out`` exists and may not be replaced, or its folder is read-only or full.
        MediaError: ffmpeg failed.
    """
    source = store.path(movie.source)
    if out.exists() and out.samefile(source):
        raise OutputError(f"{str(out)!r} is the episode itself and is never replaced; choose another --out")
    tracks = MuxTracks(
        sound=store.path(dub),
        subtitles=store.path(subtitles) if subtitles else None,
        transcript=store.path(transcript) if transcript else None,
        language=language,
        source_language=source_language,
        codec=codec,
    )
    mux(movie, source, tracks, out, overwrite=overwrite)
    return out


def hand_over(artifact: Artifact, out: Path, *, store: Store, overwrite: bool = False) -> Path:
    """Copy an artifact to where the user asked for it, whole or not at all.

    Raises:
        OutputError: as :func:`publish`.
    """
    with delivered(out, overwrite=overwrite) as draft:
        try:
            shutil.copyfile(store.path(artifact), draft)
        except OSError as error:
            raise OutputError(f"{str(out)!r} cannot be written: {error.strerror}; choose another --out") from error
    return out
