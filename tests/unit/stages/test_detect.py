"""Marking speech reads the listening copy, piece by piece."""

import numpy as np

from animedub.model import Span, SpeechMap, Turn
from animedub.stages.detect import detect_speech


class Gate:
    """Takes everything loud for speech, looking at half a second at a time."""

    identity = "gate"

    def detect(self, read, seconds: float) -> SpeechMap:
        windows = [Span(start=at / 2, end=at / 2 + 0.5) for at in range(int(seconds * 2))]
        loud = [span for span in windows if np.abs(read(span)).max() > 0.1]
        return SpeechMap(seconds=seconds, turns=tuple(Turn(span=span) for span in loud))


def test_the_engine_hears_the_mix_at_its_own_times(soundtrack_of, store):
    samples = np.zeros((2, 4 * 48_000))
    samples[:, round(1.6 * 48_000) : round(1.9 * 48_000)] = 0.3
    found = detect_speech(soundtrack_of(samples), engine=Gate(), store=store)
    assert found.seconds == 4.0
    assert found.spans == [Span(start=1.5, end=2.0)]
