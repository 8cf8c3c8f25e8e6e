"""Voices speak: how fast, and never twice the same."""

import numpy as np
import pytest

from animedub.dsp.levels import speech_level_db
from animedub.media.audio import SoundReader
from animedub.model import ArrangeOptions, Cast, Line, Script, Sound, Span, Voice
from animedub.stages.perform import BREATH_S, COMFORTABLE, GROUP, LONGEST_LOAN_S, Cue, call_sheet, pace, perform

RATE = 24_000
AKI = Voice(name="aki", engine="tone", blend={"a": 1.0})
REN = Voice(name="ren", engine="tone", blend={"b": 1.0})
OPTIONS = ArrangeOptions(tempo_min=0.8, tempo_max=1.3)


class Tone:
    """Speaks every letter for a tenth of a second, as a tone."""

    identity = "tone 1"
    rate = RATE
    languages = ("en",)

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def voices(self, language: str) -> list:
        return []

    def duration(self, text: str, voice: Voice, language: str) -> float:
        return sum(c.isascii() and c.isalpha() for c in text) / 10

    def speak(self, text: str, voice: Voice, language: str, tempo: float = 1.0) -> Sound:
        self.spoken.append(text)
        n = round(self.duration(text, voice, language) / tempo * RATE)
        return Sound((0.2 * np.sin(np.arange(n) * 0.1)).astype(np.float32), RATE)


def cue(text: str = "abcdefghij", seconds: float = 1.0, room: float = 2.0, voice: Voice = AKI, line: str = "L1") -> Cue:
    return Cue(line=line, text=text, language="en", voice=voice, seconds=seconds, room=room)


@pytest.mark.parametrize(
    ("natural", "seconds", "room", "tempo"),
    [
        (1.0, 1.0, 2.0, 1.0),
        (1.1, 1.0, 2.0, 1.1),  # hurried to end with the original
        (COMFORTABLE, 1.0, 1.0, COMFORTABLE),
        (1.5, 1.0, 2.0, COMFORTABLE),  # there is room: it runs on
        (1.5, 1.0, 1.2, 1.25),  # little room: hurried to fill it
        (9.0, 1.0, 1.0, 1.3),  # never faster than the limit
        (0.9, 1.0, 2.0, 0.9),
        (0.2, 1.0, 2.0, 0.8),  # never slower than the limit
        (0.0, 0.0, 0.0, 0.8),
        (1.0, 0.0, 0.0, 1.3),
    ],
)
def test_the_tempo_that_fits(natural, seconds, room, tempo):
    assert pace(natural, cue(seconds=seconds, room=room), OPTIONS) == tempo


def script(*lines: tuple[float, float, str]) -> Script:
    return Script(
        source_language="ja",
        language="en",
        lines=tuple(
            Line(id=f"L{n}", span=Span(start=a, end=b), text=text, speaker="Aki" if n % 2 else "Ren")
            for n, (a, b, text) in enumerate(lines, start=1)
        ),
        cast=Cast(voices={"Aki": AKI, "Ren": REN}),
    )


def test_room_reaches_to_the_next_line_or_a_second_on():
    sheet = [c for group in call_sheet(script((1, 2, "a"), (2.5, 3, "b"), (3, 4, "c"), (9, 10, "d"))) for c in group]
    assert [c.seconds for c in sheet] == [1, 0.5, 1, 1]
    assert [round(c.room, 3) for c in sheet] == [1.5 - BREATH_S, 0.5, 1 + LONGEST_LOAN_S, 1 + LONGEST_LOAN_S]
    assert [c.voice for c in sheet] == [AKI, REN, AKI, REN]


def test_every_line_that_can_be_spoken_is_called_once_in_order():
    lines = [(n, n + 0.5, "word") for n in range(9)]
    sheet = call_sheet(script(*lines))
    assert [len(group) for group in sheet] == [GROUP] * (9 // GROUP) + [9 % GROUP]
    assert [c.line for group in sheet for c in group] == [f"L{n}" for n in range(1, 10)]


@pytest.mark.parametrize("text", ["", "   ", "...", "…?!", "♪♪", "—"])
def test_a_line_without_a_word_is_not_called(text):
    sheet = call_sheet(script((1, 2, "one"), (2, 3, text), (3, 4, "two")))
    assert [c.text for group in sheet for c in group] == ["one", "two"]


def test_what_others_say_does_not_change_a_cue():
    before = script((1, 2, "one"), (2, 3, "two"), (3, 4, "three"))
    after = before.with_text(L2="something else and longer")
    cues = [{c.line: c for group in call_sheet(s) for c in group} for s in (before, after)]
    assert cues[0]["L1"] == cues[1]["L1"]
    assert cues[0]["L3"] == cues[1]["L3"]
    assert cues[0]["L2"] != cues[1]["L2"]


def test_a_take_is_what_was_spoken(store, watch):
    engine = Tone()
    takes = perform([cue("abcdefghij", seconds=0.8, room=0.9)], OPTIONS, engine=engine, store=store, progress=watch)
    with SoundReader(store.path(takes[0].sound)) as file:
        sound = file.read(Span(start=0, end=file.seconds))
    assert (takes[0].line, takes[0].tempo, sound.rate, sound.channels) == ("L1", COMFORTABLE, RATE, 1)
    assert takes[0].seconds == sound.seconds == pytest.approx(1 / COMFORTABLE, abs=0.001)
    assert takes[0].level_db == pytest.approx(speech_level_db(sound.mono, RATE), abs=0.01)
    assert takes[0].level_db == pytest.approx(-17, abs=0.1)
    assert watch.done == {"synthesize": 1}


def test_what_was_spoken_once_is_not_spoken_again(store, watch):
    cues = [cue("one", line="L1"), cue("two", line="L2"), cue("three", line="L3", voice=REN)]
    first, again = Tone(), Tone()
    takes = perform(cues, OPTIONS, engine=first, store=store, progress=watch)
    assert perform(cues, OPTIONS, engine=again, store=store, progress=watch) == takes
    assert (first.spoken, again.spoken) == (["one", "two", "three"], [])
    perform([cues[0], cue("zwei", line="L2"), cues[2]], OPTIONS, engine=again, store=store, progress=watch)
    assert again.spoken == ["zwei"]
    perform(cues, OPTIONS, engine=again, store=store, progress=watch, use_cache=False)
    assert again.spoken == ["zwei", "one", "two", "three"]


def test_another_voice_tempo_or_engine_speaks_anew_and_another_line_or_name_does_not(store, watch):
    engine = Tone()
    for one in (
        cue("one"),
        cue("one", line="L7"),
        cue("one", voice=AKI.model_copy(update={"name": "renamed", "pitch_hz": 99.0})),
        cue("one", voice=REN),
        cue("one", voice=AKI.model_copy(update={"shift_st": 1.0})),
        cue("one", seconds=0.28),
    ):
        perform([one], OPTIONS, engine=engine, store=store, progress=watch)
    assert len(engine.spoken) == 4
    engine.identity = "tone 2"
    perform([cue("one")], OPTIONS, engine=engine, store=store, progress=watch)
    assert len(engine.spoken) == 5


def test_a_text_the_voice_cannot_say_is_left_to_the_original_with_a_warning(store, watch):
    cues = [cue("one", line="L1"), cue("ですか", line="L2"), cue("two", line="L3")]
    takes = perform(cues, OPTIONS, engine=Tone(), store=store, progress=watch)
    assert [take.line for take in takes] == ["L1", "L3"]
    assert watch.done == {"synthesize": 3}
    assert len(watch.warnings) == 1
    assert "L2" in watch.warnings[0]
