"""Sound files, read and written piece by piece: memory stays the same for a clip and for a film."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import ffmpeg as graph
import numpy as np
import soundfile

from animedub.errors import MediaError, OutputError
from animedub.media import ffmpeg
from animedub.media.probe import counts_from_zero
from animedub.model import Movie, Sound, Span, Track

MIX_RATE = 48_000
"""Sampling rate of the mix, Hz: what films are made at and what every codec of the result takes."""

LISTENING_RATE = 16_000
"""Sampling rate of what recognisers hear, Hz."""

MOST_CHANNELS = 8
"""FLAC holds no more."""


class SoundReader:
    """A sound file, read by span. Not for use by two threads at once.

    Raises:
        MediaError: the file is missing or no sound.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at ``path``; use it as a context manager or call :meth:`close`."""
        try:
            self._file = soundfile.SoundFile(path)
        except soundfile.LibsndfileError as error:
            raise MediaError(f"sound file {path.name!r} cannot be read: {error.error_string}") from error
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.length: int = self._file.frames

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.length / self.rate

    def read(self, span: Span) -> Sound:
        """The samples of ``span``; silence where it reaches outside the file."""
        start, end = span.samples(self.rate)
        return Sound(self._samples(start, end), self.rate)

    def blocks(self, seconds: float = 10.0) -> Iterator[Sound]:
        """The whole file in pieces of ``seconds``, the last one shorter."""
        step = max(1, round(seconds * self.rate))
        for start in range(0, self.length, step):
            yield Sound(self._samples(start, min(start + step, self.length)), self.rate)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """Give the open reader."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the file."""
        self.close()

    def _samples(self, start: int, end: int) -> np.ndarray:
        """Shape ``(channels, end - start)``."""
        samples = np.zeros((self.channels, end - start), np.float32)
        first, last = max(0, start), min(end, self.length)
        if first < last:
            try:
                self._file.seek(first)
                read = self._file.read(last - first, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                raise MediaError(f"sound file {self._file.name!r} is damaged: {error.error_string}") from error
            samples[:, first - start : first - start + len(read)] = read.T
        return samples


class SoundWriter:
    """A sound file that grows block by block: FLAC, or WAV (RF64, of any length) when the name says so.

    Values beyond full scale are clipped, unless ``subtype`` is ``"FLOAT"`` (WAV only).

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: Path, *, rate: int, channels: int, subtype: str = "PCM_24") -> None:
        """Create the file; use it as a context manager or call :meth:`close`."""
        container = "RF64" if path.suffix == ".wav" else "FLAC"
        try:
            self._file = soundfile.SoundFile(path, "w", rate, channels, subtype, format=container)
        except soundfile.LibsndfileError as error:
            raise OutputError(f"sound file {path.name!r} cannot be written: {error.error_string}") from error
        self.rate = rate
        self.channels = channels

    def write(self, sound: Sound) -> None:
        """Append ``sound``, which has the file's rate and channels."""
        if (sound.rate, sound.channels) != (self.rate, self.channels):
            raise ValueError(
                f"{sound.channels} channels at {sound.rate} Hz do not fit a file of {self.channels} at {self.rate} Hz"
            )
        try:
            self._file.write(sound.samples.T)
        except soundfile.LibsndfileError as error:
            raise OutputError(f"sound cannot be written ({error.error_string}); make room on the disk") from error

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """Give the open writer."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Finish the file."""
        self.close()


def write_sound(path: Path, sounds: Sound | Iterable[Sound], *, subtype: str = "PCM_24") -> None:
    """Write one sound, or blocks that follow each other, to ``path``.

    Raises:
        ValueError: there is no block at all, or the blocks differ in rate or channels.
        OutputError: the file cannot be written.
    """
    blocks = iter([sounds] if isinstance(sounds, Sound) else sounds)
    first = next(blocks, None)
    if first is None:
        raise ValueError("a sound file needs at least one block")
    with SoundWriter(path, rate=first.rate, channels=first.channels, subtype=subtype) as file:
        file.write(first)
        for block in blocks:
            file.write(block)


def extract_audio(
    movie: Movie,
    source: Path,
    track: Track,
    *,
    mix: Path,
    listening: Path,
    on_seconds: Callable[[float], None] | None = None,
) -> None:
    """Decode one audio track once, onto the container's clock, into two files.

    Sample 0 of both is time 0 of the container: a track that starts late begins with silence, samples before zero (an
    encoder's priming) are left out, holes are filled. Both last ``movie.seconds``, to the sample.

    Args:
        movie: facts of the video at ``source``.
        source: the video.
        track: which of the movie's audio tracks.
        mix: FLAC, 24 bit, ``MIX_RATE``, with the track's own channels (at most ``MOST_CHANNELS``).
        listening: FLAC, 16 bit, mono at ``LISTENING_RATE``.
        on_seconds: hears up to which second the work is.

    Raises:
        MediaError: the track cannot be decoded.
    """
    layout = {"ac": MOST_CHANNELS} if track.channels > MOST_CHANNELS else {}
    track_sound = graph.input(ffmpeg.url(source), **ffmpeg.SAFE_INPUT)[f"a:{track.ordinal}"]
    placed = track_sound.filter("aresample", **{"out_sample_rate": MIX_RATE, "async": 1, "first_pts": 0})
    whole = _cut(placed, round(movie.seconds * MIX_RATE)).filter_multi_output("asplit")
    # The resampler stands first: without it ffmpeg would agree on mono for both branches.
    mono = whole[1].filter("aresample", out_sample_rate=LISTENING_RATE).filter("aformat", channel_layouts="mono")
    outputs = graph.merge_outputs(
        graph.output(whole[0], ffmpeg.url(mix), f="flac", acodec="flac", sample_fmt="s32", **layout),
        graph.output(
            _cut(mono, round(movie.seconds * LISTENING_RATE)),
            ffmpeg.url(listening),
            **{"f": "flac", "acodec": "flac", "sample_fmt": "s16"},
        ),
    )
    clocks = ["-copyts"] if counts_from_zero(movie.container) else []
    arguments = [*clocks, *outputs.compile(cmd="ffmpeg")[1:]]
    ffmpeg.ffmpeg(arguments, timeout_s=ffmpeg.allowance_s(movie.seconds), on_seconds=on_seconds)


def _cut(sound: Any, samples: int) -> Any:
    """Exactly ``samples`` long: silence added or the rest left out."""
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)
