"""The flows as the command line runs them: in this process, reporting to a server that outlives it."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from animedub.model import DubRequest, DubResult, StageReport
from animedub.progress import Progress
from animedub.rig import Rig, working_on
from animedub.settings import Settings
from deployments import local_server


def run_dub(
    episode: Path,
    out: Path,
    request: DubRequest,
    *,
    settings: Settings,
    progress: Progress,
    overwrite: bool = False,
    refresh: frozenset[str] = frozenset(),
    use_cache: bool = True,
    workers: int | None = None,
) -> DubResult:
    """Dub one episode and say what came of it.

    Args:
        episode: a video file.
        out: folder for the results.
        request: what is asked.
        settings: where things lie on this computer.
        progress: hears about every stage.
        overwrite: whether results that exist may be replaced.
        refresh: stages to do again although their result is known.
        use_cache: whether known results are used at all.
        workers: threads to use; as many as the settings say when left out.

    Raises:
        DubError: with the remedy in one line.
    """
    starting = local_server.begin(settings.state)
    # While the server starts: this takes as long again.
    from flows.dub import dub_flow
    from tasks.policy import workers as pool

    threads = workers or settings.workers
    course = Course(progress)
    rig = Rig.local(settings, threads=threads, progress=course, refresh=refresh, use_cache=use_cache)
    flow = dub_flow.with_options(task_runner=pool(threads))
    with local_server.connected(starting.wait()), working_on(rig):
        result = flow(episode=episode, out=out, request=request, overwrite=overwrite)
    return result.model_copy(update={"stages": course.reports(), "warnings": tuple(course.warnings)})


@dataclass
class Course:
    """Progress that remembers what it passes on."""

    audience: Progress
    warnings: list[str] = field(default_factory=list)
    _began: dict[str, float] = field(default_factory=dict)
    _ended: dict[str, float] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, stage: str, units: float) -> None:
        """A stage starts, or says how much it has to do."""
        with self._lock:
            self._began.setdefault(stage, time.monotonic())
        self.audience.begin(stage, units)

    def advance(self, stage: str, units: float) -> None:
        """Some more is done."""
        self.audience.advance(stage, units)

    def end(self, stage: str, *, cached: bool) -> None:
        """A stage, or one run of it, is done."""
        now = time.monotonic()
        with self._lock:
            self._began.setdefault(stage, now)
            self._ended[stage] = now
            if not cached:
                self._made.add(stage)
        self.audience.end(stage, cached=cached)

    def warn(self, message: str) -> None:
        """Something deserves a look."""
        self.warnings.append(message)
        self.audience.warn(message)

    def reports(self) -> tuple[StageReport, ...]:
        """What each stage took, in the order they began; cached when no run of it had to work."""
        return tuple(
            StageReport(stage=stage, seconds=round(ended - self._began[stage], 3), cached=stage not in self._made)
            for stage, ended in self._ended.items()
        )
