"""Files for the user: there whole, or not there at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from animedub.errors import OutputError

PREFIX = ".animedub-"
"""How the names of unfinished files begin; one that is found later was left by a killed process and may be deleted."""


@contextmanager
def delivered(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A hidden path beside ``target`` to write to; it takes the name of ``target`` when the block ends well.

    When the block fails nothing is left behind and a file of that name is what it was before.

    Raises:
        OutputError: the file exists and may not be overwritten, or the folder cannot be written to.
    """
    _check_free(target, overwrite)
    draft = _draft_beside(target)
    try:
        yield draft
        _settle(draft, target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def ready_for(target: Path, *, overwrite: bool = False) -> None:
    """Make the folder of ``target`` and see that a file can be written there; writes nothing that stays.

    Raises:
        OutputError: as :func:`delivered`.
    """
    _check_free(target, overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(target.parent, error) from error
    _draft_beside(target).unlink()


def _check_free(target: Path, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(target):
        raise OutputError(f"{str(target)!r} exists already; add --overwrite to replace it or choose another --out")


def _draft_beside(target: Path) -> Path:
    """A new, empty, hidden file in the folder of ``target``."""
    draft = target.parent / f"{PREFIX}{secrets.token_hex(8)}{target.suffix}"
    try:
        draft.touch(exist_ok=False)
    except OSError as error:
        raise _unwritable(target.parent, error) from error
    return draft


def _settle(draft: Path, target: Path) -> None:
    try:
        with draft.open("rb") as file:
            os.fsync(file.fileno())  # some file systems report a full disk only now
        draft.replace(target)
    except OSError as error:
        raise _unwritable(target.parent, error) from error


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot write into {str(folder)!r}: {error.strerror}; choose another folder with --out")
