"""Episodes whose subtitles are the script: the sample, and one that is dubbed with the names in them and without."""

import re

import pytest

from tests import measure
from tests.end_to_end.studio import Dub


@pytest.fixture(scope="module")
def subtitled(ep01: Dub, tmp_path_factory: pytest.TempPathFactory) -> Dub:
    """The sample as it is dubbed when nothing is said about a script: it has subtitles, and a sign among them."""
    out = tmp_path_factory.mktemp("subtitled")
    return Dub(ep01.studio, ep01.episode, out, ep01.studio.dub(ep01.episode, out), ep01.truth)


@pytest.fixture(scope="module")
def nameless(ep02: Dub) -> Dub:
    """The other episode, its characters told apart by ear."""
    out = ep02.out.with_name("nameless")
    told = ep02.studio.dub(ep02.episode, out, "--script", "subs", "--no-names")
    return Dub(ep02.studio, ep02.episode, out, told, ep02.truth)


def test_every_word_of_the_subtitles_is_spoken_and_no_other(subtitled: Dub, ep02: Dub):
    for dub in (subtitled, ep02):
        assert spoken(dub) == plain(" ".join(line["en"] for line in dub.truth["lines"]))
        assert all(line["placed"] for line in dub.lines)


def test_a_sign_stays_a_subtitle(subtitled: Dub):
    [sign] = [plain(sign["text"]) for sign in subtitled.truth["signs"]]
    captions = plain((subtitled.out / "ep01.en.srt").read_text(encoding="utf-8"))
    assert sign not in spoken(subtitled)
    assert sign not in captions
    kept, original = (measure.packets(*of) for of in ((subtitled.video, "s:2"), (subtitled.episode, "s:0")))
    assert kept.split("=")[-1] == original.split("=")[-1]


def test_what_was_heard_before_is_not_heard_again(subtitled: Dub):
    assert not {"ingest", "extract", "detect", "separate", "translate"} & subtitled.told.performed


def test_named_speakers_are_never_mistaken(subtitled: Dub, ep02: Dub):
    for dub in (subtitled, ep02):
        assert {speaker for *_, speaker in dub.claimed} == {actor for *_, actor in dub.acted}
        assert measure.confusion(dub.claimed, dub.acted, dub.truth["duration"]) == 0
        for start, end, speaker in dub.claimed:
            assert speaker in {actor for first, last, actor in dub.acted if first < end and last > start}


def test_unnamed_speakers_are_told_apart_by_ear(nameless: Dub):
    assert measure.confusion(nameless.claimed, nameless.acted, nameless.truth["duration"]) <= 0.10
    assert len({speaker for *_, speaker in nameless.claimed}) == 3
    assert spoken(nameless) == plain(" ".join(line["en"] for line in nameless.truth["lines"]))


def test_it_speaks_where_the_original_speaks(subtitled: Dub, ep02: Dub):
    for dub in (subtitled, ep02):
        speech = measure.heard_speech(measure.sound(dub.video, 0, rate=16_000))
        assert measure.overlap(speech, dub.spoken, dub.truth["duration"]) >= 0.70


def test_every_character_has_a_voice_and_no_two_the_same(ep02: Dub, nameless: Dub):
    for dub in (ep02, nameless):
        voices = dub.script["cast"]["voices"]
        assert len(voices) == 3
        assert (
            len({(tuple(sorted(voice["blend"].items())), voice.get("shift_st", 0)) for voice in voices.values()}) == 3
        )


def spoken(dub: Dub) -> str:
    """All that the dub says, in small letters without punctuation."""
    return plain(" ".join(line["text"] for line in dub.lines))


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("’", "'")).split())
