"""Takes in time: what must hold for any script, and what the rules say."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animedub.model import Artifact, Line, Prosody, Script, Span, SpeechMap, Take, Timeline, Turn
from animedub.stages.arrange import (
    APART_S,
    LATEST_S,
    MAKEUP_DB,
    TALKED_OVER_S,
    arrange,
    before_performance,
    with_takes,
)

SOUND = Artifact(sha256="0" * 64, suffix=".flac")
ROUNDING_S = 2e-4


def prosody(energy_db: float, balance: float = 0.0) -> Prosody:
    return Prosody(
        pitch_hz=200,
        pitch_range_st=3,
        energy_db=energy_db,
        energy_range_db=6,
        syllables_per_second=5,
        voiced=0.7,
        zero_crossings_hz=900,
        balance=balance,
    )


def line(number: int, start: float, end: float, speaker: str = "Aki", energy_db: float | None = None) -> Line:
    measured = None if energy_db is None else prosody(energy_db)
    return Line(id=f"L{number:02d}", span=Span(start=start, end=end), speaker=speaker, text="x", prosody=measured)


def placed(
    lines: list[Line], lengths: list[float], seconds: float = 60.0, turns: tuple[Span, ...] = (), level_db: float = -20
) -> Timeline:
    script = Script(source_language="ja", language="en").with_lines(lines)
    takes = [
        Take(line=one.id, sound=SOUND, seconds=length, level_db=level_db)
        for one, length in zip(lines, lengths, strict=True)
    ]
    return arrange(script, takes, SpeechMap(seconds=seconds, turns=tuple(Turn(span=span) for span in turns)))


def starts(timeline: Timeline) -> dict[str, float]:
    return {p.take.line: p.span.start for p in timeline.placements}


@st.composite
def episodes(draw) -> tuple[list[Line], list[float], float]:
    seconds = draw(st.floats(8, 30))
    lines, lengths = [], []
    for number in range(draw(st.integers(1, 12))):
        start = draw(st.floats(0, seconds - 0.2))
        end = min(seconds, start + draw(st.floats(0.1, 4)))
        lines.append(line(number, start, end, draw(st.sampled_from("ABC"))))
        lengths.append(draw(st.floats(0.1, 5)))
    return lines, lengths, seconds


@given(episodes())
@settings(max_examples=150, deadline=None)
def test_for_any_script(episode):
    lines, lengths, seconds = episode
    timeline = placed(lines, lengths, seconds)
    original = {one.id: one for one in lines}

    assert {p.take.line for p in timeline.placements} == set(original)  # nobody is left out
    for p in timeline.placements:
        assert p.span.seconds == pytest.approx(p.take.seconds, abs=ROUNDING_S)  # nobody is cut
        assert p.span.start >= 0
    for one, other in combinations(timeline.placements, 2):
        together = original[one.take.line].span.overlap(original[other.take.line].span)
        if one.speaker == other.speaker or together <= TALKED_OVER_S:
            assert one.span.gap(other.span) >= APART_S - ROUNDING_S
    for speaker in "ABC":
        own = [p for p in timeline.placements if p.speaker == speaker]
        assert [p.take.line for p in own] == sorted(
            (p.take.line for p in own), key=lambda i: (original[i].span.start, i)
        )
    late = {
        p.take.line
        for p in timeline.placements
        if p.span.start > original[p.take.line].span.start + LATEST_S + ROUNDING_S or p.span.end > seconds + ROUNDING_S
    }
    on_time = {
        p.take.line
        for p in timeline.placements
        if p.span.start < original[p.take.line].span.start + LATEST_S - ROUNDING_S and p.span.end < seconds - ROUNDING_S
    }
    assert late <= set(timeline.unfit)
    assert not on_time & set(timeline.unfit)


@given(seconds=st.floats(5, 2000), length=st.floats(0.5, 4), late=st.floats(0, 0.4))
@settings(max_examples=200, deadline=None)
def test_the_last_line_begins_earlier_rather_than_be_cut(seconds, length, late):
    timeline = placed([line(1, seconds - length + late, seconds)], [length], seconds)
    assert timeline.unfit == ()
    assert timeline.placements[0].span.end == pytest.approx(seconds, abs=ROUNDING_S)


def test_a_take_begins_with_its_original_and_others_wait():
    timeline = placed([line(1, 1, 2), line(2, 2.1, 3, "Ren"), line(3, 5, 6)], [1.5, 0.8, 1.0])
    assert starts(timeline) == {"L01": 1, "L02": pytest.approx(2.5 + APART_S), "L03": 5}
    assert timeline.unfit == ()


def test_two_who_talk_over_each_other_in_the_original_do_so_in_the_dub():
    timeline = placed([line(1, 1, 3), line(2, 2, 3, "Ren")], [2.5, 1.0])
    assert starts(timeline) == {"L01": 1, "L02": 2}


def test_a_take_that_comes_too_late_is_placed_and_named():
    timeline = placed([line(1, 1, 2), line(2, 2.1, 3)], [3.0, 1.0])
    assert starts(timeline)["L02"] == pytest.approx(4.06)
    assert timeline.unfit == ("L02",)


def test_a_take_longer_than_the_episode_is_placed_at_its_start_and_named():
    timeline = placed([line(1, 1, 2)], [7.0], seconds=5.0)
    assert (starts(timeline), timeline.unfit) == ({"L01": 0.0}, ("L01",))


def test_a_take_is_as_loud_as_its_original():
    timeline = placed([line(1, 1, 2, energy_db=-24.0), line(2, 4, 5, energy_db=-30.0)], [1, 1], level_db=-18)
    assert [p.gain_db for p in timeline.placements] == [pytest.approx(-6 + MAKEUP_DB), pytest.approx(-12 + MAKEUP_DB)]


def test_an_unlikely_level_is_held_near_the_speakers_norm():
    levels = [-25.0, -25.0, -25.0, -70.0, -1.0]
    lines = [line(n, 2 * n, 2 * n + 1, energy_db=level) for n, level in enumerate(levels)]
    gains = [p.gain_db for p in placed(lines, [1.0] * 5, level_db=-20).placements]
    assert gains[3:] == [pytest.approx(-20 + MAKEUP_DB), pytest.approx(4 + MAKEUP_DB)]


def test_a_line_that_was_not_measured_is_as_loud_as_its_speaker_or_everybody():
    lines = [line(0, 0, 1, energy_db=-24), line(1, 2, 3), line(2, 4, 5, "Ren"), line(3, 6, 7, "Mio", energy_db=-20)]
    gains = [p.gain_db - MAKEUP_DB for p in placed(lines, [1.0] * 4, level_db=0).placements]
    assert gains == [pytest.approx(-24), pytest.approx(-24), pytest.approx(-22), pytest.approx(-20)]


def test_only_the_turns_of_dubbed_lines_are_taken_out():
    turns = (Span(start=0.9, end=2.2), Span(start=4, end=5), Span(start=6, end=9))
    timeline = placed([line(1, 1, 2), line(2, 6, 6.5)], [1.0, 0.5], turns=turns)
    assert timeline.silenced == (Span(start=0.9, end=2.2), Span(start=6, end=6.5))


def test_the_script_learns_where_its_lines_are_spoken_and_forgets_it_again():
    script = Script(source_language="ja", language="en", lines=(line(1, 1, 2), line(2, 4, 5)))
    timeline = placed(list(script.lines)[:1], [1.2])
    told = with_takes(script, timeline, "kokoro")
    assert [(one.placed, one.tempo) for one in told.lines] == [(Span(start=1, end=2.2), 1.0), (None, None)]
    assert [one.produced_by for one in told.lines] == [{"take": "kokoro"}, {}]
    assert before_performance(told) == script
