"""Lines from the sound alone: turns joined and long ones split."""

import pytest

from animedub.errors import InputError
from animedub.model import ScriptOptions, Span, SpeechMap, Turn
from animedub.stages.ingest import ingest, take_in
from animedub.stages.outline import LONGEST_LINE_S, outline, outline_from_speech


def lines(*turns: tuple[float, float, int]) -> list[tuple[float, float]]:
    speech = SpeechMap(
        seconds=100, turns=tuple(Turn(span=Span(start=a, end=b), label=label) for a, b, label in sorted(turns))
    )
    script = outline_from_speech(speech, source_language="ja", language="en")
    assert [line.id for line in script.lines] == [f"L{n:04d}" for n in range(1, len(script.lines) + 1)]
    return [(line.span.start, line.span.end) for line in script.lines]


def test_a_breath_does_not_end_a_line_and_a_pause_does():
    assert lines((1, 2, 0), (2.34, 3, 0)) == [(1, 3)]
    assert lines((1, 2, 0), (2.36, 3, 0)) == [(1, 2), (2.36, 3)]


def test_another_speaker_is_another_line():
    assert lines((1, 2, 0), (2.1, 3, 1), (3.1, 4, 0)) == [(1, 2), (2.1, 3), (3.1, 4)]


def test_a_word_thrown_in_does_not_part_the_line_it_interrupts():
    assert lines((1, 3, 0), (2.8, 3.1, 1), (3.2, 5, 0)) == [(1, 5), (2.8, 3.1)]


def test_a_long_line_is_split_at_its_longest_pauses():
    turns = [(at * 2.0, at * 2.0 + 1.8, 0) for at in range(7)]  # pauses of 0.2 s, 13.8 s in all
    turns[3] = (6.1, 7.8, 0)
    assert lines(*turns) == [(0, 5.8), (6.1, 13.8)]
    every = lines(*[(at * 2.0, at * 2.0 + 1.8, 0) for at in range(40)])
    assert (every[0][0], every[-1][1]) == (0, 79.8)
    assert max(end - start for start, end in every) <= LONGEST_LINE_S


def test_one_long_breath_stays_one_line():
    assert lines((1, 20, 0)) == [(1, 20)]


def test_silence_has_no_lines():
    assert lines() == []


def test_without_subtitles_the_sound_is_asked(films, store):
    speech = SpeechMap(seconds=3, turns=(Turn(span=Span(start=0.5, end=1.5)),))
    script = outline(ingest(take_in(films.mkv, store=store), store=store), speech, ScriptOptions(), None, store=store)
    assert (script.source_language, script.language) == ("ja", "en")
    assert [(line.span, line.text, line.source_text) for line in script.lines] == [(Span(start=0.5, end=1.5), "", "")]


def test_asr_ignores_subtitles_and_subs_insists_on_them(films, store):
    speech = SpeechMap(seconds=3, turns=(Turn(span=Span(start=0.5, end=1.5)),))
    rich = ingest(take_in(films.rich, store=store), store=store)
    by_ear = outline(rich, speech, ScriptOptions(script="asr"), None, store=store)
    assert [line.text for line in by_ear.lines] == [""]
    numbered = outline(rich, speech, ScriptOptions(script="subs:1"), None, store=store)
    assert [line.text for line in numbered.lines] == ["Good morning."]
    with pytest.raises(InputError, match="no subtitle track"):
        outline(
            ingest(take_in(films.mkv, store=store), store=store),
            speech,
            ScriptOptions(script="subs"),
            None,
            store=store,
        )


def test_a_subtitle_file_of_the_users_is_the_script(films, store, tmp_path):
    file = tmp_path / "mine.srt"
    file.write_text("1\n00:00:00,500 --> 00:00:01,500\nLook out!\n", encoding="utf-8")
    speech = SpeechMap(seconds=3, turns=(Turn(span=Span(start=0.5, end=1.5)),))
    given = store.adopt_external(file)
    script = outline(
        ingest(take_in(films.mkv, store=store), store=store), speech, ScriptOptions(script="file"), given, store=store
    )
    assert [line.text for line in script.lines] == ["Look out!"]
