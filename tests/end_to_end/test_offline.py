"""Nothing leaves the machine while an episode is dubbed from the first stage to the last."""

import subprocess
import sys

import pytest

from tests.end_to_end.offline import Hermitage, Step
from tests.end_to_end.studio import Dub

# An address for documentation (RFC 5737): nobody answers there.
TRESPASS = """
import socket
for attempt in (
    lambda: socket.create_connection(("192.0.2.1", 80), timeout=0.1),
    lambda: socket.getaddrinfo("example.invalid", 443),
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"hello", ("192.0.2.1", 53)),
):
    try:
        attempt()
    except OSError:
        pass
"""


def test_no_step_towards_a_network(hermitage: Hermitage, ep02: Dub):
    steps = hermitage.steps()
    assert {"ingest", "separate", "transcribe", "synthesize", "mux"} <= ep02.told.performed
    assert any(step.event == "socket.connect" for step in steps), "not even the server was spoken to"
    assert [step for step in steps if step.leaves] == []


def test_ffmpeg_is_given_files_only(hermitage: Hermitage, ep02: Dub):
    commands = [step.about for step in hermitage.steps() if step.event == "subprocess.Popen"]
    media = [command for command in commands if command[0].endswith(("ffmpeg", "ffprobe"))]
    opened = [(command, place) for command in media for place, part in enumerate(command) if part == "-i"]
    assert opened
    for command, place in opened:
        assert command[place + 1].startswith(("file:", "pipe:"))
        assert command[command.index("-protocol_whitelist") + 1] == "file,pipe"
        assert "-format_whitelist" in command[:place]


def test_the_watch_sees_who_leaves(hermitage: Hermitage, ep02: Dub):
    """The log is no proof unless it would show what it must not show."""
    watched = {**hermitage.studio.environment, "WATCH_LOG": str(hermitage.log.with_name("trespass"))}
    subprocess.run([*hermitage.studio.prefix, sys.executable, "-c", TRESPASS], env=watched, check=True, timeout=60)
    seen = Hermitage(hermitage.studio, hermitage.log.with_name("trespass")).steps()
    told = {(step.event, step.about[0]) for step in seen if step.leaves}
    assert {
        ("socket.connect", "192.0.2.1"),
        ("socket.getaddrinfo", "example.invalid"),
        ("socket.sendto", "192.0.2.1"),
    } <= told


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "/run/some.sock", ""])
def test_the_machine_itself_is_no_network(host: str):
    leaves = Step("socket.connect", (host,)).leaves
    assert leaves is (host == "")
