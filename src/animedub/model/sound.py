"""Sound in memory."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from animedub.model.span import Span


@dataclass(frozen=True, eq=False)
class Sound:
    """Samples, float32 of shape ``(channels, n)`` with full scale at +-1, at ``rate`` Hz.

    The array is marked read-only: whoever wants to change it makes a new one.

    >>> Sound.silence(0.5, rate=16_000).seconds
    0.5
    """

    samples: NDArray[np.float32]
    rate: int

    def __post_init__(self) -> None:
        """Bring any array of one or two dimensions into the shape that is promised."""
        samples = np.atleast_2d(np.asarray(self.samples, dtype=np.float32))
        if samples.ndim != 2:
            raise ValueError(f"sound has shape (channels, n), not {samples.shape}")
        samples = samples.view()
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)

    @classmethod
    def silence(cls, seconds: float, *, rate: int, channels: int = 1) -> Self:
        """``seconds`` of digital silence."""
        return cls(np.zeros((channels, round(seconds * rate)), np.float32), rate)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.samples.shape[0]

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.samples.shape[1] / self.rate

    @property
    def mono(self) -> NDArray[np.float32]:
        """The mean of all channels, shape ``(n,)``."""
        return self.samples[0] if self.channels == 1 else self.samples.mean(axis=0)

    def cut(self, span: Span) -> "Sound":
        """The samples inside ``span`` (a view; shorter where the sound ends first)."""
        start, end = span.samples(self.rate)
        return Sound(self.samples[:, max(0, start) : max(0, end)], self.rate)
