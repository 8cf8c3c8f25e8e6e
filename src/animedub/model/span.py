"""Half-open time: the only place where seconds become samples or frames."""

from collections.abc import Iterable
from fractions import Fraction

from pydantic import model_validator

from animedub.model.base import Noun


class Span(Noun):
    """The time from ``start`` up to, not including, ``end``, in seconds of the container's clock.

    >>> Span(start=1.0, end=2.5).seconds
    1.5
    >>> Span(start=0, end=2).overlap(Span(start=1.5, end=4))
    0.5
    >>> Span(start=1, end=2).samples(48_000)
    (48000, 96000)
    """

    start: float
    end: float

    @model_validator(mode="after")
    def _runs_forward(self) -> "Span":
        if not self.end >= self.start:
            raise ValueError(f"a span runs forward: {self.start} .. {self.end}")
        return self

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """The point halfway, in seconds."""
        return (self.start + self.end) / 2

    def overlap(self, other: "Span") -> float:
        """Seconds that both spans share; 0 when they do not touch."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def gap(self, other: "Span") -> float:
        """Seconds between the two spans; 0 when they touch or overlap."""
        return max(0.0, max(self.start, other.start) - min(self.end, other.end))

    def shifted(self, seconds: float) -> "Span":
        """The same length, moved by ``seconds``."""
        return Span(start=self.start + seconds, end=self.end + seconds)

    def padded(self, before: float, after: float | None = None) -> "Span":
        """Wider by ``before`` and ``after`` seconds (``after`` defaults to ``before``), never before 0."""
        return Span(start=max(0.0, self.start - before), end=self.end + (before if after is None else after))

    def within(self, limit: "Span") -> "Span":
        """The part of this span inside ``limit``; empty at the nearer edge when there is none."""
        start = min(max(self.start, limit.start), limit.end)
        return Span(start=start, end=max(start, min(self.end, limit.end)))

    def joined(self, other: "Span") -> "Span":
        """The smallest span that holds both."""
        return Span(start=min(self.start, other.start), end=max(self.end, other.end))

    def samples(self, rate: int) -> tuple[int, int]:
        """First sample and the sample after the last, at ``rate`` Hz."""
        return round(self.start * rate), round(self.end * rate)

    def frames(self, rate: Fraction) -> tuple[int, int]:
        """First picture frame and the frame after the last, at ``rate`` frames per second."""
        return round(Fraction(self.start) * rate), round(Fraction(self.end) * rate)


def merged(spans: Iterable[Span], *, gap: float = 0.0) -> list[Span]:
    """Spans in order of time, those that overlap or lie at most ``gap`` seconds apart joined into one.

    >>> [s.end for s in merged([Span(start=2, end=3), Span(start=0, end=1), Span(start=1.1, end=2)], gap=0.2)]
    [3.0]
    """
    out: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if out and span.start - out[-1].end <= gap:
            out[-1] = out[-1].joined(span)
        else:
            out.append(span)
    return out
