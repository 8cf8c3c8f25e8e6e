import random
from statistics import median

import pytest

from animedub.model import Span, SpeechMap, Turn
from animedub.model.span import merged
from animedub.stages.cues import Cue, Kind
from animedub.stages.subtitled import LEAD_IN, LEAD_OUT, script_from_cues, snapped


def cue(start, end, text="Some words.", speaker="", kind=Kind.DIALOGUE, shared=False):
    return Cue(span=Span(start=start, end=end), text=text, speaker=speaker, kind=kind, shared=shared)


def speech(*turns, seconds=100.0):
    return SpeechMap(seconds=seconds, turns=tuple(Turn(span=Span(start=a, end=b)) for a, b in turns))


def script(cues, heard, seconds=100.0, **options):
    return script_from_cues(cues, heard, seconds, language="en", source_language="ja", **options)


def times(spans):
    return [span and (round(span.start, 3), round(span.end, 3)) for span in spans]


@pytest.mark.parametrize(
    ("case", "cues", "turns", "found"),
    [
        ("leads are taken off", [cue(1.9, 5.37)], [(2.0, 5.1)], [(2.0, 5.1)]),
        ("a long lead-out too", [cue(1.88, 3.5)], [(2.0, 2.9)], [(2.0, 2.9)]),
        ("speech may begin before the cue", [cue(2.0, 3.0)], [(1.7, 3.3)], [(1.7, 3.3)]),
        ("pauses inside belong to it", [cue(2.0, 5.0)], [(2.1, 3.0), (3.3, 4.8)], [(2.1, 4.8)]),
        ("long ones as well", [cue(2.0, 5.0)], [(2.1, 2.8), (4.0, 4.8)], [(2.1, 4.8)]),
        ("what ends before the cue is another's", [cue(2.0, 4.0)], [(1.0, 1.8), (2.15, 3.8)], [(2.15, 3.8)]),
        ("a breath away is the same line", [cue(2.0, 4.0)], [(1.7, 1.9), (2.15, 3.8)], [(1.7, 3.8)]),
        ("somebody without subtitles talks before", [cue(2.0, 4.0)], [(0.0, 3.7)], [(2.0, 3.7)]),
        ("and after", [cue(2.0, 4.0)], [(2.2, 9.0)], [(2.2, 4.0)]),
        ("nobody speaks", [cue(2.0, 4.0)], [(7.0, 9.0)], [None]),
        ("a click is not speech", [cue(2.0, 4.0)], [(3.0, 3.05)], [None]),
        ("nor is a gasp a sentence", [cue(2.0, 4.0, "It is very cold today.")], [(2.1, 2.4)], [None]),
        (
            "the pause between two lines",
            [cue(1.9, 5.37), cue(5.55, 7.3)],
            [(2.0, 5.1), (5.65, 7.0)],
            [(2.0, 5.1), (5.65, 7.0)],
        ),
        ("cues without a gap", [cue(1.9, 5.0), cue(5.0, 7.3)], [(2.0, 5.1), (5.3, 7.0)], [(2.0, 5.1), (5.3, 7.0)]),
        ("a change of turn", [cue(1.9, 5.0), cue(5.0, 7.3)], [(2.0, 5.12), (5.12, 7.0)], [(2.0, 5.12), (5.12, 7.0)]),
        ("speech goes through", [cue(1.9, 5.0), cue(5.0, 7.3)], [(2.0, 7.0)], [(2.0, 5.0), (5.0, 7.0)]),
        ("through a gap of the cues", [cue(1.9, 4.8), cue(5.0, 7.3)], [(2.0, 7.0)], [(2.0, 4.8), (5.0, 7.0)]),
        (
            "a pause too far away is inside",
            [cue(1.9, 5.0), cue(5.0, 9.0)],
            [(2.0, 5.9), (6.2, 8.8)],
            [(2.0, 5.0), (5.0, 8.8)],
        ),
        (
            "the nearest of two pauses",
            [cue(1, 5), cue(5, 9)],
            [(1.1, 4.6), (4.8, 5.1), (5.15, 8.8)],
            [(1.1, 5.1), (5.15, 8.8)],
        ),
        ("both at once", [cue(1, 5), cue(2, 3)], [(1.1, 4.8)], [(1.1, 4.8), (2.0, 3.0)]),
        (
            "an outcry into a long line",
            [cue(1, 5), cue(2, 3), cue(5.1, 6)],
            [(1.1, 4.8), (5.2, 5.8)],
            [(1.1, 4.8), (2, 3), (5.2, 5.8)],
        ),
        (
            "two speakers of one event",
            [cue(1.0, 2.2, "Who is it?", shared=True), cue(2.2, 4.0, "Me, Takeshi!", shared=True)],
            [(1.1, 2.7), (2.9, 3.8)],
            [(1.1, 2.7), (2.9, 3.8)],
        ),
    ],
)
def test_lines_are_moved_to_where_somebody_speaks(case, cues, turns, found):
    assert times(snapped(cues, speech(*turns))) == found, case


def test_a_line_says_how_its_span_was_found():
    made = script([cue(2, 4, speaker="Haruka"), cue(6, 8)], speech((2.1, 3.8)), source="subtitle track 1")
    first, second = made.lines
    assert first.produced_by == {
        "text": "subtitle track 1",
        "span": "subtitle track 1, snapped to speech",
        "speaker": "subtitle track 1",
    }
    assert second.produced_by == {"text": "subtitle track 1", "span": "subtitle track 1, no speech found"}
    assert (second.span.start, second.span.end) == (6 + LEAD_IN, 8 - LEAD_OUT)


def test_a_short_cue_without_speech_keeps_most_of_its_time():
    (line,) = script([cue(2, 2.4, "No!")], speech()).lines
    assert 2 < line.span.start < line.span.end < 2.4
    assert line.span.seconds == pytest.approx(0.24)


def test_only_dialogue_becomes_lines_with_ids_in_order_of_time():
    made = script(
        [
            cue(8, 9, "Later."),
            cue(0, 5, "Village", kind=Kind.SIGN),
            cue(2, 4, "First."),
            cue(2, 4, "la", kind=Kind.SONG),
        ],
        speech((2.1, 3.9), (8.1, 8.9)),
    )
    assert [(line.id, line.text, line.source_text) for line in made.lines] == [
        ("L0001", "First.", ""),
        ("L0002", "Later.", ""),
    ]
    assert (made.language, made.source_language) == ("en", "ja")


def test_names_can_be_left_out():
    (line,) = script([cue(2, 4, speaker="Haruka")], speech((2.1, 3.9)), use_names=False).lines
    assert line.speaker == ""
    assert "speaker" not in line.produced_by


def test_subtitles_in_the_source_language_are_what_the_actors_say():
    (line,) = script([cue(2, 4, "おはよう。")], speech((2.1, 3.9)), words="source_text").lines
    assert (line.source_text, line.text) == ("おはよう。", "")
    assert "source_text" in line.produced_by


def test_lines_end_with_the_episode():
    made = script([cue(8, 12), cue(11, 14)], speech(seconds=10), seconds=10.0)
    assert [line.id for line in made.lines] == ["L0001"]
    assert made.lines[0].span.end == 10


def test_lines_of_one_speaker_never_overlap_and_those_of_two_may():
    same = script([cue(1, 5, "A long one here.", "Haruka"), cue(3, 6, "And more.", "Haruka")], speech((1.1, 5.9))).lines
    assert same[0].span.end <= same[1].span.start
    both = script(
        [cue(1, 5, "A long one here.", "Haruka"), cue(3, 6, "And more.", "Takeshi")], speech((1.1, 5.9))
    ).lines
    assert both[0].span.end > both[1].span.start
    stacked = script([cue(1, 5, "Twelve chars", "Haruka"), cue(1, 5, "Four", "Haruka")], speech((1.0, 5.0))).lines
    assert [(line.text, line.span.start, line.span.end) for line in stacked] == [
        ("Twelve chars", 1.0, 4.0),
        ("Four", 4.0, 5.0),
    ]


def conversation(seed):
    """Lines of 0.6 to 4 s with the pauses of real talk, and cues as a fansubber times them."""
    chance = random.Random(seed)
    truth, at = [], 1.0
    for _ in range(60):
        seconds = chance.uniform(0.6, 4.0)
        truth.append(Span(start=at, end=at + seconds))
        at += seconds + chance.choice([0.2, 0.4, 0.55, 1.0, 3.0])
    cues = []
    for place, span in enumerate(truth):
        following = truth[place + 1].start if place + 1 < len(truth) else at
        end = min(span.end + chance.uniform(0.2, 0.5), following - 0.08)
        cues.append(cue(span.start - chance.uniform(0.05, 0.15), end, "Words.", speaker=f"S{place % 3}"))
    return truth, cues, at


@pytest.mark.parametrize("bridged", [0.0, 0.3])
def test_onsets_of_a_conversation_are_found_with_an_inexact_detector(bridged):
    truth, cues, seconds = conversation(seed=7)
    chance = random.Random(3)
    heard = [Span(start=s.start + chance.uniform(-0.06, 0.06), end=s.end + chance.uniform(-0.06, 0.06)) for s in truth]
    turns = [(s.start, s.end) for s in merged(heard, gap=bridged)]
    lines = script(cues, speech(*turns, seconds=seconds), seconds).lines
    assert len(lines) == len(truth)
    onsets = [abs(line.span.start - true.start) for line, true in zip(lines, truth, strict=True)]
    ends = [abs(line.span.end - true.end) for line, true in zip(lines, truth, strict=True)]
    assert median(onsets) < 0.06
    assert max(onsets) < 0.2
    assert median(ends) < 0.06
    covered = sum(line.span.overlap(true) for line, true in zip(lines, truth, strict=True))
    assert covered / sum(line.span.joined(true).seconds for line, true in zip(lines, truth, strict=True)) > 0.9


def test_one_line_needs_nothing_around_it_and_none_gives_an_empty_script():
    assert script([], speech((1, 2))).lines == ()
    assert times(snapped([cue(0.0, 1.0)], speech((0.0, 0.8)))) == [(0.0, 0.8)]
