"""Lines are parted by voice, on made directions in the encoder's space."""

import numpy as np
import pytest
from numpy.typing import NDArray

from animedub.model import Line, Script, Span
from animedub.stages.diarize import group_by_voice, hear_voices, with_speakers

D = 64
RNG = np.random.default_rng(11)
VOICES = RNG.standard_normal((5, D)) / np.sqrt(D) + 0.06  # similarity of about .2 between any two


def said_by(speakers: list[int], spread: float = 0.45) -> NDArray[np.float32]:
    """A direction for each line, as far from the speaker's own as acting moves it."""
    vectors = VOICES[speakers] + RNG.standard_normal((len(speakers), D)) * spread / np.sqrt(D)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def partition(groups: list[int]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(np.array(groups) == group).tolist()) for group in set(groups)}


@pytest.mark.parametrize("speakers", [1, 2, 3, 5])
def test_voices_are_counted_and_parted(speakers):
    order = RNG.integers(0, speakers, 30).tolist() + list(range(speakers)) * 3
    found = group_by_voice(said_by(order), [2.0] * len(order), [None] * len(order))
    assert partition(found) == partition(order)


def test_the_order_of_the_lines_does_not_matter():
    order = [0, 1, 2, 1, 0, 2, 2, 1, 0, 0, 1]
    vectors, mixed = said_by(order), RNG.permutation(len(order))
    found = group_by_voice(vectors, [2.0] * len(order), [None] * len(order))
    again = group_by_voice(vectors[mixed], [2.0] * len(order), [None] * len(order))
    assert partition([again[list(mixed).index(n)] for n in range(len(order))]) == partition(found)


def test_short_lines_join_the_nearest_voice_and_found_none():
    order = [0, 0, 0, 1, 1, 1, 0, 1, 2]
    seconds = [2.0] * 6 + [0.4] * 3
    found = group_by_voice(said_by(order), seconds, [None] * 9)
    assert partition(found[:8]) == partition(order[:8])
    assert found[8] in found[:6]


def test_pitch_parts_voices_that_sound_alike():
    order = [0, 1] * 8
    close = VOICES[0] + 0.55 * (VOICES[1] - VOICES[0])
    base = np.stack([VOICES[0], close])[order]
    vectors = base + RNG.standard_normal(base.shape) * 0.35 / np.sqrt(D)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    pitches = [120.0 if speaker == 0 else 220.0 for speaker in order]
    assert partition(group_by_voice(vectors, [2.0] * 16, pitches)) == partition(order)


@pytest.mark.parametrize(("lines", "groups"), [(0, []), (1, [0])])
def test_one_line_is_one_voice_and_none_is_none(lines, groups):
    assert group_by_voice(said_by([0] * lines), [1.0] * lines, [None] * lines) == groups


class Colour:
    """Hears nothing but the sign and size of a sound."""

    identity = "colour"

    def embed(self, utterance):
        assert len(utterance) > 0
        direction = np.zeros(8, np.float32)
        direction[round(float(np.abs(utterance).mean()) * 10)] = 1
        return direction


def test_every_span_is_heard_in_the_mix_and_in_the_dialogue(soundtrack_of, stems_of, store, watch):
    levels = [0.1, 0.5, 0.1, 0.5, 0.0]
    sound = np.repeat(levels, 16_000)[None]
    spans = [Span(start=n, end=n + 1) for n in range(5)]
    found = hear_voices(
        spans,
        [None] * 5,
        soundtrack_of(sound, 16_000),
        stems_of(sound, rate=16_000),
        engine=Colour(),
        store=store,
        progress=watch,
    )
    assert partition(list(found)) == {frozenset({0, 2}), frozenset({1, 3}), frozenset({4})}
    assert watch.done == {"diarize": 5}


def script(*speakers: str, seconds: float = 1.0) -> Script:
    lines = [Line(id=f"L{n}", span=Span(start=2 * n, end=2 * n + seconds), speaker=s) for n, s in enumerate(speakers)]
    return Script(source_language="ja", language="en", lines=tuple(lines))


def named(before: Script, *groups: int) -> list[str]:
    return [line.speaker for line in with_speakers(before, groups, "ear").lines]


def test_voices_without_a_name_are_numbered_as_they_appear():
    assert named(script("", "", "", ""), 2, 0, 2, 1) == ["Speaker 1", "Speaker 2", "Speaker 1", "Speaker 3"]


def test_a_line_without_a_name_gets_that_of_its_voice_and_names_stay():
    assert named(script("Aki", "", "Ren", "", ""), 0, 0, 1, 1, 2) == ["Aki", "Aki", "Ren", "Ren", "Speaker 1"]
    assert named(script("Aki", "Ren", "Ren", ""), 0, 0, 0, 0) == ["Aki", "Ren", "Ren", "Ren"]


@pytest.mark.parametrize("groups", [(0, 1, 1), (1, 0, 0), (0, 1, 0)])
def test_a_number_is_not_given_twice(groups):
    found = named(script("", "Speaker 1", ""), *groups)
    assert found[1] == "Speaker 1"
    for name, group in zip(found, groups, strict=True):
        assert (name == "Speaker 1") is (group == groups[1])


def test_who_named_a_line_is_told():
    after = with_speakers(script("Aki", ""), (0, 0), "ear")
    assert [line.produced_by for line in after.lines] == [{}, {"speaker": "ear"}]
