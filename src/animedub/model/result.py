"""What one dub gave."""

from pathlib import Path

from animedub.model.base import Noun


class DubFiles(Noun):
    """The files that were written for the user."""

    video: Path
    script: Path
    subtitles: Path
    picture: Path


class StageReport(Noun):
    """What one stage did in this run."""

    stage: str
    seconds: float
    cached: bool


class DubResult(Noun):
    """What one dub gave: where it lies and what was measured on it."""

    files: DubFiles
    seconds: float  # length of the episode
    lines: int
    speakers: dict[str, str]  # speaker -> voice
    unfit: tuple[str, ...] = ()  # ids of lines that did not fit in time
    lufs: float  # integrated loudness of the dub, EBU R 128
    true_peak_db: float
    warnings: tuple[str, ...] = ()
    stages: tuple[StageReport, ...] = ()
