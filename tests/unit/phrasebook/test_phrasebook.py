"""The book on lines as they are heard, and on lines it must leave alone."""

import re

import pytest

from animedub.phrasebook import identity, look_up
from animedub.phrasebook.book import Book, Entry, book, entries
from animedub.phrasebook.folding import key
from animedub.phrasebook.notation import wordings
from animedub.phrasebook.slots import SLOTS

HEARD = [
    ("お帰りなさい。お腹が空いたでしょう。", "Welcome home. You must be hungry."),
    ("お帰りなさいお腹が空いたでしょう", "Welcome home. You must be hungry."),
    ("ただいまおばあちゃんお友達を連れてきたの", "I'm home, Grandma. I brought a friend."),
    ("ただいま", "I'm home."),
    ("初めまして", "Nice to meet you."),
    ("静かに誰か来る", "Quiet! Someone's coming."),
    ("わかった 手を話すな", "I understand. Don't let go of my hand!"),
    ("本当ですか 信じられない", "Really? I can't believe it!"),
    ("えっ？本当？", "Huh? Really?"),
    ("お名前は何ですか？", "What's your name?"),
    ("初めましてタケシと申します", "Nice to meet you. My name is Takeshi."),
    ("はじめまして。たけしと申します。", "Nice to meet you. My name is Takeshi."),
    ("タケシくん、逃げろ！", "Run, Takeshi!"),
    ("みんな、行くぞ！", "Everyone, let's go."),
    ("えっと、駅はどこですか", "Um, where's the station?"),
    ("ねえ、お母さん、見て", "Hey, Mom, look!"),
    ("はい、わかりました。", "Yes, I understand."),
    ("でも、大丈夫？", "But are you all right?"),
    ("駅はどこですか", "Where's the station?"),
    ("水をください", "Some water, please."),
    ("３時です", "It's three o'clock."),
    ("あと十五分だ", "Fifteen minutes left."),
    ("ナイフを捨てろ", "Drop the knife!"),
    ("大丈夫か", "Are you all right?"),
    ("大丈夫", "It's all right."),
    ("大丈夫？", "Are you all right?"),
    ("お母さん？", "Mom?"),
    ("ニゲロッ！", "Run!"),
]

LEFT_ALONE = [
    "",
    "。",
    "すごいお母さん",
    "早く帰りたい",
    "また明日来ます",
    "今日はありがとう",
    "静かに来い",
    "お母さんいない",
    "行くなと言った",
    "手を離すなと言われた",
    "本当の話",
    "大丈夫じゃないかもしれない",
    "ただいま電話に出ることができません",
    "準備",
    "考え",
    "全員",
    "誰も",
    "わたしの",
    "ご飯",
    "俺",
    "来る？",
    "わかりました？",
    "山奥と申します",
    "バカと申します",
    "マイケルーと申します",
    "ビルをください",
    "一分待って",
    "猫が好きです",
    "ありがとうという言葉",
]


@pytest.mark.parametrize(("transcript", "english"), HEARD)
def test_a_line_of_the_book_is_translated(transcript, english):
    match = look_up(transcript)
    assert match is not None and match.text == english


@pytest.mark.parametrize("transcript", LEFT_ALONE)
def test_a_line_that_is_not_all_in_the_book_is_left_alone(transcript):
    assert look_up(transcript) is None


def test_the_kind_of_a_match_tells_how_it_was_made():
    kinds = [look_up(line) for line in ("ありがとう", "駅はどこですか", "はい、わかりました")]
    assert [(m.kind, m.pieces) for m in kinds if m] == [("phrase", 1), ("pattern", 1), ("sequence", 2)]


def test_other_languages_are_left_alone():
    assert look_up("ありがとう", "ja", "de") is None
    assert look_up("ありがとう", "zh", "en") is None


def test_every_wording_of_every_phrase_finds_its_own_english():
    checked = 0
    for notation, entry in entries():
        for wording in wordings(notation):
            if "{" in wording:
                continue
            match = look_up(wording + "？" * entry.asks)
            bare = entry.english.rstrip(".!?")
            assert match is not None, wording
            assert match.text.startswith(bare), (wording, match)
            checked += 1
    assert checked > 5000


def test_the_book_is_large_and_every_english_can_be_spoken():
    english = [entry.english for _, entry in entries()]
    assert len(english) > 600
    speakable = re.compile(r"[A-Za-z {}',.!?\-]+")
    assert [line for line in english if not speakable.fullmatch(line)] == []
    assert [line for line in english if len(line) > 60] == []


def test_every_slot_in_english_is_the_slot_in_japanese():
    wrong = []
    for notation, entry in entries():
        expected = set(re.findall(r"\{(?:the )?(\w+)\}", entry.english))
        if {frozenset(re.findall(r"\{(\w+)\}", wording)) for wording in wordings(notation)} != {frozenset(expected)}:
            wrong.append(notation)
        assert expected <= set(SLOTS)
    assert wrong == []


def test_no_wording_is_empty_or_entered_with_other_english():
    assert all(key(wording) for notation, _ in entries() for wording in wordings(notation))
    made = Book()
    made.add("ありがとう", Entry("Thank you."))
    with pytest.raises(ValueError, match="is both"):
        made.add("有難う", Entry("Sorry."))
    assert len(book().phrases.entries) > 5000


def test_the_identity_names_the_content():
    assert re.fullmatch(r"phrasebook ja-en [0-9a-f]{12} v\d+", identity())
