"""How long a run will still take."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

TYPICAL_SHARES = {
    "ingest": 0.005,
    "extract": 0.01,
    "detect": 0.02,
    "outline": 0.005,
    "separate": 0.10,
    "transcribe": 0.07,
    "diarize": 0.03,
    "translate": 0.06,
    "prosody": 0.01,
    "cast": 0.01,
    "synthesize": 0.54,
    "arrange": 0.005,
    "mix": 0.05,
    "lipsync": 0.0,  # seldom asked for
    "mux": 0.06,
    "inspect": 0.01,
    "draw": 0.015,
}
"""Stage -> part of the wall time of a whole dub. Only a first guess: what a run measures weighs in as stages end."""

_UNKNOWN_SHARE = 0.02


@dataclass
class StageCourse:
    """What is known of one stage of one run. Times are seconds of the run's clock."""

    stage: str
    units: float
    began: float
    done: float = 0.0
    ended: float | None = None
    cached: bool = False

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1."""
        if self.ended is not None:
            return 1.0
        return min(1.0, self.done / self.units) if self.units > 0 else 0.0

    def elapsed(self, now: float) -> float:
        """Seconds since it began, up to its end."""
        return (now if self.ended is None else self.ended) - self.began

    def left(self, now: float) -> float | None:
        """Seconds it will still take at the pace so far; None before anything is done."""
        if self.ended is not None:
            return 0.0
        return self.elapsed(now) * (1 - self.fraction) / self.fraction if self.fraction > 0 else None


@dataclass
class Course:
    """What is known of a run. Safe to tell from several threads.

    >>> seconds = iter([0.0, 0.0, 10.0])
    >>> course = Course(shares={"listen": 0.25, "perform": 0.75}, clock=lambda: next(seconds))
    >>> course.begin("listen", 4)
    >>> _ = course.end("listen", cached=False)
    >>> course.left(10.0)
    30.0
    """

    shares: dict[str, float] = field(default_factory=lambda: TYPICAL_SHARES)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Start the clock."""
        self._lock = threading.Lock()
        self._stages: dict[str, StageCourse] = {}
        self._began = self.clock()

    @property
    def stages(self) -> list[StageCourse]:
        """The stages so far, in the order they began."""
        with self._lock:
            return list(self._stages.values())

    def begin(self, stage: str, units: float) -> None:
        """Note that a stage begins; one that is running already gets ``units`` more to do."""
        with self._lock:
            known = self._stages.get(stage)
            if known is None:
                self._stages[stage] = StageCourse(stage, units, began=self.clock())
            elif known.ended is None:
                known.units += units
            else:  # begun again, as a stage is that works in several portions: its time goes on
                known.units, known.ended, known.cached = known.units + units, None, False

    def advance(self, stage: str, units: float) -> None:
        """Note that ``units`` more are done."""
        with self._lock:
            known = self._stages.setdefault(stage, StageCourse(stage, 0.0, began=self.clock()))
            known.done += units

    def end(self, stage: str, *, cached: bool) -> StageCourse:
        """Note that a stage is done; what is known of it then."""
        now = self.clock()
        with self._lock:
            known = self._stages.setdefault(stage, StageCourse(stage, 0.0, began=now))
            known.ended, known.cached = now, cached
            return known

    def elapsed(self, now: float) -> float:
        """Seconds since the run began."""
        return now - self._began

    def fraction(self) -> float:
        """How much of the whole is done, 0 to 1, by the shares of its stages."""
        stages = self.stages
        whole = sum(self._share(stage.stage) for stage in stages) + self._pending_share()
        return sum(self._share(stage.stage) * stage.fraction for stage in stages) / whole if whole else 0.0

    def left(self, now: float) -> float | None:
        """Seconds the whole will still take; None before anything but cached stages has moved.

        Stages that have not begun are taken at the pace of the work so far: the wall time that was worked against the
        shares that were done in it, so that stages running side by side count once.
        """
        stages = self.stages
        worked = [stage for stage in stages if not stage.cached and stage.fraction > 0]
        done_share = sum(self._share(stage.stage) * stage.fraction for stage in worked)
        if not done_share:
            return None
        last = max(now if stage.ended is None else stage.ended for stage in worked)
        pace = (last - min(stage.began for stage in worked)) / done_share
        running = [stage for stage in stages if stage.ended is None]
        ours = [self._share(stage.stage) * pace if (left := stage.left(now)) is None else left for stage in running]
        return max(ours, default=0.0) + self._pending_share() * pace

    def _share(self, stage: str) -> float:
        return self.shares.get(stage, _UNKNOWN_SHARE)

    def _pending_share(self) -> float:
        begun = {stage.stage for stage in self.stages}
        return sum(share for stage, share in self.shares.items() if stage not in begun)
