"""What is heard in the dub of the sample episode, measured against the clean stems it was made from."""

import re
from collections import defaultdict
from pathlib import Path

import jiwer
import numpy as np
import pysubs2
import pytest
import soundfile

from tests import measure
from tests.end_to_end.studio import PROJECT, Dub

HEARING_RATE = 16_000
DATA = PROJECT / "tests" / "data"


@pytest.fixture(scope="module")
def heard(ep01: Dub) -> measure.Wave:
    """The dub as recognisers hear it."""
    return measure.sound(ep01.video, 0, rate=HEARING_RATE)


@pytest.fixture(scope="module")
def purity(ep01: Dub) -> measure.Purity:
    dub, original = (measure.sound(film, 0, rate=measure.STEM_RATE) for film in (ep01.video, ep01.episode))
    voices, bed = (np.asarray(soundfile.read(DATA / f"ep01.{stem}.flac")[0], np.float32) for stem in ("voices", "bed"))
    return measure.purity(dub, original, voices, bed, ep01.spoken)


@pytest.fixture(scope="module")
def recogniser(models: Path):
    """The recogniser as an English one, which the dub itself never asks it to be."""
    from faster_whisper import WhisperModel

    from animedub.catalogue import ModelFolder

    return WhisperModel(str(ModelFolder(models).path("whisper-base")), device="cpu", compute_type="int8")


def test_the_original_voices_are_gone(purity: measure.Purity):
    assert purity.residue_db <= -20


def test_where_nobody_speaks_the_dub_is_the_original(purity: measure.Purity):
    assert purity.gap_sdr_db >= purity.original_gap_sdr_db - 1.5


def test_the_dialogue_stands_in_the_mix_as_it_did(purity: measure.Purity):
    assert abs(purity.dialogue_level_db) <= 3


def test_nothing_is_late(ep01: Dub):
    dub, original = (measure.sound(film, 0, rate=48_000) for film in (ep01.video, ep01.episode))
    quiet = measure.away_from(ep01.spoken, np.arange(len(original)) / 48_000)
    assert measure.lag(dub, original, quiet) == 0


def test_it_speaks_where_the_original_speaks(ep01: Dub, heard: measure.Wave):
    speech = measure.heard_speech(heard)
    assert measure.overlap(speech, ep01.spoken, ep01.truth["duration"]) >= 0.65
    assert np.median(measure.onset_errors(speech, ep01.spoken)) <= 0.120


def test_the_words_of_the_subtitles_are_heard(ep01: Dub, heard: measure.Wave, recogniser):
    segments, _ = recogniser.transcribe(heard, language="en", vad_filter=True, condition_on_previous_text=False)
    understood = " ".join(segment.text for segment in segments)
    subtitles = " ".join(event.plaintext for event in pysubs2.load(str(ep01.out / "ep01.en.srt")))
    assert jiwer.wer(words(subtitles), words(understood)) <= 0.10


def test_every_character_speaks_english(ep01: Dub, recogniser):
    dub = measure.sound(ep01.video, 0, rate=HEARING_RATE)
    parts = defaultdict(list)
    for line in ep01.lines:
        start, end = (round(line["placed"][edge] * HEARING_RATE) for edge in ("start", "end"))
        parts[line["speaker"]].append(dub[start:end])
    assert len(parts) == 2
    for said in parts.values():
        _, _, languages = recogniser.detect_language(np.concatenate(said))
        assert dict(languages)["en"] >= 0.8


def test_voices_are_told_apart_as_the_actors_are(ep01: Dub):
    assert measure.confusion(ep01.claimed, ep01.acted, ep01.truth["duration"]) <= 0.10


def test_no_two_characters_share_a_voice(ep01: Dub):
    voices = {speaker: json_voice(voice) for speaker, voice in ep01.script["cast"]["voices"].items()}
    assert len(voices) == 2
    assert len(set(voices.values())) == 2
    assert {line["speaker"] for line in ep01.lines} == set(voices)


def test_the_result_names_lines_and_voices(ep01: Dub):
    told = ep01.told.object
    assert told["lines"] == len([line for line in ep01.lines if line["text"]])
    assert set(told["speakers"]) == {line["speaker"] for line in ep01.lines}
    assert told["seconds"] == pytest.approx(ep01.truth["duration"], abs=0.1)


def words(text: str) -> str:
    """Small letters and apostrophes only: recognisers punctuate as they like."""
    return " ".join(re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("’", "'")).split())


def json_voice(voice: dict) -> tuple:
    """What makes a voice sound as it does."""
    return tuple(sorted(voice["blend"].items())), voice.get("shift_st", 0.0)
