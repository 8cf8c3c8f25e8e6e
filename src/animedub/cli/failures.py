"""What the command line says, and returns, when something goes wrong."""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import typer
from typer.core import TyperGroup

from animedub.cli.log import log_file
from animedub.errors import DubError

INTERRUPTED = 130
UNEXPECTED = 70

EXIT_CODES = {
    0: "all went well",
    1: "the dub failed",
    2: "the episode, the script or an option cannot be used",
    3: "the result cannot be written",
    4: "a program, package or model is missing",
    5: "ffmpeg failed on a file",
    6: "the store is damaged, full or not writable",
    7: "the workflow server does not answer",
    UNEXPECTED: "something unexpected; the message names the log",
    INTERRUPTED: "interrupted",
}
"""Exit code -> meaning."""

_logger = logging.getLogger("animedub.cli")
_T = TypeVar("_T")


class Failure(NamedTuple):
    """What is told of an error."""

    type: str
    message: str  # one line
    exit_code: int

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {"error": self._asdict()}


def attempt(work: Callable[[], _T]) -> _T | Failure:
    """What ``work`` returns, or its failure. Only for the outermost doors: behind them nothing relies on the work."""
    try:
        return work()
    except typer.Abort:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one line and the log the rest
        return failure(error)


def failure(error: Exception) -> Failure:
    """What to tell of ``error``; its details go to the log."""
    if isinstance(error, DubError):
        _logger.info("%s", error, exc_info=error)
        return Failure(type(error).__name__, _one_line(error), error.exit_code)
    if hasattr(error, "format_message"):  # typer's own: an option that does not exist, a value that does not fit
        return Failure("UsageError", error.format_message(), getattr(error, "exit_code", 2))  # pyright: ignore
    _logger.error("unexpected: %s", error, exc_info=error)
    where = log_file()
    details = f" (details in {where})" if where else ""
    return Failure(type(error).__name__, f"unexpected {type(error).__name__}: {_one_line(error)}{details}", UNEXPECTED)


def report(told: Failure, *, as_json: bool) -> None:
    """Tell a failure: one line on standard error, or one JSON object on standard output."""
    if as_json:
        typer.echo(json.dumps(told.as_json(), ensure_ascii=False))
    else:
        typer.echo(f"animedub: {told.message}", err=True)


class Commands(TyperGroup):
    """The commands, run so that every error ends in one line and an exit code that means something."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run the command that ``args`` (by default the process's own arguments) name, and exit."""
        arguments = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        as_json = _asks_json(arguments)
        run = super().main
        try:
            outcome = attempt(lambda: run(arguments, *rest, **extra))
        except (typer.Abort, KeyboardInterrupt):
            outcome = INTERRUPTED
        if outcome == INTERRUPTED:  # typer itself makes a code of most interrupts
            outcome = Failure("Interrupted", "interrupted", INTERRUPTED)
        if isinstance(outcome, Failure):
            report(outcome, as_json=as_json)
            sys.exit(outcome.exit_code)
        sys.exit(outcome if isinstance(outcome, int) else 0)


def _asks_json(arguments: list[str]) -> bool:
    # Read off the arguments themselves, because an error in another option comes before any option is known.
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
