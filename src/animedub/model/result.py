"""What one dub gave."""

from pathlib import Path
from typing import Self

from pydantic import Field

from animedub.model.base import Noun

STAGES = (
    "ingest",
    "extract",
    "detect",
    "outline",
    "separate",
    "transcribe",
    "diarize",
    "translate",
    "prosody",
    "cast",
    "synthesize",
    "arrange",
    "mix",
    "lipsync",
    "mux",
    "inspect",
    "draw",
)
"""The stages of a dub by name, in the order of their first need."""


class EngineName(Noun):
    """An engine that was chosen, and exactly which one that is."""

    name: str
    identity: str


class DubFiles(Noun):
    """The files that were written for the user."""

    video: Path
    script: Path
    subtitles: Path
    picture: Path

    @classmethod
    def beside(cls, folder: Path, name: str, language: str) -> Self:
        """Where the results of the episode ``name`` go."""
        return cls(
            video=folder / f"{name}.dub.mkv",
            script=folder / f"{name}.script.json",
            subtitles=folder / f"{name}.{language}.srt",
            picture=folder / f"{name}.png",
        )

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file."""
        return self.video, self.script, self.subtitles, self.picture


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
    elapsed: float | None = Field(default=None, ge=0, description="wall time of the run in seconds, by who timed it")

    @property
    def cached(self) -> list[str]:
        """Names of the stages whose result was found, not made."""
        return [report.stage for report in self.stages if report.cached]

    @property
    def speed(self) -> float | None:
        """How many times faster than real time the run was; None when nobody timed it."""
        return self.seconds / self.elapsed if self.elapsed else None
