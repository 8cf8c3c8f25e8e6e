"""Facts of real files, and one clear line for everything that is none."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from animedub.errors import DubError, InputError
from animedub.media.language import iso639_2, same_language
from animedub.media.probe import check_file, choose_audio, probe
from animedub.model import Artifact, Movie, Track, TrackKind
from tests.conftest import run_ffmpeg

SOURCE = Artifact(sha256="0" * 64, suffix=".mkv")


def test_facts_of_a_rich_film(films):
    movie = probe(films.rich, SOURCE)
    assert (movie.name, movie.container, movie.frame_rate) == ("rich", "matroska,webm", Fraction(24000, 1001))
    assert movie.seconds == pytest.approx(3.003, abs=0.002)
    assert [(t.kind, t.ordinal) for t in movie.tracks if t.kind is TrackKind.AUDIO] == [("audio", 0), ("audio", 1)]
    assert [(t.language, t.title, t.default) for t in movie.of(TrackKind.AUDIO)] == [
        ("eng", "", True),
        ("jpn", "Original", False),
    ]
    assert [(t.codec, t.language, t.title) for t in movie.of(TrackKind.SUBTITLE)] == [
        ("ass", "eng", "Signs"),
        ("subrip", "ger", ""),
    ]
    assert [(t.codec, t.still) for t in movie.of(TrackKind.VIDEO)] == [("h264", False), ("png", True)]
    assert len(movie.of(TrackKind.ATTACHMENT)) == 1
    assert [(c.title, c.span.start, c.span.end) for c in movie.chapters] == [("Opening", 0, 1.5), ("Part A", 1.5, 3)]
    assert movie.tags["SHOW"] == "Village of the Wind"
    sound = movie.of(TrackKind.AUDIO)[0]
    assert (sound.channels, sound.layout, sound.rate) == (2, "stereo", 48_000)


def test_first_timestamps_are_kept(films):
    movie = probe(films.late_picture, SOURCE)
    assert movie.of(TrackKind.VIDEO)[0].start == 0.021
    assert movie.of(TrackKind.AUDIO)[0].start == 0


def test_a_broadcast_starts_at_zero_whatever_its_clock_says(films, tmp_path):
    stream = tmp_path / "a.ts"
    run_ffmpeg("-i", films.mp4, "-c", "copy", "-output_ts_offset", "7200", stream)
    movie = probe(stream, SOURCE)
    assert min(track.start for track in movie.tracks) == 0
    assert movie.seconds == pytest.approx(3.0, abs=0.05)


def test_a_live_recording_without_a_length_is_measured(films, tmp_path):
    live = tmp_path / "live.mkv"
    run_ffmpeg("-i", films.mkv, "-c", "copy", "-live", "1", live)
    assert probe(live, SOURCE).seconds == pytest.approx(3.003, abs=0.05)


@pytest.mark.parametrize(
    "options",
    [
        ["a.mkv"],
        ["-live", "1", "a.mkv"],
        ["-reserve_index_space", "50k", "a.mkv"],
        ["a.mp4"],
        ["-movflags", "+faststart", "a.mp4"],
        ["-movflags", "+frag_keyframe+empty_moov", "a.mp4"],
        ["a.mov"],
        ["-f", "webm", "-c:v", "libvpx", "-c:a", "libopus", "a.webm"],
        ["a.ts"],
        ["a.avi"],
    ],
    ids=" ".join,
)
def test_whole_files_are_never_called_truncated(options, films, tmp_path):
    path = tmp_path / options[-1]
    run_ffmpeg("-i", films.mp4, "-c", "copy", *options[:-1], path)
    check_file(path)
    assert probe(path, SOURCE).seconds == pytest.approx(3.0, abs=0.1)


def test_bytes_after_the_end_do_no_harm(films, tmp_path):
    for film in (films.mkv, films.mp4):
        path = tmp_path / film.name
        path.write_bytes(film.read_bytes() + bytes(1000))
        assert probe(path, SOURCE).seconds == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.999])
@pytest.mark.parametrize("options", [["a.mkv"], ["a.mp4"], ["-movflags", "+faststart", "a.mp4"]], ids=" ".join)
def test_a_cut_off_file_is_called_truncated(options, share, films, tmp_path):
    path = tmp_path / options[-1]
    run_ffmpeg("-i", films.mp4, "-c", "copy", *options[:-1], path)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(InputError, match=r"truncated: \d+ of \d+ bytes are missing; copy or download it again"):
        probe(path, SOURCE)


def _text(path: Path) -> None:
    path.write_text("not a film\n" * 50)


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n")


def _subtitles(path: Path) -> None:
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")


BAD = {
    "nothing there": (lambda path: None, "there is no file"),
    "a folder": (Path.mkdir, "is a folder"),
    "a pipe": (os.mkfifo, "not a regular file"),
    "an empty file": (Path.touch, "is empty"),
    "text": (_text, "is not a video"),
    "a playlist": (_playlist, "is a playlist, script or text, not a video"),
    "subtitles": (_subtitles, "is a playlist, script or text, not a video"),
    "noise": (lambda path: path.write_bytes(os.urandom(5000)), "not a video"),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_video_is_refused_in_one_line(kind, tmp_path):
    make, message = BAD[kind]
    path = tmp_path / "a\nfilm.mkv"
    make(path)
    with pytest.raises(InputError, match=message) as refusal:
        probe(path, SOURCE)
    assert "\n" not in str(refusal.value)
    assert "a\\nfilm.mkv" in str(refusal.value)


def test_a_name_that_no_file_can_have_is_refused():
    for name in ("x" * 5000, "nul\0byte"):
        with pytest.raises(InputError, match="cannot be read"):
            check_file(Path(name))


def test_a_film_of_subtitles_only_is_refused(tmp_path):
    text, path = tmp_path / "a.srt", tmp_path / "subs.mkv"
    _subtitles(text)
    run_ffmpeg("-i", text, path)
    with pytest.raises(InputError, match="neither picture nor sound"):
        probe(path, SOURCE)


def test_every_refusal_is_ours(films, tmp_path):
    """Damage in the header region: whatever ffprobe makes of it, no foreign exception comes out."""
    whole = films.mkv.read_bytes()
    path = tmp_path / "damaged.mkv"
    for at in range(0, 400, 24):
        path.write_bytes(whole[:at] + b"\xff" * 8 + whole[at + 8 :])
        try:
            assert isinstance(probe(path, SOURCE), Movie)
        except DubError as error:
            assert "\n" not in str(error)


def _movie(*tracks: tuple[str, bool]) -> Movie:
    made = [
        Track(index=i, ordinal=i, kind=TrackKind.AUDIO, language=language, default=default)
        for i, (language, default) in enumerate(tracks)
    ]
    return Movie(source=SOURCE, name="film", container="matroska,webm", seconds=1, tracks=tuple(made))


@pytest.mark.parametrize(
    ("tracks", "language", "chosen"),
    [
        ([("eng", True), ("jpn", False), ("jpn", False)], "ja", 1),
        ([("eng", True), ("ja", False)], "jpn", 1),
        ([("ger", False), ("fra", False)], "fre", 1),
        ([("eng", False), ("", True)], "ja", 1),
        ([("", False), ("", False)], "ja", 0),
    ],
)
def test_the_actors_track_is_found(tracks, language, chosen):
    assert choose_audio(_movie(*tracks), language).ordinal == chosen


def test_a_silent_film_cannot_be_dubbed():
    with pytest.raises(InputError, match="no audio track"):
        choose_audio(_movie(), "ja")


def test_every_language_has_one_code_in_containers():
    assert [iso639_2(code) for code in ("ja", "de", "deu", "ger", "zh-Hant", "pt_BR", "tlh", "x")] == [
        "jpn",
        "ger",
        "ger",
        "ger",
        "chi",
        "por",
        "tlh",
        "und",
    ]
    assert not same_language("x", "y")
