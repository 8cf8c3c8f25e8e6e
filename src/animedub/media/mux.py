"""The finished file: the original picture, the dub in front, everything else kept.

The dub stands where it was mixed, to the sample. Encoders start with *priming*, samples that belong before time zero,
and a Matroska file that holds negative times makes ffmpeg and players move the whole film. So the dub is encoded first
and put in without any: AAC loses its first packet, so that packet k starts at sample 1024 k; Opus is encoded from
``OPUS_HEADSTART_MS`` on and stamped accordingly; FLAC has none. What this costs: AAC fades in over the first 21 ms,
Opus is silent for the first 7 ms.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from animedub.errors import MediaError
from animedub.media import ffmpeg
from animedub.media.aac import encode_aac
from animedub.media.audio import MIX_RATE, SoundReader
from animedub.media.delivery import PREFIX, delivered
from animedub.media.language import iso639_2
from animedub.media.probe import counts_from_zero
from animedub.model import Codec, Movie, Noun, Track, TrackKind

OPUS_KBPS_PER_CHANNEL = 96
"""Bit rate beyond which the sound does not come nearer the mix.

Measured as SDR against the true music and effects of an episode whose own sound (AAC, 160 kbit/s) has 33.1 dB: 24.2,
25.2, 25.7 dB for stereo at 128, 192, 256 kbit/s. Opus keeps what is heard, not the waveform.
"""

MOST_CHANNELS = {Codec.AAC: 6, Codec.OPUS: 8, Codec.FLAC: 8}
"""ADTS headers name layouts up to 5.1 for sure; Opus and FLAC end at eight channels."""

OPUS_HEADSTART_MS = 7
"""Where the first Opus packet stands: its pre-skip of 6.5 ms, rounded up to Matroska's clock."""

SUBTITLES_KEPT = frozenset(
    {
        "ass",
        "ssa",
        "subrip",
        "webvtt",
        "text",
        "hdmv_pgs_subtitle",
        "hdmv_text_subtitle",
        "dvd_subtitle",
        "dvb_subtitle",
    }
)
SUBTITLES_TO_SRT = frozenset({"mov_text", "eia_608", "subviewer", "subviewer1", "microdvd", "realtext", "sami", "stl"})
"""Text that Matroska cannot hold as it is."""

NAMES = {
    "eng": "English",
    "jpn": "Japanese",
    "ger": "German",
    "fre": "French",
    "spa": "Spanish",
    "ita": "Italian",
    "por": "Portuguese",
    "rus": "Russian",
    "kor": "Korean",
    "chi": "Chinese",
}
"""What listeners call the languages, for titles; others go by their code."""


class MuxTracks(Noun):
    """What is added to the original."""

    sound: Path  # the dub: FLAC or WAV at 48 kHz, sample 0 at time 0 of the container
    subtitles: Path | None = None  # SRT of what the dub says
    transcript: Path | None = None  # SRT of what the original says
    language: str = "en"
    source_language: str = "ja"
    codec: Codec = Codec.AAC
    threads: int = 1  # pieces of the dub that are encoded at the same time


def mux(
    movie: Movie,
    source: Path,
    added: MuxTracks,
    out: Path,
    *,
    overwrite: bool = False,
    on_seconds: Callable[[float], None] | None = None,
) -> None:
    """Write the dubbed Matroska file.

    Order: picture; the dub (default), the original audio (no longer default); the dub's subtitles, the transcript, the
    original subtitles; attachments. Picture, original audio and subtitles are copied packet by packet with their
    times, flags and tags. Our subtitles are never default and the original ones stay what they were: whoever saw signs
    and songs before still does, and nobody gets dialogue written under a dub unasked.

    Raises:
        OutputError: ``out`` exists and ``overwrite`` is off, or its folder is read-only or full.
        MediaError: ffmpeg failed.
    """
    allowance_s = ffmpeg.allowance_s(movie.seconds)
    with delivered(out, overwrite=overwrite) as draft, _scratch(out) as scratch:
        dub = _encoded(added, _channels(added, movie), Path(scratch), allowance_s)
        covers = _covers(movie, source, Path(scratch), allowance_s)
        arguments = [*_inputs(movie, source, dub, added), *_maps(movie, added), *_marks(movie, added), *covers]
        target = [
            "-max_interleave_delta",
            "0",
            "-avoid_negative_ts",
            "disabled",
            # No random numbers for segment and tracks: the same dub is the same file.
            "-fflags",
            "+bitexact",
            "-f",
            "matroska",
            ffmpeg.url(draft),
        ]
        ffmpeg.ffmpeg([*arguments, *target], timeout_s=allowance_s, on_seconds=on_seconds)


def _scratch(out: Path) -> tempfile.TemporaryDirectory[str]:
    """A hidden folder beside ``out``: there is room for the film, where the system's own may be memory."""
    return tempfile.TemporaryDirectory(prefix=PREFIX, dir=out.parent)


def _channels(added: MuxTracks, movie: Movie) -> int:
    """Channels of the dub as it is coded."""
    with SoundReader(added.sound) as sound:
        if sound.rate != MIX_RATE:
            raise MediaError(f"the dub of '{movie.name}' is at {sound.rate} Hz; mix it at {MIX_RATE} Hz")
        return min(sound.channels, MOST_CHANNELS[added.codec])


def _encoded(added: MuxTracks, channels: int, scratch: Path, allowance_s: float) -> list[str]:
    """Encode the dub into ``scratch`` so that nothing lies before time zero; the arguments that open it."""
    if added.codec is Codec.FLAC and added.sound.suffix == ".flac":
        return ffmpeg.own(added.sound, "flac")
    made = scratch / f"dub.{added.codec}"
    if added.codec is Codec.AAC:
        encode_aac(added.sound, made, channels=channels, threads=added.threads, timeout_s=allowance_s)
        return ffmpeg.own(made, "aac")
    if added.codec is Codec.OPUS:
        late = OPUS_HEADSTART_MS * MIX_RATE // 1000
        coding = [
            "-af",
            f"atrim=start_sample={late},asetpts=N",
            "-c:a",
            "libopus",
            "-b:a",
            f"{channels * OPUS_KBPS_PER_CHANNEL}k",
            "-f",
            "ogg",
        ]
    else:
        coding = ["-c:a", "flac", "-f", "flac"]
    heard = ffmpeg.own(added.sound, "wav" if added.sound.suffix == ".wav" else "flac")
    ffmpeg.ffmpeg([*heard, "-ac", str(channels), *coding, ffmpeg.url(made)], timeout_s=allowance_s)
    return ffmpeg.own(made, "ogg" if added.codec is Codec.OPUS else "flac")


def _covers(movie: Movie, source: Path, scratch: Path, allowance_s: float) -> list[str]:
    """Take cover pictures out and attach them again: ffmpeg would copy them as pictures of the film."""
    arguments: list[str] = []
    fonts = len(movie.of(TrackKind.ATTACHMENT))
    for number, cover in enumerate(track for track in movie.of(TrackKind.VIDEO) if track.still):
        suffix, mime = ("png", "image/png") if cover.codec == "png" else ("jpg", "image/jpeg")
        taken = scratch / f"cover{number or ''}.{suffix}"
        copy = ["-map", f"0:{cover.index}", "-c", "copy", "-frames:v", "1", "-f", "image2pipe", ffmpeg.url(taken)]
        ffmpeg.ffmpeg([*ffmpeg.source(source), *copy], timeout_s=allowance_s)
        place = f"-metadata:s:t:{fonts + number}"
        arguments += ["-attach", ffmpeg.url(taken), place, f"mimetype={mime}", place, f"filename={taken.name}"]
    return arguments


def _inputs(movie: Movie, source: Path, dub: list[str], added: MuxTracks) -> list[str]:
    clock = ["-copyts"] if counts_from_zero(movie.container) else []
    stamps = ["-fflags", "+genpts"] if movie.container == "avi" else []  # AVI has no times, only an order
    texts = [ffmpeg.own(text, "srt") for text in (added.subtitles, added.transcript) if text]
    return [*clock, *ffmpeg.source(source, *stamps), *dub, *(part for text in texts for part in text)]


def _maps(movie: Movie, added: MuxTracks) -> list[str]:
    pictures = [f"0:{track.index}" for track in movie.of(TrackKind.VIDEO) if not track.still]
    sounds = ["1:a:0", *(f"0:{track.index}" for track in movie.of(TrackKind.AUDIO))]
    texts = [f"{2 + number}:s:0" for number in range(_texts(added))]
    subtitles = [f"0:{track.index}" for track in _subtitles(movie)]
    fonts = [f"0:{track.index}" for track in movie.of(TrackKind.ATTACHMENT)]
    chosen = [*pictures, *sounds, *texts, *subtitles, *fonts]
    return [*(part for one in chosen for part in ("-map", one)), "-map_metadata", "0", "-map_chapters", "0"]


def _texts(added: MuxTracks) -> int:
    return sum(text is not None for text in (added.subtitles, added.transcript))


def _subtitles(movie: Movie) -> list[Track]:
    """The original subtitles that Matroska can hold, as they are or as SRT."""
    return [track for track in movie.of(TrackKind.SUBTITLE) if track.codec in SUBTITLES_KEPT | SUBTITLES_TO_SRT]


def _marks(movie: Movie, added: MuxTracks) -> list[str]:
    """Codecs, names, languages and default flags of every track of the result."""
    marks = ["-c", "copy", "-default_mode", "infer_no_subs"]
    marks += _named("a:0", f"{_name(added.language)} dub", added.language)
    marks += ["-disposition:a:0", "default", *_corrected("a:0", _dub_times(added.codec))]
    for number, track in enumerate(movie.of(TrackKind.AUDIO), start=1):
        marks += [f"-disposition:a:{number}", "-default", *_corrected(f"a:{number}", _original_times(track))]
    titles: list[tuple[str, str]] = []
    if added.subtitles:
        titles.append((f"{_name(added.language)} (dub)", added.language))
    if added.transcript:
        titles.append((f"{_name(added.source_language)} (transcript)", added.source_language))
    for number, (title, language) in enumerate(titles):
        marks += [*_named(f"s:{number}", title, language), f"-disposition:s:{number}", "0"]
    for number, track in enumerate(_subtitles(movie), start=len(titles)):
        marks += [f"-c:s:{number}", "srt"] if track.codec in SUBTITLES_TO_SRT else []
    return marks


def _named(stream: str, title: str, language: str) -> list[str]:
    return [f"-metadata:s:{stream}", f"title={title}", f"-metadata:s:{stream}", f"language={iso639_2(language)}"]


def _corrected(stream: str, bitstream_filter: str) -> list[str]:
    return [f"-bsf:{stream}", bitstream_filter] if bitstream_filter else []


def _dub_times(codec: Codec) -> str:
    if codec is not Codec.OPUS:
        return ""
    return f"setts=ts=N*20+{OPUS_HEADSTART_MS}"  # the encoder's packets last 20 ms, Matroska's clock ticks every ms


def _original_times(track: Track) -> str:
    """How the times of an original track must change so that the whole file stays where it is.

    Opus: the demuxer takes the pre-skip off, the muxer does not put it back. Others: packets before zero are priming.
    """
    return f"setts=ts=TS+{OPUS_HEADSTART_MS}" if track.codec == "opus" else "noise=drop=lt(pts\\,0)"


def _name(language: str) -> str:
    return NAMES.get(iso639_2(language), iso639_2(language))
