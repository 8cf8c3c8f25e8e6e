import subprocess
from pathlib import Path

import pytest

from animedub.errors import InputError, MediaError
from animedub.media.subtitles import Event, decode, extract_track, read_subtitles
from animedub.model import Artifact, Movie, Span, Track, TrackKind

ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour
Style: Default,DejaVu Sans,22,&H00FFFFFF&
Style: Signs,DejaVu Sans,twenty,nonsense

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:05.55,0:00:07.29,Default,Takeshi,0,0,0,,{\\blur0.6}Yeah, it looks like\\Nit will snow.
Dialogue: 1,0:00:00.52,0:00:03.52,Signs,,0,0,0,,{\\pos(320,40)}Village <i>of</i> the Wind
Comment: 0,0:00:01.00,0:00:01.50,Default,,0,0,0,fx,ten minutes
Dialogue: 0,0:00:09.00,0:00:09.00,Default,,0,0,0,,never seen
"""

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Good</i> <font color="red">morning</font> &amp; hello.
{\\an8}Café at 5 < 6.

2
00:00:03,000 --> 00:00:04,000
Bye.
"""

VTT = """WEBVTT - some title

STYLE
::cue { color: red }

NOTE
not a cue

first
00:01.000 --> 00:03.000 align:start position:10%
<v.loud Haruka Sato>Hello &amp; <i>wel</i><00:02.000>come</v>

NOTE 3
neither is this

00:00:04.000 --> 00:00:05.000
<v Haruka>Who?</v>
<v Takeshi>Me.</v>

1:00:06.000 --> 1:00:07.000
<ruby>風<rt>かぜ</rt></ruby>の村
"""


@pytest.fixture
def subtitle_file(tmp_path):
    def write(content, name="ep 01.srt", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def test_ass_keeps_names_styles_and_tags_and_does_not_care_for_broken_styles(subtitle_file):
    sign, comment, line = read_subtitles(subtitle_file(ASS, "x.ass"))
    assert line == Event(
        span=Span(start=5.55, end=7.29), text=r"{\blur0.6}Yeah, it looks like\Nit will snow.", name="Takeshi"
    )
    assert (sign.style, sign.layer, sign.text) == ("Signs", 1, r"{\pos(320,40)}Village of the Wind")
    assert (comment.comment, comment.effect) == (True, "fx")


def test_srt_loses_its_markup_but_not_its_text(subtitle_file):
    first, second = read_subtitles(subtitle_file(SRT))
    assert first.text == r"Good morning & hello.\N{\an8}Café at 5 < 6."
    assert (second.text, second.span) == ("Bye.", Span(start=3, end=4))


def test_vtt_voices_become_names_and_notes_are_no_text(subtitle_file):
    hello, both, village = read_subtitles(subtitle_file(VTT, "x.vtt"))
    assert (hello.text, hello.name, hello.span) == ("Hello & welcome", "Haruka Sato", Span(start=1, end=3))
    assert (both.text, both.name) == (r"- Who?\N- Me.", "Haruka/Takeshi")
    assert (village.text, village.span.start) == ("風の村", 3606)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_western_text_is_read_in_any_encoding(subtitle_file, encoding):
    text = SRT.replace("Bye.", "Pokémon naïve “quotes” — déjà vu, Ü-ber!").replace("\n", "\r\n")
    assert read_subtitles(subtitle_file(text, encoding=encoding))[1].text == "Pokémon naïve “quotes” — déjà vu, Ü-ber!"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "cp932", "euc_jp"])
def test_japanese_text_is_read_in_any_encoding(subtitle_file, encoding):
    text = "1\n00:00:01,000 --> 00:00:02,500\nおはようございます。今日は寒いですね。\nソファーで十分表示。\n"
    (event,) = read_subtitles(subtitle_file(text, encoding=encoding))
    assert event.text == r"おはようございます。今日は寒いですね。\Nソファーで十分表示。"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "neither ASS, SRT nor WebVTT"),
        ("hello\n", "neither ASS, SRT nor WebVTT"),
        (b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00#\x81\x8d", "not text in a known encoding"),
        (bytes(range(256)) * 8, "not text in a known encoding"),
        ("WEBVTT\n\nNOTE nothing here\n", "holds no subtitles"),
        (ASS.split("Dialogue")[0], "holds no subtitles"),
        (SRT.replace("00:00:03,000 -->", "00:00:03 -->"), "damaged at line 7: '00:00:03 --> 00:00:04,000'"),
        (SRT[: SRT.index("00:00:04")], "damaged at line 7"),
        (VTT.replace("00:01.000 -->", ":00:01.000 -->"), "is damaged: "),
        (ASS.replace("0:00:07.29", "soon"), "damaged: Failed to parse timestamp: 'soon'"),
        (ASS + "Dialogue: 0,0:00:05.55,0:0", "damaged at line 15: an event needs ten fields"),
    ],
)
def test_what_is_damaged_or_something_else_is_told_in_one_line(subtitle_file, content, told):
    with pytest.raises(InputError) as error:
        read_subtitles(subtitle_file(content))
    assert told in str(error.value)
    assert str(error.value).startswith("ep 01.srt")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match=r"cannot read the subtitles .*none.srt: No such file"):
        read_subtitles(tmp_path / "none.srt")
    with pytest.raises(InputError, match="cannot read the subtitles"):
        read_subtitles(tmp_path)


def test_decoding_prefers_what_is_certain():
    assert decode("Ã©".encode(), "x") == "Ã©"
    assert decode(b"caf\xe9m", "x") == "cafém"


def movie_with(subtitles: Path, codec: str, out: Path) -> Movie:
    """A second of grey with one subtitle track."""
    grey = ["-f", "lavfi", "-i", "color=gray:s=32x32:d=8:r=1"]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", *grey, "-i", str(subtitles), "-c:v", "mpeg4", "-c:s", codec, str(out)],
        check=True,
        timeout=60,
    )
    track = Track(index=1, ordinal=0, kind=TrackKind.SUBTITLE, codec=codec)
    source = Artifact(sha256="0" * 64, suffix=out.suffix)
    container = "matroska,webm" if out.suffix == ".mkv" else "mov,mp4,m4a,3gp,3g2,mj2"
    return Movie(source=source, name="x", container=container, seconds=8, tracks=(track,))


@pytest.mark.parametrize(
    ("given", "name", "codec", "video", "suffix"),
    [
        (ASS, "a.ass", "ass", "v.mkv", ".ass"),
        (SRT, "a.srt", "subrip", "v.mkv", ".srt"),
        (SRT, "a.srt", "mov_text", "v.mp4", ".srt"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n", "a.vtt", "webvtt", "v.mkv", ".vtt"),
    ],
)
def test_an_embedded_track_says_the_same_as_its_file(subtitle_file, tmp_path, given, name, codec, video, suffix):
    written = subtitle_file(given, name)
    out = tmp_path / f"-out of{suffix}"
    extract_track(movie_with(written, codec, tmp_path / video), tmp_path / video, 0, out)
    assert [_seen(event) for event in read_subtitles(out)] == [_seen(event) for event in read_subtitles(written)]


def _seen(event: Event) -> tuple:
    return event.span, event.text.replace(r"{\an8}", ""), event.style, event.name


def test_a_track_that_is_not_there_is_told(subtitle_file, tmp_path):
    movie = movie_with(subtitle_file(SRT), "subrip", tmp_path / "v.mkv")
    with pytest.raises(MediaError):
        extract_track(movie, tmp_path / "v.mkv", 1, tmp_path / "out.srt")
