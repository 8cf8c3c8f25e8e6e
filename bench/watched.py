"""Runs the ``animedub`` command and writes down when models and ffmpeg were at work.

usage: watched.py LOG [--forget-takes] ARGUMENTS OF ANIMEDUB...

LOG becomes a JSON object: engine or ``ffmpeg`` -> seconds in which at least one call of it was running, and ``any`` for
seconds in which anything of them was. Loading a model counts as its work, importing the library that runs it too.
"""

import functools
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

WORK = ("__init__", "detect", "dialogue", "transcribe", "translate_speech", "embed", "voices", "duration", "speak")
"""What is asked of engines."""

Interval = tuple[float, float]

_busy: dict[str, list[Interval]] = defaultdict(list)
_mutex = threading.Lock()
_watched: set[type] = set()


def covered(intervals: Iterable[Interval]) -> float:
    """Seconds that lie in at least one interval.

    >>> covered([(0, 2), (1, 3), (5, 6)])
    4.0
    """
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def watched(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, each call written down under ``name``."""

    @functools.wraps(work)
    def call(*args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        try:
            return work(*args, **kwargs)
        finally:
            with _mutex:
                _busy[name].append((began, time.monotonic()))

    return call


def watch_engines() -> None:
    """Watch every engine from when it is first asked for."""
    from animedub.engines import registry

    look_up = registry.adapter

    def adapter(kind: registry.Kind, name: str) -> Any:
        engine = look_up(kind, name)
        if engine not in _watched:
            _watched.add(engine)
            for work in WORK:
                if work in vars(engine):
                    setattr(engine, work, watched(engine.__name__, vars(engine)[work]))
        return engine

    registry.adapter = adapter


def watch_ffmpeg() -> None:
    """Watch the one place where programs are run."""
    from animedub.media import ffmpeg

    ffmpeg._supervise = watched("ffmpeg", ffmpeg._supervise)


def forget_takes() -> None:
    """Speak every line, although an episode that repeats itself has spoken it before."""
    from animedub.store import Store

    Store.recall = lambda self, key: None  # pyright: ignore[reportAttributeAccessIssue]


def main() -> None:
    """Run the command that the arguments name, and exit as it does."""
    log, arguments = Path(sys.argv[1]), sys.argv[2:]
    if arguments[0] == "--forget-takes":
        arguments = arguments[1:]
        forget_takes()
    watch_engines()
    watch_ffmpeg()
    sys.argv = ["animedub", *arguments]
    from animedub import cli

    try:
        cli.main()
    finally:
        seconds = {name: round(covered(intervals), 3) for name, intervals in _busy.items()}
        everything = covered(interval for intervals in _busy.values() for interval in intervals)
        log.write_text(json.dumps(seconds | {"any": round(everything, 3)}), encoding="utf-8")


if __name__ == "__main__":
    main()
