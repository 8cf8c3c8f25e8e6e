"""Japanese as a key: the many ways to write one phrase become one string of letters, its punctuation set aside.

What is folded away: width, katakana against hiragana, stretched vowels of shouts, kanji where the same word
is as often written in kana (``spellings-ja.tsv``). What stays: the long vowel of a loanword (ビール is not ビル)
and every kanji that tells two words apart.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from animedub.phrasebook.tables import rows

Stop = Literal[",", ".", "!", "?"]

_FIRST_KATAKANA, _LAST_KATAKANA = "ァ", "ヶ"
_TO_HIRAGANA = ord("ぁ") - ord("ァ")
_STOPS: tuple[tuple[re.Pattern[str], Stop], ...] = (
    (re.compile(r"\?"), "?"),
    (re.compile(r"!"), "!"),
    (re.compile(r"。|(?<!\.)\.(?!\.)"), "."),
)
_PUNCTUATION = re.compile(r"[\s、。,.!?…‥・:;'\"“”‘’「」『』()\[\]<>《》【】♪♬\-―—–]+")
_STRETCHED = re.compile(r"(?<=[ぁ-ん一-鿿])[ー〜~]+")
_WAVES = re.compile(r"[〜~]+")
_SMALL_VOWEL = re.compile(r"(?<=[ぁ-ん])[ぁぃぅぇぉ]+")
_SHOUTED = re.compile(r"([あいうおんぁ-ぉ])\1{2,}")
_WHAT = re.compile(r"なん(?=[だでのてと])")


@dataclass(frozen=True)
class Folded:
    """A transcript as a key.

    Attributes:
        text: letters only, kana as hiragana.
        katakana: for each letter of ``text``, whether it was written in katakana.
        stops: position in ``text`` -> the punctuation before that letter; the end counts as a position, the start not.
    """

    text: str
    katakana: tuple[bool, ...]
    stops: Mapping[int, Stop]

    def edge(self, at: int) -> bool:
        """Whether a pause is certain at a position: the start, the end or punctuation."""
        return at in (0, len(self.text)) or at in self.stops

    def sentence_ends_inside(self, start: int, end: int) -> bool:
        """Whether a full stop, question or exclamation mark lies strictly between two positions."""
        return any(start < at < end and stop != "," for at, stop in self.stops.items())


def fold(transcript: str) -> Folded:
    """A transcript as a key.

    >>> fold("スゴーい！　お腹、空いたぁ？")
    Folded(text='すごーいおなかすいた', katakana=(True, True, True, False, False, False, False, False, False, False), \
stops=mappingproxy({4: '!', 7: ',', 10: '?'}))
    """
    text = unicodedata.normalize("NFKC", transcript)
    letters, at, stops = "", 0, {}
    for mark in _PUNCTUATION.finditer(text):
        letters += _letters(text[at : mark.start()])
        if letters:
            stops[len(letters)] = _strongest(mark.group(), stops.get(len(letters), ","))
        at = mark.end()
    letters += _letters(text[at:])
    katakana = tuple(_is_katakana(c) or (c == "ー" and i > 0 and _is_katakana(letters[i - 1]))
                     for i, c in enumerate(letters))  # fmt: skip
    return Folded("".join(map(_hiragana, letters)), katakana, MappingProxyType(stops))


def key(text: str) -> str:
    """The letters alone of :func:`fold`.

    >>> key("お前は、誰だ！") == key("おまえはだれだ")
    True
    """
    return fold(text).text


def _strongest(mark: str, otherwise: Stop) -> Stop:
    for pattern, stop in _STOPS:
        if pattern.search(mark):
            return stop
    return otherwise


def _letters(words: str) -> str:
    """Text without punctuation in its usual spelling, katakana still katakana."""
    spelling, usual = _spellings()
    words = spelling.sub(lambda match: usual[match.group()], words)
    words = _WAVES.sub("", _STRETCHED.sub("", words))
    words = _SHOUTED.sub(r"\1\1", _SMALL_VOWEL.sub("", words))
    return _WHAT.sub("なに", words).rstrip("っッ")  # a shout cut off


def _is_katakana(letter: str) -> bool:
    return _FIRST_KATAKANA <= letter <= _LAST_KATAKANA


def _hiragana(letter: str) -> str:
    return chr(ord(letter) + _TO_HIRAGANA) if _is_katakana(letter) and letter not in "ヵヶ" else letter


@lru_cache(maxsize=1)
def _spellings() -> tuple[re.Pattern[str], dict[str, str]]:
    """The less usual spellings as one expression, longest first, and what each becomes."""
    usual = {rare: row[0] for row in rows("spellings-ja.tsv", columns=2) for rare in row[1].split("|")}
    return re.compile("|".join(sorted(map(re.escape, usual), key=len, reverse=True))), usual
