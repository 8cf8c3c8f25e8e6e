"""Voices for characters: distinct, near the original, the same every time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animedub.errors import InputError
from animedub.model import Cast, Line, Prosody, Script, Span, Voice, VoiceProfile
from animedub.stages.cast import APART, LINES_HEARD, Part, Portrait, cast_voices, choose_voices, open_parts, with_cast

ENCODER = "axes 1"
HZ = [110.0, 130.0, 180.0, 210.0, 250.0, 320.0]


def axis(*weights: float) -> np.ndarray:
    vector = np.zeros(8, np.float32)
    vector[: len(weights)] = weights
    return vector / np.linalg.norm(vector)


def profile(number: int, native: float = 1.0, vector: np.ndarray | None = None) -> VoiceProfile:
    direction = np.eye(8)[number] if vector is None else vector
    voice = Voice(name=f"v{number}", engine="fake", blend={"a": 1.0}, pitch_hz=HZ[number])
    return VoiceProfile(voice=voice, embedding=tuple(map(float, direction)), encoder=ENCODER, native=native)


PROFILES = [profile(number) for number in range(6)]


def portrait(speaker: str, seconds: float, number: int, hz: float | None = None) -> Portrait:
    return Portrait(speaker, seconds, np.eye(8, dtype=np.float32)[number], hz)


def chosen(portraits, profiles=PROFILES, encoder=ENCODER, **taken: Voice) -> dict[str, str]:
    return {who: voice.name for who, voice in choose_voices(portraits, profiles, encoder, taken=taken).items()}


def test_everybody_gets_the_voice_that_sounds_like_them():
    assert chosen([portrait("Aki", 30, 3), portrait("Ren", 20, 1)]) == {"Aki": "v3", "Ren": "v1"}


def test_pitch_decides_between_voices_that_are_equally_near():
    far = axis(*np.ones(8))
    assert chosen([Portrait("Aki", 30, far, 320.0), Portrait("Ren", 20, far, 112.0)]) == {"Aki": "v5", "Ren": "v0"}


def test_who_speaks_most_chooses_first():
    assert chosen([portrait("Ren", 20, 3), portrait("Aki", 30, 3)])["Aki"] == "v3"
    assert chosen([portrait("Ren", 40, 3), portrait("Aki", 30, 3)])["Ren"] == "v3"


@given(order=st.permutations(range(10)), seconds=st.lists(st.sampled_from([1.0, 5.0, 9.0]), min_size=10, max_size=10))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_characters_does_not_matter_and_no_two_share_a_voice(order, seconds):
    portraits = [portrait(f"S{n}", seconds[n], n % 8, 100.0 + 20 * n) for n in range(10)]
    reference = choose_voices(portraits, PROFILES, ENCODER, taken={})
    assert choose_voices([portraits[n] for n in order], PROFILES, ENCODER, taken={}) == reference
    assert set(reference) == {f"S{n}" for n in range(10)}
    assert len({voice.name for voice in reference.values()}) == 10  # more than there are profiles
    assert len({(tuple(voice.blend), voice.shift_st, voice.pitch_hz) for voice in reference.values()}) == 10


def test_a_voice_that_is_taken_is_not_given_again_nor_one_like_it():
    twin = profile(3, vector=axis(0.95, 0, 0, 0.3))  # sounds like v0
    profiles = [PROFILES[0], PROFILES[1], twin]
    assert float(np.dot(twin.embedding, PROFILES[0].embedding)) > APART
    assert chosen([portrait("Aki", 30, 0)], profiles, Ren=PROFILES[0].voice) == {"Aki": "v1"}
    assert chosen([portrait("Aki", 30, 0)], [PROFILES[0], twin], Ren=PROFILES[0].voice) == {"Aki": "v3"}  # no other


def test_an_accent_costs():
    foreign = profile(2, native=0.1)
    assert chosen([Portrait("Aki", 30, axis(0, 0, 1, 0, 0.5), None)], [foreign, profile(4)]) == {"Aki": "v4"}


def test_embeddings_of_another_encoder_are_not_compared():
    assert chosen([portrait("Aki", 30, 0, 320.0)], encoder="another") == {"Aki": "v5"}  # by pitch alone


def test_variations_sound_as_they_say_and_run_out_at_last():
    only = [PROFILES[0]]
    voices = choose_voices([portrait(f"S{n}", 9 - n, 0) for n in range(3)], only, ENCODER, taken={})
    assert {voice.name: voice.shift_st for voice in voices.values()} == {"v0": 0, "v0~+0.75": 0.75, "v0~-0.75": -0.75}
    assert voices["S1"].pitch_hz == pytest.approx(HZ[0] * 2 ** (0.75 / 12), abs=0.1)
    with pytest.raises(InputError, match="join characters"):
        choose_voices([portrait(f"S{n:02d}", 30 - n, 0) for n in range(9)], only, ENCODER, taken={})


class Ear:
    """Hears which of eight levels a sound has."""

    identity = ENCODER

    def __init__(self) -> None:
        self.heard: list[int] = []

    def embed(self, utterance):
        self.heard.append(len(utterance))
        return np.eye(8, dtype=np.float32)[round(float(np.abs(utterance).mean()) * 10)]


class Choir:
    """Has voices and does not speak."""

    identity, rate, languages = "choir", 24_000, ("en",)

    def voices(self, language: str) -> list[VoiceProfile]:
        return PROFILES if language == "en" else []


def line(number: int, speaker: str, start: float, end: float, hz: float | None = None) -> Line:
    prosody = hz and Prosody(
        pitch_hz=hz,
        pitch_range_st=3,
        energy_db=-20,
        energy_range_db=6,
        syllables_per_second=5,
        voiced=0.7,
        zero_crossings_hz=900,
    )
    return Line(id=f"L{number}", span=Span(start=start, end=end), speaker=speaker, prosody=prosody)


def script(*lines: Line, cast: Cast | None = None) -> Script:
    return Script(source_language="ja", language="en", lines=lines, cast=cast)


def test_a_part_is_what_a_character_says():
    parts = open_parts(script(line(1, "Aki", 0, 1, 200), line(2, "Ren", 1, 2), line(3, "Aki", 2, 5, 260)))
    assert parts == (
        Part(speaker="Aki", seconds=4, spans=(Span(start=2, end=5), Span(start=0, end=1)), pitch_hz=230),
        Part(speaker="Ren", seconds=1, spans=(Span(start=1, end=2),), pitch_hz=None),
    )
    many = open_parts(script(*(line(n, "Aki", n, n + 0.5) for n in range(20))))
    assert len(many[0].spans) == LINES_HEARD


def test_who_has_a_voice_is_not_cast_again():
    cast = Cast(voices={"Aki": PROFILES[5].voice})
    parts = open_parts(script(line(1, "Aki", 0, 1), line(2, "Ren", 1, 2), cast=cast))
    assert [part.speaker for part in parts] == ["Ren"]


def test_characters_are_heard_in_the_dialogue(stems_of, store, watch):
    stems = stems_of(np.repeat([0.3, 0.1, 0.3, 0.0], 16_000)[None], rate=16_000)
    said = script(line(1, "Aki", 0, 1), line(2, "Ren", 1, 2), line(3, "Aki", 2, 3), line(4, "Mute", 3, 4))
    taken = Cast(voices={"Old": PROFILES[4].voice})
    ear = Ear()
    cast = cast_voices(
        open_parts(said), taken, stems, "en", synthesizer=Choir(), encoder=ear, store=store, progress=watch
    )
    assert {who: voice.name for who, voice in cast.voices.items()} == {
        "Old": "v4",
        "Aki": "v3",
        "Ren": "v1",
        "Mute": "v0",
    }
    assert watch.done == {"cast": 3}
    told = with_cast(said, cast)
    assert [one.voice for one in told.lines] == ["v3", "v1", "v3", "v0"]
    assert told.cast == cast


def test_a_language_nobody_speaks_is_refused(stems_of, store, watch):
    stems = stems_of(np.zeros((1, 16_000)), rate=16_000)
    with pytest.raises(InputError, match="no voice for 'de'; it speaks en"):
        cast_voices((), Cast(voices={}), stems, "de", synthesizer=Choir(), encoder=Ear(), store=store, progress=watch)
