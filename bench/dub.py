"""How long a dub takes, against the episode's length and against the same models without anything around them.

    python bench/dub.py                          the sample, from what is heard
    python bench/dub.py --length-minutes 25      an episode of usual length, the sample said over and over
    python bench/dub.py --episode 01.mkv --script subs

Everything is made in a folder that is removed in the end, with a server of its own; the models are the user's.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
SAMPLE = BENCH.parent / "samples" / "ep01.mkv"
GIB = 1 << 30
NEW_TEXT = "There is something that I have to tell you."


@dataclass
class Run:
    """What was seen of one program from outside."""

    name: str
    seconds: float
    cpu_seconds: float  # of all cores, without the server's
    peak_bytes: int  # resident, of all its processes and of the server together
    stdout: str
    busy: dict[str, float] = field(default_factory=dict)  # seconds in which models and ffmpeg were at work

    @property
    def stages(self) -> list[dict[str, Any]]:
        """What a dub told of its stages."""
        return json.loads(self.stdout).get("stages", [])

    @property
    def rest(self) -> float:
        """Share of the time in which neither a model nor ffmpeg was at work."""
        return 1 - self.busy["any"] / self.seconds if self.busy else 0.0


@dataclass(frozen=True)
class Place:
    """A folder to dub in, as a user's home."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The caller's, with store and state in this folder."""
        places = {f"ANIMEDUB_{name.upper()}": str(self.folder / name) for name in ("store", "state")}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return {**inherited, **places}

    def run(self, name: str, program: str, *arguments: str | Path) -> Run:
        """Run a Python program of this folder's, watching its memory."""
        command = [sys.executable, str(BENCH / program), *map(str, arguments)]
        errors = self.folder / f"{name}.stderr"
        with errors.open("wb") as stderr:
            began, used = time.monotonic(), _children_cpu()
            process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=stderr)
            peak = Peak(process.pid, self.folder / "state" / "server" / "server.json")
            stdout, _ = process.communicate()
            seconds = time.monotonic() - began
        if process.returncode != 0:
            raise SystemExit(f"{name} failed:\n{stdout.decode()}\n{errors.read_text(encoding='utf-8')}")
        return Run(name, seconds, _children_cpu() - used, peak.stop(), stdout.decode())

    def dub(self, name: str, episode: Path, script: str | Path, *options: str, forget_takes: bool = False) -> Run:
        """Dub the episode into a folder of its own."""
        log = self.folder / f"{name}.busy.json"
        arguments = ["dub", episode, "--out", self.folder / name, "--script", script, "--json", *options]
        run = self.run(name, "watched.py", log, *(["--forget-takes"] if forget_takes else []), *arguments)
        run.busy = json.loads(log.read_text(encoding="utf-8"))
        return run


class Peak:
    """The most memory that a process and all it started were seen to use, looked at five times a second."""

    def __init__(self, root: int, server: Path) -> None:
        """Begin to look; ``server`` is the file that tells the background server's process."""
        self._root, self._server, self._most = root, server, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Stop looking; bytes."""
        self._over.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._over.wait(0.2):
            self._most = max(self._most, sum(map(_resident, self._family())))

    def _family(self) -> set[int]:
        running = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        parents = {pid: _parent(pid) for pid in running}
        family = {self._root, *self._server_process()}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return family

    def _server_process(self) -> set[int]:
        try:
            return {json.loads(self._server.read_text(encoding="utf-8"))["pid"]}
        except (OSError, ValueError):
            return set()


def _children_cpu() -> float:
    """Seconds that all programs run so far, and those they ran and waited for, kept cores busy."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def lengthened(episode: Path, minutes: float, folder: Path) -> Path:
    """The episode said over and over until it lasts ``minutes``."""
    longer = folder / f"{episode.stem}-{minutes:g}min.mkv"
    turns = ceil(minutes * 60 / length_of(episode))
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-stream_loop",
        str(turns - 1),
        "-i",
        episode,
        "-map",
        "0:v",
        "-map",
    ]
    subprocess.run([*command, "0:a", "-c", "copy", "-t", str(minutes * 60), longer], check=True)
    return longer


def length_of(film: Path) -> float:
    """Seconds."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", film]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def edited(script: Path, out: Path) -> Path:
    """The script with one line, in the middle, that says something new."""
    content = json.loads(script.read_text(encoding="utf-8"))
    spoken = [line for line in content["lines"] if line["text"]]
    spoken[len(spoken) // 2]["text"] = NEW_TEXT
    out.write_text(json.dumps(content), encoding="utf-8")
    return out


def measure(episode: Path, script: str, place: Place, *, repeats_itself: bool) -> list[Run]:
    """Dub afresh, again, with one line edited, and in a straight line."""
    fresh = place.dub("fresh", episode, script, forget_takes=repeats_itself)
    repeat = place.dub("repeat", episode, script)
    changed = edited(place.folder / "fresh" / f"{episode.stem}.script.json", place.folder / "edited.json")
    edit = place.dub("edit", episode, changed)
    baseline = place.run("baseline", "straight_line.py", episode, place.folder / "baseline.mkv")
    return [fresh, repeat, edit, baseline]


def summary(runs: list[Run], seconds: float) -> dict[str, Any]:
    """The figures of all runs, for machines."""
    told = {
        run.name: {
            "seconds": round(run.seconds, 2),
            "of_length": round(run.seconds / seconds, 3),
            "cpu_seconds": round(run.cpu_seconds, 2),
            "peak_gib": round(run.peak_bytes / GIB, 2),
            **({"rest": round(run.rest, 3), "busy": run.busy} if run.busy else {}),
        }
        for run in runs
    }
    told["fresh"]["stages"] = {stage["stage"]: stage["seconds"] for stage in runs[0].stages}
    told["fresh"]["of_baseline"] = round(runs[0].seconds / runs[-1].seconds, 3)
    return {"length": round(seconds, 2), "cores": len(os.sched_getaffinity(0)), **told}


def print_table(figures: dict[str, Any]) -> None:
    """The same for people."""
    length = figures["length"]
    print(f"\n{length:.0f} s of episode on {figures['cores']} cores\n")
    print(f"{'stage':<14}{'seconds':>9}{'x length':>10}")
    for stage, seconds in figures["fresh"]["stages"].items():
        print(f"{stage:<14}{seconds:>9.2f}{seconds / length:>10.3f}")
    print(f"\n{'run':<14}{'seconds':>9}{'x length':>10}{'CPU s':>9}{'peak GiB':>10}{'neither model nor ffmpeg':>26}")
    for name in ("fresh", "repeat", "edit", "baseline"):
        run = figures[name]
        rest = f"{run['rest']:.1%}" if "rest" in run else ""
        whole = f"{run['seconds']:>9.2f}{run['of_length']:>10.3f}{run['cpu_seconds']:>9.2f}"
        print(f"{name:<14}{whole}{run['peak_gib']:>10.2f}{rest:>26}")
    print(f"\nfresh / baseline: {figures['fresh']['of_baseline']:.2f}")


def main() -> None:
    """Measure what the arguments ask for and print it."""
    parser = argparse.ArgumentParser(description="How long a dub takes.")
    parser.add_argument("--episode", type=Path, default=SAMPLE)
    parser.add_argument("--script", default="asr", help="as for animedub dub")
    parser.add_argument("--length-minutes", type=float, help="make the episode so long by repeating it")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="animedub-bench-") as folder:
        place, episode = Place(Path(folder)), asked.episode.absolute()
        if asked.length_minutes:
            episode = lengthened(episode, asked.length_minutes, place.folder)
        try:
            runs = measure(episode, asked.script, place, repeats_itself=bool(asked.length_minutes))
        finally:
            place.run("stop", "watched.py", place.folder / "stop.json", "server", "stop")
        figures = summary(runs, length_of(episode))
    print(json.dumps(figures)) if asked.json else print_table(figures)


if __name__ == "__main__":
    main()
