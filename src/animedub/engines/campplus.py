"""Whose voice it is: CAM++ speaker embeddings (Wang et al., "CAM++", Interspeech 2023) as an ONNX graph."""

from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from animedub.catalogue import ModelFolder
from animedub.engines.onnx import OnnxModel
from animedub.engines.protocols import HEARING_RATE, Waveform

FRAME = 400  # 25 ms
STEP = 160  # 10 ms
FFT = 512
MELS = 80
LOWEST_HZ = 20.0
PREEMPHASIS = 0.97
SHORTEST = FRAME + 24 * STEP  # a quarter of a second: shorter sounds are repeated until they are this long


class CamPlusPlus:
    """Speaker encoder: 192 numbers that point the same way for all sounds of one voice.

    Lines may be heard from several threads at once; one thread each is faster than many for one.

    Args:
        models: where the weights lie.
        threads: not used: see above.
    """

    MODEL: ClassVar[str] = "campplus"
    VERSION: ClassVar[str] = "1"

    def __init__(self, models: ModelFolder, threads: int = 1) -> None:
        self._model = OnnxModel.of(models, self.MODEL)

    @property
    def identity(self) -> str:
        """Model and adapter version."""
        return f"campplus {self._model.sha256[:12]} v{self.VERSION}"

    def embed(self, utterance: Waveform) -> NDArray[np.float32]:
        """Unit vector of shape ``(192,)`` for mono 16 kHz sound of any length above zero."""
        if len(utterance) < SHORTEST:
            utterance = np.resize(utterance, SHORTEST)
        vector = self._model(fbank=kaldi_fbank(utterance)[None])[0][0]
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def kaldi_fbank(wave: Waveform) -> NDArray[np.float32]:
    """Log mel filter bank as Kaldi computes it (Povey window, no dither), the mean of the utterance removed.

    Args:
        wave: mono sound at 16 kHz, full scale +-1, at least 400 samples.

    Returns:
        Shape ``(frames, 80)``, a frame every 10 ms.
    """
    frames = np.lib.stride_tricks.sliding_window_view(wave.astype(np.float32) * 32768, FRAME)[::STEP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    previous = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    frames = (frames - PREEMPHASIS * previous) * _povey_window()
    power = np.abs(np.fft.rfft(frames, FFT)) ** 2
    features = np.log(np.maximum(power @ _mel_filters().T, np.finfo(np.float32).eps))
    return (features - features.mean(axis=0)).astype(np.float32)


@cache
def _povey_window() -> NDArray[np.float32]:
    return ((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))) ** 0.85).astype(np.float32)


@cache
def _mel_filters() -> NDArray[np.float32]:
    """Triangles on Kaldi's mel scale from 20 Hz to Nyquist, shape ``(80, 257)``."""

    def mel(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return 1127.0 * np.log1p(np.asarray(hz) / 700.0)

    edges = np.linspace(mel(LOWEST_HZ), mel(HEARING_RATE / 2), MELS + 2)[:, None]
    bins = mel(np.arange(FFT // 2 + 1) * HEARING_RATE / FFT)[None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
