"""The only door to ffmpeg and ffprobe.

Programs get argument lists, never a shell line, and run in their own process group under a deadline: whatever happens,
nothing is left running. What they may open is closed twice: by protocol (local files and pipes) and by demuxer
(containers of one file), so that a playlist, an SDP or a concat script with a film's name is refused, never followed.
"""

import logging
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from animedub.errors import MediaError, MissingError, OutputError

log = logging.getLogger(__name__)

CONTAINERS = (
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,rm,mxf,nut,"
    "wav,w64,flac,mp3,aac,ac3,eac3,dts,truehd,aiff,caf"
)
"""Demuxers that read one file and follow nothing: no hls, dash, concat, sdp, image2, lavfi."""

SAFE_INPUT = {"protocol_whitelist": "file,pipe", "format_whitelist": CONTAINERS}
"""Input options that every file of unknown origin is opened with."""

TAIL_BYTES = 16_384
NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large", "Read-only file system")


def url(path: Path) -> str:
    """The one spelling of a path that ffmpeg cannot mistake for an option, a protocol or a pattern.

    >>> url(Path("/films/-i %d: 1.mkv"))
    'file:/films/-i %d: 1.mkv'
    """
    return f"file:{path.absolute()}"


def source(path: Path, *options: str) -> list[str]:
    """Arguments that open a file of unknown origin; ``options`` are further input options."""
    guards = [part for key, value in SAFE_INPUT.items() for part in (f"-{key}", value)]
    return [*guards, *options, "-i", url(path)]


def own(path: Path, demuxer: str, *options: str) -> list[str]:
    """Arguments that open a file we made ourselves, as exactly this format."""
    guards = ["-protocol_whitelist", "file,pipe", "-format_whitelist", demuxer, "-f", demuxer]
    return [*guards, *options, "-i", url(path)]


def allowance_s(media_seconds: float) -> float:
    """How long a pass over ``media_seconds`` of film may take before it counts as stuck, in seconds."""
    return 120.0 + 2.0 * media_seconds


def ffprobe(arguments: Sequence[str], *, timeout_s: float = 60.0) -> bytes:
    """Run ffprobe and give back what it printed.

    Raises:
        MissingError: ffprobe is not installed.
        MediaError: it failed or took too long; the message ends with its own last line.
    """
    command = [_program("ffprobe"), "-hide_banner", "-loglevel", "error", *arguments]
    printed: list[bytes] = []
    _supervise(command, timeout_s, printed.append)
    return b"".join(printed)


def ffmpeg(arguments: Sequence[str], *, timeout_s: float, on_seconds: Callable[[float], None] | None = None) -> None:
    """Run ffmpeg; output files that exist are overwritten.

    Args:
        arguments: inputs (made by :func:`source` or :func:`own`), options and outputs (made by :func:`url`).
        timeout_s: the process group is killed after this many seconds.
        on_seconds: hears, about twice a second, up to which second of the output the work is.

    Raises:
        MissingError: ffmpeg is not installed.
        OutputError: the disk is full or not writable.
        MediaError: it failed or took too long; the message ends with its own last line.
    """
    command = [_program("ffmpeg"), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    if on_seconds is not None:
        command += ["-progress", "pipe:1", "-stats_period", "0.5"]
    _supervise([*command, *arguments], timeout_s, _progress_reader(on_seconds))


def report(arguments: Sequence[str], *, timeout_s: float) -> str:
    """Run ffmpeg for what its filters print at the end.

    Raises:
        MissingError: ffmpeg is not installed.
        MediaError: it failed or took too long.
    """
    command = [_program("ffmpeg"), "-nostdin", "-hide_banner", "-nostats", "-loglevel", "info", *arguments]
    return _supervise(command, timeout_s, lambda _: None)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MissingError(f"{name} is not installed; install it with: sudo apt-get install ffmpeg")
    return found


def _progress_reader(on_seconds: Callable[[float], None] | None) -> Callable[[bytes], None]:
    rest = bytearray()

    def read(block: bytes) -> None:
        rest.extend(block)
        *lines, last = rest.split(b"\n")
        rest[:] = last
        for line in lines:
            key, _, value = line.partition(b"=")
            if on_seconds is not None and key == b"out_time_us" and value.strip().lstrip(b"-").isdigit():
                on_seconds(max(0.0, int(value) / 1e6))

    return read


def _supervise(command: list[str], timeout_s: float, on_stdout: Callable[[bytes], None]) -> str:
    """Run a program to its end; the end of what it wrote to stderr."""
    log.debug("running %s", command)
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        tail = _attend(process, time.monotonic() + timeout_s, on_stdout)
    except subprocess.TimeoutExpired as error:
        raise MediaError(f"{Path(command[0]).name} did not finish within {timeout_s:.0f} s and was stopped") from error
    finally:
        _end(process)
    if process.returncode != 0 or any(reason in tail for reason in NO_ROOM):
        raise _failure(command, process.returncode, tail)
    return tail


def _attend(process: subprocess.Popen[bytes], deadline: float, on_stdout: Callable[[bytes], None]) -> str:
    """Read both outputs until they close; the last ``TAIL_BYTES`` of stderr."""
    tail = bytearray()
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(_left(process, deadline))
            for key, _ in ready:
                block = os.read(key.fd, 65_536)
                if not block:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    on_stdout(block)
                else:
                    tail = (tail + block)[-TAIL_BYTES:]
    process.wait(_left(process, deadline))
    return tail.decode(errors="replace")


def _left(process: subprocess.Popen[bytes], deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise subprocess.TimeoutExpired(process.args, 0)
    return left


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _failure(command: list[str], returncode: int, tail: str) -> MediaError | OutputError:
    log.debug("%s ended with %d: %s", command[0], returncode, tail)
    for reason in NO_ROOM:
        if reason in tail:
            return OutputError(f"the result cannot be written: {reason.lower()}; make room or choose another folder")
    if returncode == -signal.SIGXFSZ:
        return OutputError("the result cannot be written: it is larger than this account may write; raise ulimit -f")
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    said = lines[-1] if lines else f"no message, exit status {returncode}"
    return MediaError(f"{Path(command[0]).name} failed: {said}")
