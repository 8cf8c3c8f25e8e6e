"""The dub goes out: a file for the user's shelf."""

import shutil
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Literal

from animedub.errors import OutputError
from animedub.media.captions import write_srt
from animedub.media.delivery import delivered, ready_for
from animedub.media.mux import MuxTracks, mux
from animedub.model import Artifact, Codec, Line, Movie, Script
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
"""Raised whenever the same dub would give another file."""

STAGE = "mux"
DEFAULT_FRAME_RATE = Fraction(24000, 1001)
Words = Literal["text", "source_text"]


def publish(
    movie: Movie,
    script: Script,
    sound: Artifact,
    codec: Codec,
    *,
    store: Store,
    progress: Progress,
    threads: int = 1,
) -> tuple[Artifact, Artifact]:
    """The dubbed Matroska file, and the subtitles of what the dub says.

    Args:
        movie: the original; its picture and everything else in it are kept.
        script: the lines as they were placed.
        sound: the finished mix, at 48 kHz on the movie's clock.
        codec: of the dub's sound in the file.
        store: where the artifacts lie.
        progress: hears about every second written.
        threads: pieces of the dub that are encoded at the same time.

    Raises:
        MediaError: ffmpeg failed.
        OutputError: there is no room left.
    """
    progress.begin(STAGE, movie.seconds)
    subtitles, transcript = _captions(script, movie, "text", store), _captions(script, movie, "source_text", store)
    tracks = MuxTracks(
        sound=store.path(sound),
        subtitles=subtitles and store.path(subtitles),
        transcript=transcript and store.path(transcript),
        language=script.language,
        source_language=script.source_language,
        codec=codec,
        threads=threads,
    )
    with store.writing(".mkv") as draft:
        mux(movie, store.path(movie.source), tracks, draft.path, on_seconds=_reporting(progress))
    return draft.artifact, subtitles or _empty(store)


def _captions(script: Script, movie: Movie, words: Words, store: Store) -> Artifact | None:
    """The script as SRT, lines where they are heard; None when it has no such words."""
    lines = [_when_heard(line, words) for line in script.lines if getattr(line, words).strip()]
    if not lines:
        return None
    with store.writing(".srt") as draft:
        write_srt(lines, draft.path, words=words, frame_rate=movie.frame_rate or DEFAULT_FRAME_RATE)
    return draft.artifact


def _when_heard(line: Line, words: Words) -> Line:
    return line if words == "text" else line.model_copy(update={"placed": None})


def _empty(store: Store) -> Artifact:
    with store.writing(".srt") as draft:
        draft.path.touch()
    return draft.artifact


def _reporting(progress: Progress) -> Callable[[float], None]:
    """Turns "up to this second" into "so many more"."""
    reached = 0.0

    def report(second: float) -> None:
        nonlocal reached
        progress.advance(STAGE, max(0.0, second - reached))
        reached = max(reached, second)

    return report


def check_free(outputs: Iterable[Path], episode: Path, *, overwrite: bool) -> None:
    """Make sure, before all the work, that the results may be written; the folder is made if need be.

    Raises:
        OutputError: one exists and may not be replaced, or is the episode itself, or the folder cannot be written to.
    """
    for out in outputs:
        if out.exists() and out.samefile(episode):
            raise OutputError(f"{str(out)!r} is the episode itself and is never replaced; choose another --out")
        ready_for(out, overwrite=overwrite)


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
