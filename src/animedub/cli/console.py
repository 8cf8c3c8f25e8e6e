"""What people see: progress on standard error, tables on standard output."""

import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rich import box
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from animedub.cli.estimate import Course, StageCourse
from animedub.progress import Progress, Silent

if TYPE_CHECKING:
    from animedub.model import DubResult

_BAR_WIDTH = 32
_REFRESHES_PER_SECOND = 5
_WIDTH_OF_FILES = 200  # columns: a file or a pipe has no edge, and a folded path cannot be used


class Board(Progress, AbstractContextManager["Board"], Protocol):
    """Progress that is shown for as long as the context lasts."""


@cache
def errors() -> Console:
    """The console on standard error; one for all, so that a log message lands above the bars, not in them."""
    return _console(stderr=True)


@cache
def output() -> Console:
    """The console on standard output."""
    return _console(stderr=False)


def board(*, quiet: bool = False) -> Board:
    """Progress for this terminal: bars, or plain lines where there is no terminal, or nothing."""
    if quiet:
        return Hidden()
    console = errors()
    return Bars(console) if console.is_terminal else PlainLines(console)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    return console


def say(console: Console, text: str, style: str = "") -> None:
    """Print one line, never wrapped, never read as markup."""
    console.print(Text(text, style=style), soft_wrap=True)


def clock(seconds: float | None) -> str:
    """Minutes and seconds, hours when there are any, ``-:--`` for what is not known.

    >>> clock(65.2), clock(3700), clock(None)
    ('1:05', '1:01:40', '-:--')
    """
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Hidden(Silent):
    """Progress that nobody looks at, as a context."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""


class PlainLines(Hidden):
    """One line on ``console`` for each stage that ends: for log files and pipes."""

    def __init__(self, console: Console) -> None:
        """Start the clock."""
        self._console = console
        self._course = Course()

    def begin(self, stage: str, units: float) -> None:
        """Note it."""
        self._course.begin(stage, units)

    def advance(self, stage: str, units: float) -> None:
        """Note it."""
        self._course.advance(stage, units)

    def end(self, stage: str, *, cached: bool) -> None:
        """Print the stage's line."""
        known = self._course.end(stage, cached=cached)
        now = time.monotonic()
        if cached:
            say(self._console, f"{stage:<10} cached")
            return
        left = self._course.left(now)
        rest = f", about {clock(left)} left" if left else ""
        say(self._console, f"{stage:<10} done in {known.elapsed(now):.1f} s{rest}")

    def warn(self, message: str) -> None:
        """Print the warning."""
        say(self._console, f"warning: {message}")


class Bars(Hidden):
    """One row for each stage, and one for the whole, drawn anew several times a second."""

    def __init__(self, console: Console) -> None:
        """Start the clock."""
        self._console = console
        self._course = Course()
        self._is_finished = False
        self._warned: set[str] = set()
        self._lock = threading.Lock()
        self._live = Live(
            console=console, get_renderable=self.draw, refresh_per_second=_REFRESHES_PER_SECOND, redirect_stdout=False
        )

    def __enter__(self) -> Self:
        """Show the rows."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the terminal."""
        self._is_finished = error is None
        self._live.stop()

    def begin(self, stage: str, units: float) -> None:
        """Add the stage's row."""
        self._course.begin(stage, units)

    def advance(self, stage: str, units: float) -> None:
        """Move the stage's bar."""
        self._course.advance(stage, units)

    def end(self, stage: str, *, cached: bool) -> None:
        """Fill the stage's bar."""
        self._course.end(stage, cached=cached)

    def warn(self, message: str) -> None:
        """Print the warning above the rows, once."""
        with self._lock:
            if message in self._warned:
                return
            self._warned.add(message)
        say(self._console, f"warning: {message}", "yellow")

    def draw(self) -> RenderableType:
        """The rows as they stand now."""
        now = time.monotonic()
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=10)
        table.add_column(width=_BAR_WIDTH)
        for _ in range(3):
            table.add_column(justify="right", no_wrap=True)
        table.add_row("", "", "", Text("elapsed", "dim"), Text("left", "dim"))
        for stage in self._course.stages:
            table.add_row(*_stage_row(stage, now))
        table.add_row(*self._whole_row(now))
        return table

    def _whole_row(self, now: float) -> Sequence[RenderableType]:
        label, elapsed = Text("whole", "bold"), clock(self._course.elapsed(now))
        if self._is_finished:  # with stages that were not needed
            return label, _bar(1.0, "bold green"), "100%", elapsed, Text("done", "green")
        done = self._course.fraction()
        return label, _bar(done, "bold cyan"), f"{done:.0%}", elapsed, clock(self._course.left(now))


def _stage_row(stage: StageCourse, now: float) -> Sequence[RenderableType]:
    if stage.cached:
        return Text(stage.stage, "dim"), _bar(1.0, "dim"), Text("cached", "dim"), "", ""
    ended = stage.ended is not None
    return (
        stage.stage,
        _bar(stage.fraction, "green" if ended else "cyan"),
        f"{stage.fraction:.0%}",
        clock(stage.elapsed(now)),
        Text("done", "green") if ended else clock(stage.left(now)),
    )


def _bar(fraction: float, style: str) -> ProgressBar:
    return ProgressBar(total=1.0, completed=fraction, width=_BAR_WIDTH, complete_style=style, finished_style=style)


def grid(*headings: str, right: Sequence[str] = (), folding: Sequence[str] = ()) -> Table:
    """An empty table with these columns: ``right`` are aligned to the right, ``folding`` give way when it is narrow."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        # Folded, not cut: a path or a command that ends in an ellipsis cannot be copied.
        justify = "right" if heading in right else "left"
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=heading not in folding)
    return table


def summary(result: "DubResult") -> Table:
    """What one dub gave, to be printed at its end."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    files = result.files
    for kind, path in (
        ("video", files.video),
        ("script", files.script),
        ("subtitles", files.subtitles),
        ("picture", files.picture),
    ):
        table.add_row(kind, shown(str(path)))
    table.add_section()
    table.add_row("length", clock(result.seconds))
    table.add_row("lines", str(result.lines))
    for label, (speaker, voice) in zip(["voices", *[""] * len(result.speakers)], result.speakers.items(), strict=False):
        table.add_row(label, Text(f"{speaker} → {voice}"))
    table.add_row("loudness", f"{result.lufs:.1f} LUFS, true peak {result.true_peak_db:.1f} dBTP")
    table.add_row("did not fit", Text(_unfit(result), "" if not result.unfit else "red"))
    for label, warning in zip(["warnings", *[""] * len(result.warnings)], result.warnings, strict=False):
        table.add_row(label, Text(warning, "yellow"))
    table.add_section()
    table.add_row("time", _time(result))
    table.add_row("cached", ", ".join(result.cached) or "nothing")
    return table


def shown(name: str) -> Text:
    """A file's name for a table: a newline in it would break the row, a bracket would be read as markup."""
    return Text("".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in name))


def _unfit(result: "DubResult") -> str:
    if not result.unfit:
        return "no line"
    shown = ", ".join(result.unfit[:8])
    return f"{len(result.unfit)}: {shown}" + (", …" if len(result.unfit) > 8 else "")


def _time(result: "DubResult") -> str:
    if result.elapsed is None or result.speed is None:
        return "-:--"
    elapsed = clock(result.elapsed) if result.elapsed >= 60 else f"{result.elapsed:.1f} s"
    return f"{elapsed}, {result.speed:.1f} × real time"
