"""How far the work is, told to whoever wants to know."""

from typing import Protocol


class Progress(Protocol):
    """Hears about the stages of one dub. Calls come from several threads."""

    def begin(self, stage: str, units: float) -> None:
        """A stage starts; ``units`` is how much it has to do (lines, seconds of sound: its own measure)."""
        ...

    def advance(self, stage: str, units: float) -> None:
        """``units`` more are done."""
        ...

    def end(self, stage: str, *, cached: bool) -> None:
        """A stage is done; ``cached`` says that its result was found, not made."""
        ...

    def warn(self, message: str) -> None:
        """Something optional is missing or a result deserves a look."""
        ...


class Silent:
    """Progress that nobody looks at."""

    def begin(self, stage: str, units: float) -> None:
        """Say nothing."""

    def advance(self, stage: str, units: float) -> None:
        """Say nothing."""

    def end(self, stage: str, *, cached: bool) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Say nothing."""
