"""Loudness of a track of a finished file, by ffmpeg's own meter: another instrument than the one that set it."""

import re
from pathlib import Path

from animedub.errors import MediaError
from animedub.media import ffmpeg
from animedub.model import Loudness

FIGURE = r"(-?(?:[\d.]+|inf|nan))"
INTEGRATED = re.compile(rf"I:\s+{FIGURE} LUFS")
PEAK = re.compile(rf"Peak:\s+{FIGURE} dBFS")
SILENCE = -99.0


def measure_loudness(path: Path, ordinal: int, seconds: float) -> Loudness:
    """Integrated loudness and true peak of an audio track (EBU R 128); -99 for silence.

    Args:
        path: a container.
        ordinal: of the track among the audio tracks.
        seconds: its length, for the deadline.

    Raises:
        MediaError: it cannot be decoded.
    """
    chain = ["-map", f"0:a:{ordinal}", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    said = ffmpeg.report([*ffmpeg.source(path), *chain], timeout_s=ffmpeg.allowance_s(seconds))
    integrated, peak = INTEGRATED.findall(said), PEAK.findall(said)
    if not integrated or not peak:
        raise MediaError(f"ffmpeg's loudness meter said nothing about {path.name!r}")
    return Loudness(lufs=_number(integrated[-1]), true_peak_db=_number(peak[-1]))


def _number(figure: str) -> float:
    return SILENCE if figure in ("-inf", "nan", "inf", "-nan") else max(SILENCE, float(figure))
