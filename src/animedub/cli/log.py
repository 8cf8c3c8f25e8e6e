"""The log file of the command line: the details that have no place on a terminal."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_MEGABYTE = 1_000_000
_CHATTY = ("httpx", "httpcore", "numba", "matplotlib", "fsspec", "asyncio")


def write_log(folder: Path, *, verbose: bool = False) -> None:
    """Write everything that is logged to ``folder/animedub.log`` (five files of 2 MB at most), and nothing elsewhere.

    With ``verbose`` this package's own messages go to standard error too. A folder that cannot be written is passed
    over: a log that fails must not keep anybody from dubbing.

    The handler sits on the root logger, formatted, before the workflow is imported: Prefect finds it there and leaves
    the terminal alone.
    """
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if getattr(handler, "of_animedub", False)]:
        root.removeHandler(old)
        old.close()
    handlers: list[logging.Handler] = [_file_handler(folder)]
    if verbose:
        handlers.append(_terminal_handler())
    for handler in handlers:
        handler.of_animedub = True  # pyright: ignore[reportAttributeAccessIssue]
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("animedub").setLevel(logging.DEBUG)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def log_file() -> Path | None:
    """The file that is written to, None when there is none."""
    files = [handler for handler in logging.getLogger().handlers if isinstance(handler, RotatingFileHandler)]
    return Path(files[-1].baseFilename) if files else None


def _file_handler(folder: Path) -> logging.Handler:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / "animedub.log", maxBytes=2 * _MEGABYTE, backupCount=4, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler


def _terminal_handler() -> logging.Handler:
    from rich.logging import RichHandler

    from animedub.cli.console import errors

    handler = RichHandler(console=errors(), show_path=False, markup=False)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(logging.Filter("animedub"))
    return handler
