"""What can go wrong, said in one line that names the remedy.

Every error a user can meet derives from :class:`DubError`. Its message is one sentence for that user; the cause, when
there is one, is chained with ``raise ... from``. ``exit_code`` is what the command line returns for it.
"""

from typing import ClassVar


class DubError(Exception):
    """The root of every error of this package."""

    exit_code: ClassVar[int] = 1


class InputError(DubError):
    """The episode, the script or an option cannot be used as it is."""

    exit_code = 2


class OutputError(DubError):
    """The result cannot be written where it was asked for."""

    exit_code = 3


class MissingError(DubError):
    """A program, package or model that is needed is not installed; the message holds the command that installs it."""

    exit_code = 4


class MediaError(DubError):
    """ffmpeg or ffprobe failed on a file."""

    exit_code = 5


class StoreError(DubError):
    """The store is damaged, full or not writable."""

    exit_code = 6


class ArtifactMissing(StoreError):
    """An artifact's file is gone or no longer has the content its name promises."""


class ServerError(DubError):
    """The workflow server does not answer; the message names its log."""

    exit_code = 7
