"""A dub in three stages, small enough to run in a test; also a program, so that a test can kill it.

usage: little_dub.py EPISODE STORE [--gain G] [--pause SECONDS]
"""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

from prefect import flow

from animedub.model import Artifact, MixOptions, Span, Take
from animedub.store import Store
from tasks.policy import stage


@dataclass(frozen=True)
class Heard:
    """Progress that remembers: ``+stage`` begun, ``-stage`` done, ``=stage`` found."""

    said: list[str] = field(default_factory=list)

    def begin(self, stage: str, units: float) -> None:
        self.said.append(f"+{stage}")

    def advance(self, stage: str, units: float) -> None: ...

    def end(self, stage: str, *, cached: bool) -> None:
        self.said.append(f"={stage}" if cached else f"-{stage}")

    def warn(self, message: str) -> None: ...


@dataclass(frozen=True)
class SmallRig:
    store: Store
    progress: Heard = field(default_factory=Heard)
    refresh: frozenset[str] = frozenset()
    use_cache: bool = True
    pause: float = 0.0

    def note(self, text: str) -> None:
        """Write down, for any process to read, which stage was really performed."""
        with (self.store.root.parent / "performed").open("a") as log:
            log.write(f"{text}\n")


@stage(name="extract", version=1)
def extract(episode: Artifact, *, rig: SmallRig) -> Artifact:
    rig.note("extract")
    with rig.store.writing(".wav") as draft:
        draft.path.write_bytes(b"sound of " + rig.store.path(episode).read_bytes())
    return draft.artifact


@stage(name="perform", version=1)
def perform(sound: Artifact, lines: tuple[str, ...], *, rig: SmallRig) -> tuple[Take, ...]:
    rig.note("perform")
    takes = []
    for line in lines:
        with rig.store.writing(".wav") as draft:
            draft.path.write_bytes(line.encode())
            time.sleep(rig.pause)
        takes.append(Take(line=line, sound=draft.artifact, seconds=0.1 + 0.2))
    return tuple(takes)


@stage(name="mix", version=1)
def mix(sound: Artifact, takes: tuple[Take, ...], options: MixOptions, spans: list[Span], *, rig: SmallRig) -> Artifact:
    rig.note("mix")
    with rig.store.writing(".wav") as draft:
        parts = [rig.store.path(take.sound).read_bytes() for take in takes]
        draft.path.write_bytes(b"+".join([rig.store.path(sound).read_bytes(), *parts, repr(options).encode()]))
    return draft.artifact


@flow(name="little-dub")
def little_dub(episode: Path, gain: float = -16.0) -> Artifact:
    rig = RIG[-1]
    sound = extract(rig.store.adopt_external(episode), rig=rig)
    takes = perform.submit(sound, ("hello", "world"), rig=rig)
    return mix(sound, takes, MixOptions(target_lufs=gain), [Span(start=0, end=1)], rig=rig)  # pyright: ignore[reportArgumentType]


RIG: list[SmallRig] = []
"""The rig of the run in progress: a flow's parameters are shown to the server, and a rig is none of its business."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("episode", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("--gain", type=float, default=-16.0)
    parser.add_argument("--pause", type=float, default=0.0)
    asked = parser.parse_args()
    RIG.append(SmallRig(Store(asked.store), pause=asked.pause))
    little_dub(asked.episode, asked.gain)


if __name__ == "__main__":
    main()
