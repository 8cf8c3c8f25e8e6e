"""Python imports this by itself when its folder is on ``PYTHONPATH``: it writes down what a process does with sockets
and which programs it starts, one JSON object a line, into the file that ``WATCH_LOG`` names."""

import json
import os
import sys
from typing import Any

_SOCKETS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")


def _host(event: str, arguments: tuple[Any, ...]) -> list[str]:
    """The host, or for a socket in the file system its path."""
    place = arguments[0] if event in ("socket.getaddrinfo", "socket.gethostbyname") else arguments[1]
    if isinstance(place, tuple):
        place = place[0]
    return [] if place is None else [os.fsdecode(place)]


def _watch(path: str) -> None:
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def write_down(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _SOCKETS:
            about = _host(event, arguments)
        elif event == "subprocess.Popen":
            about = [os.fsdecode(part) for part in arguments[1]]
        else:
            return
        os.write(log, (json.dumps({"event": event, "about": about}) + "\n").encode())

    sys.addaudithook(write_down)


if path := os.environ.get("WATCH_LOG"):
    _watch(path)
