"""Who says each line."""

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from animedub.engines.protocols import HEARING_RATE, SpeakerEncoder, Waveform
from animedub.media.audio import SoundReader
from animedub.model import Line, Prosody, Script, Soundtrack, Span, Stems
from animedub.progress import Progress
from animedub.store import Store

VERSION = "1"
STAGE = "diarize"

SAME_SPEAKER = 1.37
"""Ward distance up to which two groups of lines belong to one speaker.

In tests with whole acted lines of two to four speakers everything from 1.35 to 1.4 parted them without an error. The
distance grows with the number of lines that support a difference, so a small but steady difference tells two similar
voices apart in a long episode, and one odd line does not found a speaker in a short one.
"""

ALIKE = 0.70
"""Mean similarity above which two groups are one speaker all the same: one who whispers and one who shouts."""

PITCH_WEIGHT = 0.03
"""What a semitone between the median pitches of two lines takes from their similarity."""

MOST_SEMITONES = 8.0
"""Acting alone may move a pitch so far: more says no more."""

LONG_ENOUGH_S = 0.9
"""Shorter lines say too little to found a speaker: they join the nearest one."""

MOST_MOVES = 8
"""How often lines may change their group; they settle in two or three."""

Embeddings = NDArray[np.float32]


def hear_voices(
    spans: Sequence[Span],
    measured: Sequence[Prosody | None],
    soundtrack: Soundtrack,
    stems: Stems,
    *,
    engine: SpeakerEncoder,
    store: Store,
    progress: Progress,
    threads: int = 1,
) -> tuple[int, ...]:
    """Number of the voice that speaks in each span; equal numbers, equal voices.

    Each line is heard twice, in the mix and separated: music disturbs the one, artefacts the other, and their sum is
    steadier than either.
    """
    progress.begin(STAGE, len(spans))
    reading = Lock()
    with (
        SoundReader(store.path(soundtrack.listening)) as mix,
        SoundReader(store.path(stems.listening)) as dialogue,
        ThreadPoolExecutor(threads) as pool,
    ):

        def vector(span: Span) -> NDArray[np.float32]:
            with reading:
                waves = _heard(mix, span), _heard(dialogue, span)
            both = engine.embed(waves[0]) + engine.embed(waves[1])
            progress.advance(STAGE, 1)
            return (both / np.linalg.norm(both)).astype(np.float32)

        vectors = list(pool.map(vector, spans))
    pitches = [prosody.pitch_hz if prosody else None for prosody in measured]
    return tuple(group_by_voice(np.array(vectors), [span.seconds for span in spans], pitches))


def _heard(sound: SoundReader, span: Span) -> Waveform:
    wave = sound.read(span).mono
    return wave if np.any(wave) else np.full(HEARING_RATE // 4, 1e-6, np.float32)


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


def group_by_voice(vectors: Embeddings, seconds: Sequence[float], pitches: Sequence[float | None]) -> list[int]:
    """A group number for each line.

    The long lines are clustered; then every line, long or short, goes to the group whose mean is nearest, until none
    moves: a tree never takes back a line that it joined early (on 290 lines of six speakers confusion fell from 14 to
    11 % of the speech).

    Args:
        vectors: unit vectors, shape ``(lines, d)``.
        seconds: length of each line.
        pitches: median pitch of each line in Hz, None where nothing is voiced.
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # half a second that a cached dub does not need
    from scipy.spatial.distance import squareform

    lengths = np.array(seconds)
    founding = np.flatnonzero(lengths >= min(LONG_ENOUGH_S, lengths.max(initial=0.0)))
    if len(founding) < 2:
        return [0] * len(vectors)
    distance = _distances(vectors[founding], [pitches[i] for i in founding.tolist()])
    tree = linkage(squareform(np.sqrt(2 * distance), checks=False), method="ward")
    found = _joined(fcluster(tree, SAME_SPEAKER, criterion="distance"), distance)
    groups = np.full(len(vectors), -1)
    groups[founding] = found
    pitch = _semitones(pitches)
    for _ in range(MOST_MOVES):
        nearest = _nearest(vectors, pitch, groups)
        if np.array_equal(nearest, groups):
            break
        groups = nearest
    return groups.tolist()


def _nearest(vectors: Embeddings, pitch: NDArray[np.float64], groups: NDArray[np.integer]) -> NDArray[np.integer]:
    """The group whose mean voice and median pitch each line is nearest to; -1 in ``groups`` belongs to none yet."""
    names = np.unique(groups[groups >= 0])
    voices = np.array([_centre(vectors[groups == name]) for name in names])
    pitches = np.array([_median(pitch[groups == name]) for name in names])
    apart = np.minimum(np.nan_to_num(np.abs(pitch[:, None] - pitches[None])), MOST_SEMITONES)
    return names[(vectors @ voices.T - PITCH_WEIGHT * apart).argmax(axis=1)]


def _semitones(pitches: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([12 * np.log2(hz) if hz else np.nan for hz in pitches])


def _median(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _distances(vectors: Embeddings, pitches: Sequence[float | None]) -> NDArray[np.float64]:
    """How little any two lines sound alike: 0 for the same, about 0.3 within a speaker, 0.5 between two."""
    semitones = _semitones(pitches)
    apart = np.nan_to_num(np.abs(semitones[:, None] - semitones[None]))
    distance = 1 - np.clip(vectors @ vectors.T, -1, 1) + PITCH_WEIGHT * np.minimum(apart, MOST_SEMITONES)
    np.fill_diagonal(distance, 0)
    return (distance + distance.T) / 2


def _joined(groups: NDArray[np.integer], distance: NDArray[np.float64]) -> NDArray[np.integer]:
    """The groups, numbered from 0, after those that sound alike on the whole were joined, the most alike first."""
    groups = np.unique(groups, return_inverse=True)[1]
    while groups.max() > 0:
        count = groups.max() + 1
        member = (groups[None] == np.arange(count)[:, None]).astype(float)
        mean = (member @ distance @ member.T) / np.outer(member.sum(axis=1), member.sum(axis=1))
        np.fill_diagonal(mean, np.inf)
        first, second = divmod(int(mean.argmin()), count)
        if 1 - mean[first, second] < ALIKE:
            break
        groups = np.unique(np.where(groups == second, first, groups), return_inverse=True)[1]
    return groups


def _centre(vectors: Embeddings) -> Embeddings:
    mean = vectors.mean(axis=0)
    return mean / np.linalg.norm(mean)


def _names(lines: Sequence[Line], groups: Sequence[int]) -> dict[int, str]:
    """Group -> the name most of its named lines have, or a number that nobody has, in order of appearance."""
    names: dict[int, str] = {}
    given = {line.speaker for line in lines}
    numbered = (name for number in itertools.count(1) if (name := f"Speaker {number}") not in given)
    for group in dict.fromkeys(groups):
        named = [line for line, g in zip(lines, groups, strict=True) if g == group and line.speaker]
        seconds = {n: sum(x.span.seconds for x in named if x.speaker == n) for n in {x.speaker for x in named}}
        names[group] = max(sorted(seconds), key=lambda n: seconds[n]) if seconds else next(numbered)
    return names
