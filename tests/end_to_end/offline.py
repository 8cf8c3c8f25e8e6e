"""A place without network.

Every step that Python takes towards a network is written down, and where the kernel permits it there is no interface
but the loopback, for ffmpeg and the libraries that compute as well.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.end_to_end.studio import Studio

WATCH = Path(__file__).parent / "watch"
SOCKETS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

HOLD = """
import fcntl, socket, struct, sys
with socket.socket() as some:
    fcntl.ioctl(some, 0x8914, struct.pack("16sh", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
print("ready", flush=True)
sys.stdin.read()
"""
"""Brings up the loopback of a new network and keeps that network until it is told to end."""

WAYS = ((["unshare", "-n"], ["-n"]), (["unshare", "-rn"], ["-U", "-n", "--preserve-credentials"]))
"""How to get away from the network, and how others enter there: as root, and as anybody where that is permitted."""


@dataclass(frozen=True)
class Step:
    """One thing that a process did: an audit event of Python and its arguments, as text."""

    event: str
    about: tuple[str, ...]

    @property
    def leaves(self) -> bool:
        """Whether it is about a network address that is not this machine's own."""
        if self.event not in SOCKETS:
            return False
        host = next((text for text in self.about if text), "")
        return not (host in LOOPBACK or host.startswith("/"))  # a path: a socket in the file system


@dataclass(frozen=True)
class Hermitage:
    """A user without network, and the log of what was tried."""

    studio: Studio
    log: Path

    @classmethod
    @contextmanager
    def at(cls, home: Path, models: Path) -> Iterator[Self]:
        """A hermitage in ``home``; the server inside it stops in the end."""
        log = home / "watched"
        variables = {"WATCH_LOG": str(log), "PYTHONPATH": str(WATCH)}
        with no_network() as enter, Studio(home, models, enter, variables).serving() as studio:
            yield cls(studio, log)

    def steps(self) -> list[Step]:
        """What was done so far."""
        records: list[dict[str, Any]] = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [Step(record["event"], tuple(record["about"])) for record in records]


@contextmanager
def no_network() -> Iterator[Sequence[str]]:
    """What to put before a command so that it runs without network; nothing where the kernel permits no such place."""
    for away, entrance in WAYS:
        holder = subprocess.Popen(
            [*away, sys.executable, "-c", HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            if holder.stdout.readline() == b"ready\n":
                yield ["nsenter", "-t", str(holder.pid), *entrance]
                return
        finally:
            holder.stdin.close()
            holder.stdout.close()
            holder.wait(timeout=10)
    yield []
