"""Fixtures for every test: small films, made once per session with ffmpeg from signals made here."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

FILM_RATE = 48_000
FILM_SECONDS = 3.003  # 72 pictures at 24000/1001
PICTURE = ["-f", "lavfi", "-i", "testsrc=r=24000/1001:s=64x36:d=3"]
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "24"]

ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, Alignment
Style: Default,Arial,20,2

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:01.50,Default,Aki,0,0,0,,Good morning.
"""
SRT = "1\n00:00:00,500 --> 00:00:01,500\nGood morning.\n\n2\n00:00:02,000 --> 00:00:02,800\nLet's go.\n\n"
CHAPTERS = """;FFMETADATA1
title=Episode 1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1500
title=Opening
[CHAPTER]
TIMEBASE=1/1000
START=1500
END=3000
title=Part A
"""


class Films(NamedTuple):
    """Small films that share one sound: stereo noise, unlike itself at every other lag."""

    sound: NDArray[np.float32]  # (2, n) at FILM_RATE
    wav: Path
    mkv: Path  # FLAC sound, picture from 0
    mp4: Path  # AAC sound with an edit list, picture from 0
    late_picture: Path  # MKV with AAC whose priming moved the picture to 21 ms
    rich: Path  # MKV with two languages, two subtitles, a font, a cover, chapters and tags


def run_ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg as a plain program, apart from the code under test."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60, capture_output=True)


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """The films; tests copy what they want to damage."""
    folder = tmp_path_factory.mktemp("films")
    noise = np.random.default_rng(7).standard_normal((2, round(FILM_SECONDS * FILM_RATE))) * 0.05
    made = Films(noise.astype(np.float32), *(folder / n for n in ("s.wav", "a.mkv", "a.mp4", "late.mkv", "rich.mkv")))
    soundfile.write(made.wav, made.sound.T, FILM_RATE, subtype="PCM_24")
    run_ffmpeg(*PICTURE, "-i", made.wav, *X264, "-c:a", "flac", made.mkv)
    run_ffmpeg("-i", made.mkv, "-c:v", "copy", "-c:a", "aac", "-b:a", "320k", made.mp4)
    run_ffmpeg("-i", made.mkv, "-c:v", "copy", "-c:a", "aac", "-b:a", "320k", made.late_picture)
    _make_rich(made, folder)
    return made


def _make_rich(made: Films, folder: Path) -> None:
    for name, text in (("a.ass", ASS), ("a.srt", SRT), ("chapters.txt", CHAPTERS), ("f.ttf", "font")):
        (folder / name).write_text(text, encoding="utf-8")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1", folder / "cover.png")
    inputs = [part for name in ("a.ass", "a.srt", "chapters.txt") for part in ("-i", folder / name)]
    maps = [part for name in ("0:v", "0:a", "0:a", "1", "2") for part in ("-map", name)]
    tags = "s:a:0 language=eng|s:a:1 language=jpn|s:a:1 title=Original"
    tags += "|s:s:0 language=eng|s:s:0 title=Signs|s:s:1 language=ger"
    marks = [part for tag in tags.split("|") for part in (f"-metadata:{tag.split()[0]}", tag.split()[1])]
    fonts = ["-attach", folder / "f.ttf", "-metadata:s:t:0", "mimetype=font/ttf"]
    cover = ["-attach", folder / "cover.png", "-metadata:s:t:1", "mimetype=image/png"]
    flags = [
        "-disposition:a:0",
        "default",
        "-disposition:a:1",
        "0",
        "-disposition:s:0",
        "default",
        "-disposition:s:1",
        "0",
    ]
    run_ffmpeg(
        "-i",
        made.mkv,
        *inputs,
        *maps,
        "-map_metadata",
        "3",
        "-map_chapters",
        "3",
        "-c",
        "copy",
        *marks,
        *flags,
        "-metadata",
        "SHOW=Village of the Wind",
        *fonts,
        *cover,
        made.rich,
    )
