"""What may stand in a slot of a pattern: a number, a name, or a word of ``words-ja-en.tsv``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from animedub.phrasebook.folding import Folded, key
from animedub.phrasebook.hepburn import spell
from animedub.phrasebook.notation import wordings
from animedub.phrasebook.numerals import NUMERAL, value, words
from animedub.phrasebook.tables import rows

Slot = Literal["NUM", "NAME", "PERSON", "ADDRESS", "PLACE", "CITY", "THING", "FOOD"]
SLOTS: tuple[Slot, ...] = get_args(Slot)

TITLES = ("さん", "ちゃん", "くん", "君")
"""What follows a name in Japanese and is left out in English."""

_LETTERS_OF_A_NAME = range(2, 7)


@dataclass(frozen=True)
class Filler:
    """A word found where a slot is: it ends before ``end`` in the folded text and is ``english``."""

    end: int
    english: str


def fillers(slot: Slot, text: Folded, at: int) -> Iterator[Filler]:
    """Every word that could fill ``slot`` from position ``at`` on."""
    if slot == "NUM":
        yield from _numbers(text, at)
    elif slot == "NAME":
        yield from _names(text, at, framed=True)
    elif slot in ("PERSON", "ADDRESS"):
        yield from _listed("KIN", text, at)
        yield from _listed("TITLE", text, at) if slot == "ADDRESS" else ()
        yield from _names(text, at)
    else:
        yield from _listed(slot, text, at)


def definite(english: str) -> str:
    """A listed word as the one both speakers know.

    >>> definite("some water"), definite("an umbrella"), definite("Tokyo")
    ('the water', 'the umbrella', 'Tokyo')
    """
    article, _, noun = english.partition(" ")
    return f"the {noun}" if article in ("a", "an", "some") else english


def _numbers(text: Folded, at: int) -> Iterator[Filler]:
    match = NUMERAL.match(text.text, at)
    # One is left out: what it counts would have to be in the singular.
    if match and (number := value(match.group())) is not None and number > 1:
        yield Filler(match.end(), words(number))


def _names(text: Folded, at: int, *, framed: bool = False) -> Iterator[Filler]:
    """Names in katakana, and listed ones in hiragana with a form of address or ``framed`` by words that ask for a name:
    ゆき alone may be snow.
    """
    known = _table().get("NAME", {})
    for length in _LETTERS_OF_A_NAME:
        end = at + length
        kana = text.text[at:end]
        if len(kana) < length:
            return
        title = next((form for form in TITLES if text.text.startswith(form, end)), "")
        plain = not any("ぁ" <= letter <= "ん" for letter in kana)  # a family name in kanji
        alone = all(text.katakana[at:end]) and not _katakana_at(text, at - 1) and not _katakana_at(text, end)
        if kana in known and (alone or plain or title or framed):
            yield Filler(end + len(title), known[kana])
        elif alone and kana not in _table().get("NOT A NAME", {}) and (spelt := spell(kana)):
            yield Filler(end + len(title), spelt)


def _katakana_at(text: Folded, at: int) -> bool:
    return 0 <= at < len(text.katakana) and text.katakana[at]


def _listed(group: str, text: Folded, at: int) -> Iterator[Filler]:
    table = _table().get(group, {})
    for length in range(1, max(map(len, table), default=0) + 1):
        word = text.text[at : at + length]
        if len(word) == length and word in table:
            yield Filler(at + length, table[word])


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    """Group -> key of a word -> English."""
    table: dict[str, dict[str, str]] = {}
    for group, japanese, english in rows("words-ja-en.tsv", columns=3):
        for wording in wordings(japanese):
            word = key(wording)
            table.setdefault(group, {})[word] = english or spell(word) or ""
    return table
