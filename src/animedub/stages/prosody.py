"""How the original actors say their lines."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np

from animedub.dsp.prosody import measure_prosody
from animedub.media.audio import SoundReader
from animedub.model import Prosody, Script, Sound, Span, Stems
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
STAGE = "prosody"

SHORTEST_S = 0.05
"""Less sound than this has no prosody."""


def measure(
    spans: Sequence[Span], stems: Stems, *, store: Store, progress: Progress, threads: int = 1
) -> tuple[Prosody | None, ...]:
    """The prosody of each span of the separated dialogue; None where it is silent."""
    progress.begin(STAGE, len(spans))
    reading = Lock()
    with (
        SoundReader(store.path(stems.dialogue)) as stereo,
        SoundReader(store.path(stems.listening)) as mono,
        ThreadPoolExecutor(threads) as pool,
    ):

        def measured(span: Span) -> Prosody | None:
            with reading:
                heard, placed = mono.read(span), stereo.read(span)
            progress.advance(STAGE, 1)
            return _prosody(heard, placed)

        return tuple(pool.map(measured, spans))


def with_prosody(script: Script, measured: Sequence[Prosody | None]) -> Script:
    """The script with the prosody of each of its lines."""
    lines = zip(script.lines, measured, strict=True)
    return script.with_lines([line.model_copy(update={"prosody": prosody}) for line, prosody in lines])


def _prosody(heard: Sound, placed: Sound) -> Prosody | None:
    if heard.seconds < SHORTEST_S or not np.any(heard.samples):
        return None
    return measure_prosody(heard.mono, heard.rate, balance=_balance(placed))


def _balance(sound: Sound) -> float:
    """-1 when all is left, 1 when all is right, from the levels of two channels; 0 for mono and surround."""
    if sound.channels != 2:
        return 0.0
    left, right = np.sqrt((sound.samples.astype(np.float64) ** 2).mean(axis=1))
    return round(float((right - left) / (right + left)), 3) if left + right > 0 else 0.0
