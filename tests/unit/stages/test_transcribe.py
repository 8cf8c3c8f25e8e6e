"""What is heard goes to the line it was said in, and noise goes nowhere."""

import numpy as np
import pytest

from animedub.model import Heard, Line, Script, Span
from animedub.stages.transcribe import (
    AFTER_S,
    BATCH,
    BEFORE_S,
    is_speech,
    speakable,
    transcribe,
    translate,
    untranscribed,
    untranslated,
    with_phrases,
    with_transcript,
    with_translation,
)


class Ear:
    """Writes down the level of what it hears, in hundredths."""

    identity = "ear"

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.lengths: list[float] = []

    def transcribe(self, utterances, language: str) -> list[Heard]:
        self.batches.append(len(utterances))
        self.lengths += [len(wave) / 16_000 for wave in utterances]
        return [heard(f"{language} {round(float(np.median(wave)) * 100)}") for wave in utterances]

    def translate_speech(self, utterances, source: str, target: str) -> list[Heard]:
        return self.transcribe(utterances, f"{source}>{target}")


def heard(text: str, confidence: float = 0.9, no_speech: float = 0.0) -> Heard:
    return Heard(text=text, confidence=confidence, no_speech=no_speech)


def script(*lines: dict[str, str]) -> Script:
    made = tuple(
        Line(id=f"L{n}", span=Span(start=n, end=n + 0.5), **{"speaker": "Aki", **fields})
        for n, fields in enumerate(lines)
    )
    return Script(source_language="ja", language="en", lines=made)


@pytest.fixture
def stairs(stems_of):
    """Forty seconds whose level says which second it is."""
    return stems_of(np.repeat(np.arange(40) / 100, 16_000)[None], rate=16_000)


def test_each_span_is_heard_at_its_time_with_a_little_around_it(stairs, store, watch):
    ear = Ear()
    spans = [Span(start=n + 0.2, end=n + 0.7) for n in range(1, 39)]
    found = transcribe(spans, stairs, "ja", engine=ear, store=store, progress=watch)
    assert [h.text for h in found] == [f"ja {n}" for n in range(1, 39)]
    assert set(np.round(ear.lengths, 3)) == {0.5 + BEFORE_S + AFTER_S}
    assert ear.batches == [BATCH, BATCH, 38 - 2 * BATCH]
    assert watch.units == watch.done == {"transcribe": 38}


def test_translation_hears_the_same(stairs, store, watch):
    spans = (Span(start=3.2, end=3.7), Span(start=0.0, end=0.5), Span(start=39.5, end=45))
    found = translate(spans, stairs, "ja", "en", engine=Ear(), store=store, progress=watch)
    assert [h.text for h in found][:2] == ["ja>en 3", "ja>en 0"]
    assert len(found) == 3
    assert watch.done == {"translate": 3}


def test_nothing_to_hear_asks_nobody(stairs, store, watch):
    ear = Ear()
    assert transcribe((), stairs, "ja", engine=ear, store=store, progress=watch) == ()
    assert ear.batches == []


def test_the_transcript_fills_what_is_missing_and_keeps_ids():
    before = script({}, {"source_text": "行くぞ"}, {}, {"text": "Hi."})
    assert [line.id for line in untranscribed(before)] == ["L0", "L2", "L3"]
    after = with_transcript(before, [heard("一"), heard("二"), heard("三")], "ear")
    assert [(line.id, line.source_text) for line in after.lines] == [
        ("L0", "一"),
        ("L1", "行くぞ"),
        ("L2", "二"),
        ("L3", "三"),
    ]
    assert [line.produced_by.get("source_text") for line in after.lines] == ["ear", None, "ear", "ear"]


def test_noise_is_dropped_unless_the_subtitles_have_words_for_it():
    noise = heard("ご視聴ありがとうございました", confidence=0.3, no_speech=0.9)
    after = with_transcript(script({}, {"text": "Wait."}, {}), [noise, noise, heard("")], "ear")
    assert [(line.id, line.source_text, line.text) for line in after.lines] == [("L1", "", "Wait.")]


@pytest.mark.parametrize(
    ("confidence", "no_speech", "spoken"), [(0.9, 0.9, True), (0.3, 0.3, True), (0.3, 0.9, False), (0.9, 0.0, True)]
)
def test_words_are_believed_unless_all_speaks_against_them(confidence, no_speech, spoken):
    assert is_speech(heard("x", confidence, no_speech)) is spoken


def test_translation_fills_only_lines_with_words_and_without_a_translation():
    before = script({"source_text": "一"}, {"source_text": "二", "text": "Two."}, {"text": "Three."}, {})
    assert [line.id for line in untranslated(before)] == ["L0"]
    after = with_translation(before, [heard("[Music] One. (laughs)")], "ear")
    assert [line.text for line in after.lines] == ["One.", "Two.", "Three.", ""]
    assert after.lines[0].produced_by == {"text": "ear"}


def test_a_set_phrase_is_translated_by_heart_and_the_rest_is_left_to_others():
    after = with_phrases(
        script({"source_text": "ありがとう"}, {"source_text": "ゐゑヰヱ"}, {"source_text": "はい", "text": "Aye."})
    )
    assert "thank" in after.lines[0].text.lower()
    assert "phrasebook" in after.lines[0].produced_by["text"].lower()
    assert [line.text for line in after.lines[1:]] == ["", "Aye."]
    assert [line.id for line in untranslated(after)] == ["L1"]


@pytest.mark.parametrize(
    ("said", "words"),
    [("♪ la la ♪", "la la"), ("(Sighs)", ""), ("*gasps* No!", "No!"), ("[Music]", ""), ("Run!  Now!", "Run! Now!")],
)
def test_sounds_are_not_spoken(said, words):
    assert speakable(said) == words


def test_as_many_results_as_lines_are_asked_for():
    with pytest.raises(ValueError, match="zip"):
        with_transcript(script({}, {}), [heard("one")], "ear")
