"""Who says each line."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from animedub.engines.protocols import HEARING_RATE, SpeakerEncoder
from animedub.media.audio import SoundReader
from animedub.model import Line, Script, Span, Stems
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
STAGE = "diarize"

SAME_SPEAKER = 0.55
"""Mean cosine similarity above which two groups of lines belong to one speaker.

Whole acted lines of one speaker lie at .57 to .90, of two speakers at .30 to .56.
"""

LONG_ENOUGH_S = 0.9
"""Shorter lines say too little to found a speaker: they join the nearest one."""

Embeddings = NDArray[np.float32]


def hear_voices(
    spans: Sequence[Span], stems: Stems, *, engine: SpeakerEncoder, store: Store, progress: Progress
) -> tuple[int, ...]:
    """Number of the voice that speaks in each span; equal numbers, equal voices."""
    progress.begin(STAGE, len(spans))
    vectors = []
    with SoundReader(store.path(stems.listening)) as sound:
        for span in spans:
            wave = sound.read(span).mono
            vectors.append(engine.embed(wave if len(wave) else np.zeros(HEARING_RATE // 4, np.float32)))
            progress.advance(STAGE, 1)
    return tuple(group_by_voice(np.array(vectors), np.array([span.seconds for span in spans])))


def with_speakers(script: Script, groups: Sequence[int], producer: str) -> Script:
    """The script with a speaker for each line that has none.

    Speakers found by ear are called "Speaker 1", "Speaker 2" ... in order of their first line. A line without a name in
    an otherwise named script goes to the named speaker whose voice it has, if there is one.

    Args:
        script: any lines.
        groups: number of the voice of each line.
        producer: who heard it.
    """
    names = _names(script.lines, groups)
    return script.with_lines(
        [
            line.model_copy(
                update={
                    "speaker": line.speaker or names[group],
                    "produced_by": line.produced_by if line.speaker else {**line.produced_by, "speaker": producer},
                }
            )
            for line, group in zip(script.lines, groups, strict=True)
        ]
    )


def group_by_voice(vectors: Embeddings, seconds: NDArray[np.floating]) -> list[int]:
    """A group number for each line, by average-linkage clustering of the long lines; short ones join the nearest.

    Args:
        vectors: unit vectors, shape ``(lines, d)``.
        seconds: length of each line.
    """
    long = seconds >= LONG_ENOUGH_S
    if not long.any():
        long = seconds >= seconds.max(initial=0.0)
    founding = np.flatnonzero(long)
    if len(founding) < 2:
        return [0] * len(vectors)
    distance = 1 - np.clip(vectors[founding] @ vectors[founding].T, -1, 1)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method="average")
    found = fcluster(tree, 1 - SAME_SPEAKER, criterion="distance") - 1
    centres = np.array([_centre(vectors[founding[found == group]]) for group in range(found.max() + 1)])
    groups = (vectors @ centres.T).argmax(axis=1)
    groups[founding] = found
    return groups.tolist()


def _centre(vectors: Embeddings) -> Embeddings:
    mean = vectors.mean(axis=0)
    return mean / np.linalg.norm(mean)


def _names(lines: Sequence[Line], groups: Sequence[int]) -> dict[int, str]:
    """Group -> the name most of its named lines have, or a number in order of appearance."""
    names: dict[int, str] = {}
    for group in dict.fromkeys(groups):
        named = [line for line, g in zip(lines, groups, strict=True) if g == group and line.speaker]
        seconds = {n: sum(x.span.seconds for x in named if x.speaker == n) for n in {x.speaker for x in named}}
        taken = sum(name.startswith("Speaker ") for name in names.values())
        names[group] = max(sorted(seconds), key=lambda n: seconds[n]) if seconds else f"Speaker {taken + 1}"
    return names
