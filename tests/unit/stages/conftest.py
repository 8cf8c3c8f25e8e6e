"""A store, and episodes made of signals that the tests choose."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from animedub.dsp.resample import resampled
from animedub.media.audio import write_sound
from animedub.model import Artifact, Sound, Soundtrack, Stems
from animedub.store import Store

HEARING_RATE = 16_000

Keep = Callable[..., Artifact]


class Watch:
    """Progress that adds up what it is told."""

    def __init__(self) -> None:
        self.units: dict[str, float] = {}
        self.done: dict[str, float] = {}
        self.warnings: list[str] = []

    def begin(self, stage: str, units: float) -> None:
        self.units[stage] = self.units.get(stage, 0) + units

    def advance(self, stage: str, units: float) -> None:
        self.done[stage] = self.done.get(stage, 0) + units

    def end(self, stage: str, *, cached: bool) -> None: ...

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keep(store: Store) -> Keep:
    """Put samples, shape ``(channels, n)`` or ``(n,)``, into the store as FLAC."""

    def kept(samples: NDArray[np.floating], rate: int = HEARING_RATE, subtype: str = "PCM_24") -> Artifact:
        with store.writing(".flac") as draft:
            write_sound(draft.path, Sound(np.asarray(samples, np.float32), rate), subtype=subtype)
        return draft.artifact

    return kept


@pytest.fixture
def soundtrack_of(keep: Keep) -> Callable[..., Soundtrack]:
    """The sound of an episode."""

    def made(samples: NDArray[np.floating], rate: int = 48_000) -> Soundtrack:
        sound = Sound(np.asarray(samples, np.float32), rate)
        return Soundtrack(
            mix=keep(sound.samples, rate),
            listening=keep(resampled(sound.mono, rate, HEARING_RATE)),
            track=0,
            rate=rate,
            channels=sound.channels,
            seconds=sound.seconds,
        )

    return made


@pytest.fixture
def stems_of(keep: Keep) -> Callable[..., Stems]:
    """Dialogue and bed of an episode."""

    def made(
        dialogue: NDArray[np.floating],
        bed: NDArray[np.floating] | None = None,
        rate: int = 48_000,
        speech: Sequence = (),
    ) -> Stems:
        voice = Sound(np.asarray(dialogue, np.float32), rate)
        return Stems(
            dialogue=keep(voice.samples, rate),
            bed=keep(np.zeros_like(voice.samples) if bed is None else bed, rate),
            listening=keep(resampled(voice.mono, rate, HEARING_RATE)),
            rate=rate,
            channels=voice.channels,
            seconds=voice.seconds,
            speech=tuple(speech),
        )

    return made
