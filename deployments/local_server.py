"""The workflow server: the one the user names, else one of our own that is started once and found again.

An embedded server for each run would cost nine seconds every time and forget most of what happened. This module imports
nothing of Prefect: a server is asked for first (:func:`begin`), Prefect and the models are loaded while it starts.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from animedub.errors import ServerError, StoreError

SERVER_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    "PREFECT_CLI_COLORS": "false",
    # Digesting the events of a task run takes a third of the time in batches.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
    # A limit that a killed run held comes free after its lease, also when the server was started anew.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}

START_SECONDS = 120.0
"""How long a server may take until it answers: 4-14 s were measured on two cores, 29 s on busy ones."""

_ATTEMPTS = 3  # another program may take the free port before the server binds it


@dataclass(frozen=True)
class ServerStatus:
    """Our background server as its state file describes it; ``healthy`` says whether it answers."""

    url: str
    pid: int
    born: str
    version: str
    log: str
    healthy: bool = False


def named_api(environment: Mapping[str, str] | None = None) -> str | None:
    """The API that the user's environment or active Prefect profile names, if any."""
    environment = os.environ if environment is None else environment
    if url := environment.get("PREFECT_API_URL"):
        return url
    home = Path(environment.get("PREFECT_HOME") or "~/.prefect").expanduser()
    profiles = Path(environment.get("PREFECT_PROFILES_PATH") or home / "profiles.toml").expanduser()
    try:
        known = tomllib.loads(profiles.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    active = environment.get("PREFECT_PROFILE") or known.get("active")
    return known.get("profiles", {}).get(active, {}).get("PREFECT_API_URL") or None


class Starting:
    """A server that was asked for; :meth:`wait` until it answers."""

    def __init__(self, state: Path, url: str | None = None) -> None:
        """``url`` is the API that the user named; without it there is a background server under ``state``."""
        self._house, self._url = _House(state), url
        if url is None:
            self._server, self._child = self._house.find_or_start()

    def wait(self, seconds: float = START_SECONDS) -> str:
        """The URL of the API, once it answers.

        Raises:
            ServerError: it does not answer in time, or it died; the message names its log.
        """
        if self._url is not None:
            return self._url
        end, attempts = time.monotonic() + seconds, _ATTEMPTS
        while not _answers(self._server.url):
            if not _is_alive(self._server, self._child):
                attempts -= 1
                if attempts == 0:
                    raise ServerError(f"the local Prefect server stopped while it started: see {self._server.log}")
                self._server, self._child = self._house.find_or_start()
            if time.monotonic() > end:
                raise ServerError(
                    f"the local Prefect server did not answer within {seconds:.0f} s: see {self._server.log}, "
                    "or set PREFECT_API_URL to a server that runs"
                )
            time.sleep(0.1)
        return self._server.url


def begin(state: Path) -> Starting:
    """Ask for the API, starting a server under ``state`` unless there is one; does not wait for it.

    Raises:
        StoreError: ``state`` cannot be written.
    """
    return Starting(state, named_api())


@contextmanager
def api(state: Path) -> Iterator[str]:
    """The API, ready; flows called inside the block report to it.

    Raises:
        ServerError: the server does not come up.
        StoreError: ``state`` cannot be written.
    """
    with connected(begin(state).wait()) as url:
        yield url


@contextmanager
def connected(url: str) -> Iterator[str]:
    """Let Prefect, in this process and in those it starts, talk to the API at ``url``."""
    before = {name: os.environ.get(name) for name in ("PREFECT_API_URL", "DO_NOT_TRACK")}
    os.environ.update(PREFECT_API_URL=url, DO_NOT_TRACK="1")
    try:
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: url}):
            yield url
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def server_status(state: Path) -> ServerStatus | None:
    """Our background server; None when none runs."""
    server = _House(state).running()
    return None if server is None else ServerStatus(**{**asdict(server), "healthy": _answers(server.url)})


def stop_server(state: Path, *, seconds: float = 15.0) -> bool:
    """Stop our background server; False when none runs. Runs that report to it fail to report from then on."""
    house = _House(state)
    with house.lock():
        if (server := house.running()) is None:
            return False
        house.stop(server, seconds)
        return True


class _House:
    """The folder of the background server: its state file, its log, its database."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "server"
        self.record = self.folder / "server.json"
        self.log = self.folder / "server.log"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be written ({error.strerror}): set ANIMEDUB_STATE to a folder of yours"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def running(self) -> ServerStatus | None:
        """The server of the state file, if that process is alive and still the one we started."""
        try:
            server = ServerStatus(**json.loads(self.record.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return server if _born(server.pid) == server.born else None

    def find_or_start(self) -> tuple[ServerStatus, "subprocess.Popen[bytes] | None"]:
        with self.lock():
            server = self.running()
            if server is not None and server.version == version("prefect"):
                return server, None
            if server is not None:  # its database moves on with the version: two must not share it
                self.stop(server, 15.0)
            return self._start()

    def _start(self) -> tuple[ServerStatus, "subprocess.Popen[bytes]"]:
        port = _free_port()
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
                env=self._environment(),
                cwd=self.folder,  # so that no settings file of the caller's folder is read
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # outlives us, and our Ctrl-C
            )
        server = ServerStatus(
            url=f"http://127.0.0.1:{port}/api",
            pid=child.pid,
            born=_born(child.pid) or "",
            version=version("prefect"),
            log=str(self.log),
        )
        draft = self.record.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(server)), encoding="utf-8")
        draft.replace(self.record)
        return server, child

    def _environment(self) -> dict[str, str]:
        """The caller's environment without its Prefect settings, which could name another database."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return {**inherited, **SERVER_SETTINGS, "PREFECT_HOME": str(self.folder / "prefect")}

    def stop(self, server: ServerStatus, seconds: float) -> None:
        end = time.monotonic() + seconds
        _signal_group(server.pid, signal.SIGTERM)
        while _born(server.pid) == server.born:
            if time.monotonic() > end:
                _signal_group(server.pid, signal.SIGKILL)
                break
            time.sleep(0.05)
        self.record.unlink(missing_ok=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url: str) -> bool:
    """Whether the API is healthy. Never by way of a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health", timeout=2.0) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _is_alive(server: ServerStatus, child: "subprocess.Popen[bytes] | None") -> bool:
    return _born(server.pid) == server.born if child is None else child.poll() is None


def _born(pid: int) -> str | None:
    """When a process started, in clock ticks since the computer did (pids are used again); None when it is dead."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if state in {"Z", "X"} else fields[18]


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
