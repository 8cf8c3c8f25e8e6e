"""Many spellings, one key."""

import pytest

from animedub.phrasebook.folding import fold, key
from animedub.phrasebook.notation import wordings
from animedub.phrasebook.tables import rows

SAME = [
    ("お腹", "おなか"),
    ("下さい", "クダサイ"),
    ("スゴイ", "凄い"),
    ("なあに", "なぁあに"),
    ("逃げろーー！", "ニゲロッ"),
    ("お前、誰だ？", "おまえだれだ"),
    ("何だ", "なんだ"),
    ("ｱﾘｶﾞﾄｳ", "有難う"),
]
DIFFERENT = [("ビール", "ビル"), ("うーん", "うん"), ("ふーん", "ふん"), ("おばあさん", "おばさん"), ("端", "橋")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_word_have_one_key(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_that_differ_keep_their_keys(one, other):
    assert key(one) != key(other)


def test_punctuation_is_kept_beside_the_letters():
    folded = fold("え？ 本当…だ。")
    assert folded.text == "えほんとうだ"
    assert dict(folded.stops) == {1: "?", 5: ",", 6: "."}
    assert folded.edge(1) and not folded.edge(2)
    assert folded.sentence_ends_inside(0, 6) and not folded.sentence_ends_inside(1, 6)


def test_an_open_bracket_is_refused():
    with pytest.raises(ValueError, match="not closed"):
        wordings("ありがとう(ございます")


def test_no_spelling_is_folded_twice():
    usual = {row[0] for row in rows("spellings-ja.tsv", columns=2)}
    rare = [word for row in rows("spellings-ja.tsv", columns=2) for word in row[1].split("|")]
    assert len(rare) == len(set(rare)) > 100
    assert usual.isdisjoint(rare)
