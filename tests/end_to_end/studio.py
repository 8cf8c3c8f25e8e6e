"""A person at a terminal: the program as a user runs it, with folders and a server of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

PROJECT = Path(__file__).resolve().parents[2]
EP01, EP02 = PROJECT / "samples" / "ep01.mkv", PROJECT / "tests" / "data" / "ep02.mkv"
PROGRAM = (sys.executable, "-c", "from animedub.cli import main; main()")
LIMIT_S = 300


class Told(NamedTuple):
    """What the program said and returned."""

    code: int
    stdout: str
    stderr: str

    @property
    def object(self) -> dict[str, Any]:
        """The object that ``--json`` printed."""
        return json.loads(self.stdout)

    @property
    def performed(self) -> set[str]:
        """Names of the stages that were done and not found."""
        return {stage["stage"] for stage in self.object["stages"] if not stage["cached"]}

    @property
    def stages(self) -> set[str]:
        """Names of all stages of the run."""
        return {stage["stage"] for stage in self.object["stages"]}


@dataclass(frozen=True)
class Studio:
    """Folders of one user below ``home``, and the program run there."""

    home: Path
    models: Path
    prefix: Sequence[str] = ()  # put before the program's own command
    variables: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Path | None = None  # the store, when it is not in ``home``

    @property
    def store(self) -> Path:
        return self.elsewhere or self.home / "store"

    @cached_property
    def environment(self) -> dict[str, str]:
        """The caller's without its settings for this program, for Prefect and for where a user's files lie."""
        foreign = ("ANIMEDUB_", "PREFECT_", "XDG_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        folders = {"STORE": self.store, "STATE": self.home / "state", "MODELS": self.models}
        ours = {f"ANIMEDUB_{name}": str(folder) for name, folder in folders.items()}
        return {**inherited, "HOME": str(self.home), **ours, **self.variables}

    def with_store(self, store: Path) -> Self:
        """The same user with the same server, and another store."""
        return replace(self, elsewhere=store)

    def run(self, *arguments: str | Path, **options: Any) -> Told:
        """Run ``animedub ARGUMENTS`` to its end."""
        process = self.start(*arguments, **options)
        stdout, stderr = process.communicate(timeout=LIMIT_S)
        return Told(process.returncode, stdout, stderr)

    def start(self, *arguments: str | Path, **options: Any) -> "subprocess.Popen[str]":
        """Start ``animedub ARGUMENTS``."""
        command = [*self.prefix, *PROGRAM, *map(str, arguments)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=self.environment, **{"cwd": self.home, **pipes, **options})

    def dub(self, episode: Path, out: Path, *options: str | Path) -> Told:
        """Dub one episode; it must succeed."""
        told = self.run("dub", episode, "--out", out, "--json", *options)
        assert told.code == 0, f"{told.stdout}\n{told.stderr}"
        return told

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Stop the server in the end."""
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            yield self
        finally:
            self.run("server", "stop")


@dataclass(frozen=True)
class Dub:
    """A dubbed episode: where it lies, what was told of it, and what is true of its original."""

    studio: Studio
    episode: Path
    out: Path
    told: Told
    truth: dict[str, Any]

    @property
    def video(self) -> Path:
        return self.out / f"{self.episode.stem}.dub.mkv"

    @property
    def script_file(self) -> Path:
        return self.out / f"{self.episode.stem}.script.json"

    @cached_property
    def script(self) -> dict[str, Any]:
        return json.loads(self.script_file.read_text(encoding="utf-8"))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return self.script["lines"]

    @property
    def spoken(self) -> list[tuple[float, float]]:
        """When the actors of the original speak."""
        return [(line["start"], line["end"]) for line in self.truth["lines"]]

    @property
    def acted(self) -> list[tuple[float, float, str]]:
        """The same, and who."""
        return [(line["start"], line["end"], line["actor"]) for line in self.truth["lines"]]

    @property
    def claimed(self) -> list[tuple[float, float, str]]:
        """When and by whom the script says that each line is spoken in the original."""
        return [(line["span"]["start"], line["span"]["end"], line["speaker"]) for line in self.lines]


def truth_about(name: str) -> dict[str, Any]:
    """What is true of a sample."""
    return json.loads((PROJECT / "tests" / "data" / f"{name}.truth.json").read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def takes(store: Path) -> dict[str, str]:
    """What every line that was ever spoken into a store is remembered by, and the sound of it."""
    memos = (json.loads(path.read_text()) for path in (store / "memos").rglob("*.json"))
    return {memo["key"]: memo["artifact"]["sha256"] for memo in memos}


def until(condition: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    """Wait for something that the process does."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert process.poll() is None, f"it ended before: {process.communicate()}"
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)
