"""Who says what, when, in which language."""

from typing import Self

from pydantic import Field, model_validator

from animedub.model.base import Noun
from animedub.model.performance import Cast, Prosody
from animedub.model.span import Span


class Turn(Noun):
    """Speech without a change of speaker, found in the sound."""

    span: Span
    label: int = Field(default=0, description="number of the speaker; means the same only in turns a few seconds apart")
    overlapped: float = Field(
        default=0.0, ge=0, le=1, description="share of the span in which somebody else speaks too"
    )


class SpeechMap(Noun):
    """Where somebody speaks in an episode: what a listener without language would mark."""

    seconds: float
    turns: tuple[Turn, ...] = ()

    @property
    def spans(self) -> list[Span]:
        """The spans of all turns, in order."""
        return [turn.span for turn in self.turns]


class Heard(Noun):
    """What a recogniser made of one stretch of sound."""

    text: str
    confidence: float = Field(ge=0, le=1, description="mean probability of the tokens")
    no_speech: float = Field(ge=0, le=1, description="probability that nobody spoke")


class Line(Noun):
    """One line of dialogue. Its ``id`` survives translation and editing."""

    id: str = Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")
    span: Span = Field(description="where the original actor speaks it")
    speaker: str = ""
    source_text: str = Field(default="", description="what the original actor says")
    text: str = Field(default="", description="what the dub says")
    voice: str = Field(default="", description="name of the voice that speaks it, from the cast")
    prosody: Prosody | None = Field(default=None, description="how the original actor says it")
    tempo: float | None = Field(default=None, gt=0, description="speed of the take against the voice's natural speed")
    placed: Span | None = Field(default=None, description="where the take lies in the dub")
    produced_by: dict[str, str] = Field(default={}, description="field -> what made it, such as 'faster-whisper base'")


class Script(Noun):
    """The lines of an episode in order of time, with unique ids."""

    source_language: str = Field(description="ISO 639-1 code of source_text")
    language: str = Field(description="ISO 639-1 code of text")
    lines: tuple[Line, ...] = ()
    cast: Cast | None = None

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [line.id for line in self.lines]
        if len(ids) != len(set(ids)):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            raise ValueError(f"line ids must be unique; these are not: {', '.join(twice[:5])}")
        return self

    @property
    def speakers(self) -> list[str]:
        """Speakers in order of their first line."""
        return list(dict.fromkeys(line.speaker for line in self.lines))

    def with_lines(self, lines: "list[Line] | tuple[Line, ...]") -> "Script":
        """The same script with other lines, put in order of time."""
        ordered = tuple(sorted(lines, key=lambda line: (line.span.start, line.span.end, line.id)))
        return self.model_copy(update={"lines": ordered})

    def with_text(self, **texts: str) -> "Script":
        """The same script with the ``text`` of some lines, by id, replaced."""
        return self.with_lines([line.model_copy(update={"text": texts.get(line.id, line.text)}) for line in self.lines])
