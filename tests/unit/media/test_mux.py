"""The finished file, decoded again: nothing moved, nothing lost, nothing half written."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from animedub.errors import MediaError, OutputError
from animedub.media import mux as muxing
from animedub.media.audio import write_sound
from animedub.media.mux import MuxTracks, mux
from animedub.media.probe import probe
from animedub.model import Artifact, Codec, Sound, TrackKind
from tests.conftest import SRT, Films, run_ffmpeg

SOURCE = Artifact(sha256="0" * 64)


@pytest.fixture
def dub(films: Films, tmp_path: Path) -> MuxTracks:
    """A dub that equals the films' sound, so that its lag can be measured, and both texts."""
    write_sound(tmp_path / "dub.flac", Sound(films.sound, 48_000))
    (tmp_path / "dub.srt").write_text(SRT, encoding="utf-8")
    (tmp_path / "ja.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\nおはよう。\n\n", encoding="utf-8")
    return MuxTracks(sound=tmp_path / "dub.flac", subtitles=tmp_path / "dub.srt", transcript=tmp_path / "ja.srt")


def dubbed(film: Path, tracks: MuxTracks, folder: Path) -> Path:
    out = folder / "out" / f"{film.stem}.dub.mkv"
    out.parent.mkdir(exist_ok=True)
    mux(probe(film, SOURCE), film, tracks, out)
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    return out


def printed(*command: str | Path) -> bytes:
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60).stdout


def decoded(film: Path, track: int) -> np.ndarray:
    """One audio track on the container's clock, shape ``(channels, n)``."""
    placed = ("-af", "aresample=async=1:first_pts=0", "-ar", "48000", "-ac", "2", "-f", "f32le", "-")
    pcm = printed("ffmpeg", "-v", "error", "-copyts", "-i", film, "-map", f"0:a:{track}", *placed)
    return np.frombuffer(pcm, np.float32).reshape(-1, 2).T


def lag(heard: np.ndarray, reference: np.ndarray) -> int:
    size = 1 << (len(heard) + len(reference)).bit_length()
    product = np.fft.rfft(heard, size) * np.fft.rfft(reference, size).conj()
    at = int(np.argmax(np.fft.irfft(product, size)))
    return at - size if at > size // 2 else at


def pictures(film: Path) -> tuple[bytes, list[str]]:
    """Hash of all picture packets, and their presentation times in order of decoding."""
    hashed = printed("ffmpeg", "-v", "error", "-i", film, "-map", "0:v:0", "-c", "copy", "-f", "streamhash", "-")
    times = printed("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of",
                    "csv=p=0", film)  # fmt: skip
    return hashed, times.decode().split()


def streams(film: Path) -> list[dict[str, Any]]:
    return json.loads(printed("ffprobe", "-v", "error", "-show_streams", "-of", "json", film))["streams"]


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("film", ["mkv", "mp4", "late_picture", "rich"])
def test_the_dub_is_not_one_sample_late_and_the_picture_stays(codec, film, films, dub, tmp_path):
    original = getattr(films, film)
    out = dubbed(original, dub.model_copy(update={"codec": codec}), tmp_path)
    heard = decoded(out, 0)
    assert [lag(heard[c], films.sound[c]) for c in (0, 1)] == [0, 0]
    assert min(float(s["start_time"]) for s in streams(out) if s["codec_type"] in ("audio", "video")) == 0

    (was, were), (hashed, times) = pictures(original), pictures(out)
    assert hashed == was
    assert len(times) == len(were) == 72
    assert max(abs(float(a) - float(b)) for a, b in zip(times, were, strict=True)) < 0.0006  # Matroska counts in ms
    if original.suffix == ".mkv":
        assert times == were

    a, b = probe(original, SOURCE), probe(out, SOURCE)
    assert abs(a.seconds - b.seconds) <= 1001 / 24000
    source_lag = lag(decoded(original, 0)[0], films.sound[0])
    assert lag(decoded(out, 1)[0], films.sound[0]) == source_lag


@pytest.mark.parametrize(("codec", "quality_db"), [(Codec.FLAC, 100), (Codec.AAC, 5), (Codec.OPUS, 5)])
def test_what_is_heard_is_the_dub(codec, quality_db, films, dub, tmp_path):
    """White noise is the hardest sound there is for a codec; only the first packet may differ by more."""
    out = dubbed(films.mkv, dub.model_copy(update={"codec": codec}), tmp_path)
    heard = decoded(out, 0)[:, 1024 : films.sound.shape[1]]
    truth = films.sound[:, 1024:]
    error = np.square(heard[:, : truth.shape[1]] - truth).sum()
    assert 10 * np.log10(np.square(truth).sum() / error) > quality_db


def test_a_wav_is_taken_as_well_and_flac_is_lossless(films, dub, tmp_path):
    out = dubbed(films.mkv, dub.model_copy(update={"sound": films.wav, "codec": Codec.FLAC}), tmp_path)
    truth = soundfile.read(films.wav, dtype="float32")[0].T
    np.testing.assert_array_equal(decoded(out, 0)[:, : truth.shape[1]], truth)


def test_opus_sources_keep_picture_and_sound_together(films, dub, tmp_path):
    """Opus has 6.5 ms of priming that demuxers put before zero."""
    film = tmp_path / "opus.mkv"
    run_ffmpeg("-i", films.mkv, "-c:v", "copy", "-c:a", "libopus", film)
    out = dubbed(film, dub, tmp_path)
    assert pictures(out) == pictures(film)
    assert lag(decoded(out, 1)[0], films.sound[0]) == lag(decoded(film, 0)[0], films.sound[0])
    assert lag(decoded(out, 0)[0], films.sound[0]) == 0


def test_a_broadcast_is_moved_to_zero_as_a_whole(films, dub, tmp_path):
    film = tmp_path / "a.ts"
    run_ffmpeg("-i", films.mp4, "-c", "copy", "-output_ts_offset", "7200", film)
    out = dubbed(film, dub, tmp_path)
    movie = probe(film, SOURCE)
    assert lag(decoded(out, 0)[0], films.sound[0]) == 0
    assert float(pictures(out)[1][0]) == pytest.approx(movie.of(TrackKind.VIDEO)[0].start, abs=0.0006)


def test_order_names_languages_and_defaults(films, dub, tmp_path):
    found = [
        (s["codec_type"], s.get("codec_name"), tags.get("language"), tags.get("title"), s["disposition"]["default"])
        for s in streams(dubbed(films.rich, dub, tmp_path))
        for tags in [s.get("tags", {})]
    ]
    assert found == [
        ("video", "h264", None, None, 1),
        ("audio", "aac", "eng", "English dub", 1),
        ("audio", "flac", "eng", None, 0),
        ("audio", "flac", "jpn", "Original", 0),
        ("subtitle", "subrip", "eng", "English (dub)", 0),
        ("subtitle", "subrip", "jpn", "Japanese (transcript)", 0),
        ("subtitle", "ass", "eng", "Signs", 1),
        ("subtitle", "subrip", "ger", None, 0),
        ("attachment", None, None, None, 0),
        ("video", "png", None, None, 0),
    ]


def test_chapters_tags_fonts_and_cover_are_kept(films, dub, tmp_path):
    out = dubbed(films.rich, dub, tmp_path)
    before, after = probe(films.rich, SOURCE), probe(out, SOURCE)
    assert after.chapters == before.chapters
    assert {key: after.tags.get(key) for key in ("title", "SHOW")} == {
        "title": "Episode 1",
        "SHOW": "Village of the Wind",
    }
    assert before.tags["title"] == "Episode 1"
    attached = {s["tags"]["filename"]: s["tags"]["mimetype"] for s in streams(out) if "filename" in s.get("tags", {})}
    assert attached == {"f.ttf": "font/ttf", "cover.png": "image/png"}
    assert [track.still for track in after.of(TrackKind.VIDEO)] == [False, True]


def packets(film: Path, stream: str) -> bytes:
    return printed("ffmpeg", "-v", "error", "-i", film, "-map", f"0:{stream}", "-c", "copy", "-f", "streamhash", "-")


def test_original_sound_and_subtitles_are_copied_packet_by_packet(films, dub, tmp_path):
    out = dubbed(films.rich, dub, tmp_path)
    for was, now in (("a:0", "a:1"), ("a:1", "a:2"), ("s:0", "s:2"), ("s:1", "s:3")):
        assert packets(films.rich, was) == packets(out, now)


def text_of(film: Path, number: int) -> str:
    return printed("ffmpeg", "-v", "error", "-i", film, "-map", f"0:s:{number}", "-f", "srt", "-").decode()


def test_both_texts_can_be_read_back(films, dub, tmp_path):
    out = dubbed(films.mkv, dub, tmp_path)
    assert text_of(out, 0).strip() == SRT.strip()
    assert "おはよう。" in text_of(out, 1)


def test_mp4_subtitles_become_srt(films, dub, tmp_path):
    film, srt = tmp_path / "text.mp4", tmp_path / "t.srt"
    srt.write_text(SRT, encoding="utf-8")
    run_ffmpeg("-i", films.mp4, "-i", srt, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text",
               "-metadata:s:s:0", "language=fra", film)  # fmt: skip
    out = dubbed(film, dub, tmp_path)
    assert text_of(out, 2).strip() == SRT.strip()
    assert [track.language for track in probe(out, SOURCE).of(TrackKind.SUBTITLE)] == ["eng", "jpn", "fra"]


def test_without_texts_there_are_no_empty_tracks(films, dub, tmp_path):
    out = dubbed(films.mkv, MuxTracks(sound=dub.sound), tmp_path)
    assert [s["codec_type"] for s in streams(out)] == ["video", "audio", "audio"]


@pytest.mark.parametrize("codec", Codec)
def test_surround_stays_surround(codec, films, dub, tmp_path):
    sound = np.random.default_rng(3).standard_normal((6, 48_000 * 3)).astype(np.float32) * 0.05
    write_sound(tmp_path / "dub51.flac", Sound(sound, 48_000))
    out = dubbed(films.mkv, MuxTracks(sound=tmp_path / "dub51.flac", codec=codec), tmp_path)
    assert probe(out, SOURCE).of(TrackKind.AUDIO)[0].channels == 6


def test_a_dub_at_another_rate_is_refused(films, tmp_path):
    write_sound(tmp_path / "dub.flac", Sound.silence(3, rate=44_100))
    with pytest.raises(MediaError, match="44100 Hz"):
        mux(probe(films.mkv, SOURCE), films.mkv, MuxTracks(sound=tmp_path / "dub.flac"), tmp_path / "o.mkv")


def test_an_existing_file_is_only_replaced_when_asked(films, dub, tmp_path):
    out = tmp_path / "o.mkv"
    out.write_text("precious")
    movie = probe(films.mkv, SOURCE)
    with pytest.raises(OutputError, match="--overwrite"):
        mux(movie, films.mkv, dub, out)
    assert out.read_text() == "precious"
    mux(movie, films.mkv, dub, out, overwrite=True)
    assert probe(out, SOURCE).of(TrackKind.AUDIO)[0].title == "English dub"


def test_a_failure_leaves_nothing_and_spoils_nothing(films, dub, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "o.mkv").write_text("precious")
    real = muxing.ffmpeg.ffmpeg

    def full_at_the_end(arguments: list[str], **rest: Any) -> None:
        real([*arguments[:-1], "file:/dev/full"] if "matroska" in arguments[-3:] else arguments, **rest)

    monkeypatch.setattr(muxing.ffmpeg, "ffmpeg", full_at_the_end)
    with pytest.raises(OutputError, match="no space left"):
        mux(probe(films.mkv, SOURCE), films.mkv, dub, folder / "o.mkv", overwrite=True)
    assert [(p.name, p.read_text()) for p in folder.iterdir()] == [("o.mkv", "precious")]


@pytest.mark.parametrize("folder", ["missing", "file.txt", "/proc"])
def test_a_folder_that_takes_no_files_is_an_output_error(folder, films, dub, tmp_path):
    (tmp_path / "file.txt").write_text("a file, not a folder")
    with pytest.raises(OutputError, match="choose another folder"):
        mux(probe(films.mkv, SOURCE), films.mkv, dub, tmp_path / folder / "o.mkv")


def test_the_original_is_never_touched(films, dub, tmp_path):
    before = (films.mkv.read_bytes(), films.mkv.stat().st_mtime_ns)
    dubbed(films.mkv, dub, tmp_path)
    assert (films.mkv.read_bytes(), films.mkv.stat().st_mtime_ns) == before


@pytest.mark.parametrize("name", ["-i 日本語 'quoted' %d.mkv", "line\nbreak.mkv"])
def test_any_name_can_be_dubbed(name, films, dub, tmp_path):
    film = tmp_path / name
    film.write_bytes(films.mkv.read_bytes())
    assert dubbed(film, dub, tmp_path).stat().st_size > 1000
