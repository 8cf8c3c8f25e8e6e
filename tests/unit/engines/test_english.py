"""How English, and the Japanese names in it, is read."""

import pytest

from animedub.engines.english import CONSONANTS, VOWELS, EnglishSounds, romaji_sounds


@pytest.fixture(scope="module")
def english() -> EnglishSounds:
    return EnglishSounds()


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("Takeshi", "tɑkˈɛʃi"),
        ("Haruka", "hɑɹˈukɑ"),
        ("Aki", "ˈɑki"),
        ("Ren", "ɹˈɛn"),
        ("Shin", "ʃˈin"),
        ("Ryou", "ɹjˈO"),
        ("Yuuki", "jˈuki"),
        ("Hikari", "hikˈɑɹi"),
        ("Kenji", "kˈɛnʤi"),
        ("Sakurai", "sɑkˈuɹI"),
        ("Tsubasa", "tsubˈɑsɑ"),
        ("Chihiro", "ʧihˈiɹO"),
        ("Jin", "ʤˈin"),
        ("Hattori", "hɑtˈOɹi"),
        ("Issei", "ˈisA"),
        ("Kyouko", "kjˈOkO"),
        ("Nene", "nˈɛnɛ"),
    ],
)
def test_names_are_read_syllable_by_syllable(name, sounds):
    assert romaji_sounds(name) == sounds


@pytest.mark.parametrize("word", ["Robert", "Smith", "Xavier", "Lelouch", "Vash", "Edward", "Q"])
def test_what_no_syllables_spell_is_not_japanese(word):
    assert romaji_sounds(word) is None


def test_names_are_said_inside_a_sentence_and_english_words_are_left_alone(english):
    said = english.phonemes("Takeshi, run home!")
    assert "tɑkˈɛʃi" in said
    assert english.phonemes("Takeshi") != english.phonemes("takeshi")
    assert english.phonemes("Come on, Mike.") == english.phonemes("Come on, Mike.")
    assert "mˈIk" in english.phonemes("Come on, Mike.")  # English in the dictionary, though "Mi-ke" could be read


def test_long_vowels_may_be_written_with_a_bar(english):
    assert english.phonemes("Tarō is here.") == english.phonemes("Taro is here.")


@pytest.mark.parametrize("text", ["", "   ", "...", "♪♪", "ですか"])
def test_nothing_to_say_has_no_letters_among_its_sounds(english, text):
    assert not any(c.isalpha() for c in english.phonemes(text))


@pytest.mark.parametrize(
    "text", ["Wait... what?!", "It's 3 o'clock.", "“Go!” he said — twice.", "Mr. Tanaka?", "A-and?"]
)
def test_every_sound_is_one_the_model_knows(english, text):
    known = set("".join([*CONSONANTS.values(), *VOWELS.values()]))
    said = english.phonemes(text)
    assert any(c in known for c in said)
    assert not any(c.isdigit() for c in said)
    assert english.phonemes(text) == said
