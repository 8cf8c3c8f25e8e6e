"""Who speaks when, from pyannote's segmentation 3.0 as an ONNX graph.

The network looks at ten seconds at a time and says for every ~17 ms which of up to three speakers (numbered within that
window only) are heard, two at most at once: seven "powerset" classes (Plaquet & Bredin, "Powerset multi-class cross
entropy loss for neural speaker diarization", Interspeech 2023). Windows overlap by half; the speakers of each window
are renumbered to agree with the previous one where both look, so a turn that crosses a seam stays one turn.
"""

from collections.abc import Iterator
from itertools import permutations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from animedub.catalogue import ModelFolder
from animedub.engines.onnx import OnnxModel
from animedub.engines.protocols import HEARING_RATE, Read
from animedub.model import Span, SpeechMap, Turn

WINDOW_S = 10.0
HOP_S = 5.0
FRAME_STEP = 270  # samples between frames, from the network's strides
FRAME_CENTRE = 495  # centre of the first frame's receptive field of 991 samples
SPEAKERS = 3
POWERSET = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.float32
)  # class -> speakers heard

Activity = NDArray[np.float32]
"""Probability that each speaker is heard, shape ``(frames, SPEAKERS)``."""


class PyannoteSegmentation:
    """Speech detector with speaker changes and overlaps.

    Args:
        models: where the weights lie.
        threads: threads one look may use.
        onset: probability at which speech begins.
        offset: probability under which it ends.
        shortest_ms: speech shorter than this is a click or a breath, not a turn.
        pause_ms: a pause shorter than this does not end a turn.
    """

    MODEL: ClassVar[str] = "segmentation"
    VERSION: ClassVar[str] = "1"

    def __init__(
        self,
        models: ModelFolder,
        threads: int = 1,
        *,
        onset: float = 0.5,
        offset: float = 0.4,
        shortest_ms: int = 120,
        pause_ms: int = 200,
    ) -> None:
        self._model = OnnxModel.of(models, self.MODEL, threads=threads)
        self._onset, self._offset = onset, offset
        self._shortest, self._pause = shortest_ms / 1000, pause_ms / 1000

    @property
    def identity(self) -> str:
        """Model and settings: everything the result depends on."""
        settings = f"{self._onset}/{self._offset}/{self._shortest}/{self._pause}"
        return f"pyannote-segmentation {self._model.sha256[:12]} {settings} v{self.VERSION}"

    def detect(self, read: Read, seconds: float) -> SpeechMap:
        """Find the turns of speech in ``seconds`` of mono 16 kHz sound."""
        heard = self._listen(read, seconds)
        turns = [turn for speaker in range(SPEAKERS) for turn in self._turns(speaker, heard, seconds)]
        return SpeechMap(seconds=seconds, turns=tuple(sorted(turns, key=lambda t: (t.span.start, t.span.end))))

    def _listen(self, read: Read, seconds: float) -> Activity:
        """Activity over the whole sound: each frame from the window in whose middle it lies."""
        frames = max(1, int(seconds * HEARING_RATE / FRAME_STEP))
        total = np.zeros((frames, SPEAKERS), np.float32)
        previous: Activity | None = None
        hop = round(HOP_S * HEARING_RATE / FRAME_STEP)
        for index, window in enumerate(self._windows(read, seconds, hop)):
            if previous is not None:
                window = _renumbered(window, previous, hop)
            # The first window counts from its start, every later one from a quarter of its length.
            first = index * hop
            skip = 0 if index == 0 else min(hop // 2, frames - first)
            part = window[skip : frames - first]
            total[first + skip : first + skip + len(part)] = part
            previous = window
        return total

    def _windows(self, read: Read, seconds: float, hop: int) -> Iterator[Activity]:
        size = round(WINDOW_S * HEARING_RATE)
        start, last = 0, max(0, round(seconds * HEARING_RATE) - size)
        while True:
            at = start / HEARING_RATE
            wave = read(Span(start=at, end=at + WINDOW_S))
            wave = np.pad(wave[:size], (0, max(0, size - len(wave))))
            logits = self._model(x=wave[None, None].astype(np.float32))[0]
            yield np.exp(logits[0]) @ POWERSET
            if start >= last:
                return
            start += hop * FRAME_STEP

    def _turns(self, speaker: int, heard: Activity, seconds: float) -> Iterator[Turn]:
        crowd = (heard > self._onset).sum(axis=1) > 1
        for first, end in _active(heard[:, speaker], self._onset, self._offset, self._shortest, self._pause):
            span = Span(start=_time(first), end=min(seconds, _time(end)))
            if span.seconds > 0:
                yield Turn(span=span, label=speaker, overlapped=float(crowd[first:end].mean()))


def _time(frame: int) -> float:
    """The moment a frame starts to count, halfway between its centre and the previous one's."""
    return max(0.0, (frame * FRAME_STEP + FRAME_CENTRE - FRAME_STEP / 2) / HEARING_RATE)


def _renumbered(window: Activity, previous: Activity, hop: int) -> Activity:
    """``window`` with its speakers in the order that agrees best with ``previous``, ``hop`` frames earlier."""
    shared = previous[hop:]
    head = window[: len(shared)]
    agreement = shared.T @ head
    best = max(permutations(range(SPEAKERS)), key=lambda p: sum(agreement[i, j] for i, j in enumerate(p)))
    return window[:, list(best)]


def _active(
    probability: NDArray[np.float32], onset: float, offset: float, shortest_s: float, pause_s: float
) -> list[tuple[int, int]]:
    """Frames ``[first, end)`` of activity, with hysteresis; short pauses are closed, short bursts dropped."""
    step = FRAME_STEP / HEARING_RATE
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for frame, value in enumerate(probability):
        if start is None and value >= onset:
            start = frame
        elif start is not None and value < offset:
            runs.append((start, frame))
            start = None
    if start is not None:
        runs.append((start, len(probability)))
    closed: list[tuple[int, int]] = []
    for first, end in runs:
        if closed and (first - closed[-1][1]) * step < pause_s:
            closed[-1] = (closed[-1][0], end)
        else:
            closed.append((first, end))
    return [(first, end) for first, end in closed if (end - first) * step >= shortest_s]
