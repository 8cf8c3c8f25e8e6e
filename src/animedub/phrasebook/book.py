"""The book itself: phrases and patterns read from ``ja-en.tsv``, found by their folded wording."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from animedub.phrasebook.folding import Folded, key
from animedub.phrasebook.notation import wordings
from animedub.phrasebook.slots import SLOTS, Slot, definite, fillers
from animedub.phrasebook.tables import rows

ALONE, LEAD, LINK, CLOSED = "alone", "lead", "link", "closed"
NOTES = frozenset({ALONE, LEAD, LINK, CLOSED})
"""What the third column may say; see docs/phrasebook.md."""

_SLOT = re.compile(r"\{(the )?([A-Z]+)\}")
_SHORT = 2  # letters: as long as the end of another word
_MODIFIER = re.compile(r"(?:[いるくすつぬぶむぐたにでとはがをも一-鿿]|[^おこそとのほもよろごぞどぼぽょゃゅ]う)$")
_SENTENCE = re.compile(r"(?:ます|です|ました|でした|さい|はい|じゃない)$")


@dataclass(frozen=True)
class Entry:
    """One row: English for one or more Japanese wordings.

    Attributes:
        english: a sentence with its punctuation, perhaps with a slot.
        notes: words of :data:`NOTES`.
        asks: the row is meant only where a question mark follows.
    """

    english: str
    notes: frozenset[str] = frozenset()
    asks: bool = False

    @property
    def is_question(self) -> bool:
        """Whether the English is one."""
        return "?" in self.english[-2:]

    def filled(self, word: str) -> str:
        """The English with ``word`` in its slot."""
        text = _SLOT.sub(lambda slot: definite(word) if slot[1] else word, self.english)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Found:
    """An entry found in a folded text: it covers the text up to ``end``."""

    end: int
    english: str
    entry: Entry
    is_pattern: bool = False


@dataclass
class Wordings:
    """Entries by key and by whether a question mark must follow."""

    entries: dict[tuple[str, bool], Entry] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)

    def add(self, wording: str, entry: Entry) -> None:
        """Enter one key.

        Raises:
            ValueError: it is there with other English.
        """
        known = self.entries.setdefault((wording, entry.asks), entry)
        if known.english != entry.english:
            raise ValueError(f"{wording!r} is both {known.english!r} and {entry.english!r}")
        self.lengths.add(len(wording))

    def get(self, wording: str, *, asked: bool) -> Entry | None:
        """The entry of a key, rather the one that asks where a question mark follows."""
        return (self.entries.get((wording, True)) if asked else None) or self.entries.get((wording, False))


@dataclass
class Book:
    """Phrases by key; patterns by what stands before the slot, the slot and what stands behind it."""

    phrases: Wordings = field(default_factory=Wordings)
    patterns: dict[str, dict[Slot, Wordings]] = field(default_factory=dict)

    def add(self, japanese: str, entry: Entry) -> None:
        """Enter one wording, perhaps with one slot.

        Raises:
            ValueError: the wording is there with other English, or its slot is unknown.
        """
        before, slot, behind = _parts(japanese)
        table = self.phrases if slot is None else self.patterns.setdefault(before, {}).setdefault(slot, Wordings())
        table.add(behind, entry)

    def found(self, text: Folded, at: int) -> Iterator[Found]:
        """Everything in the book that the text from position ``at`` on begins with."""
        for end, entry in _entries(self.phrases, text, at, at):
            yield Found(end, entry.english, entry)
        for before, slots in self.patterns.items():
            if not text.text.startswith(before, at):
                continue
            for slot, behind in slots.items():
                for word in fillers(slot, text, at + len(before)):
                    for end, entry in _entries(behind, text, at, word.end):
                        yield Found(end, entry.filled(word.english), entry, is_pattern=True)


def _entries(table: Wordings, text: Folded, start: int, at: int) -> Iterator[tuple[int, Entry]]:
    for length in table.lengths:
        end = at + length
        if end > len(text.text):
            continue
        entry = table.get(text.text[at:end], asked=text.stops.get(end) == "?")
        if entry and _stands(entry, text, start, end):
            yield end, entry


def _stands(entry: Entry, text: Folded, start: int, end: int) -> bool:
    """Whether an entry's wording, found between two positions, can be meant as the entry means it."""
    if end == start or text.sentence_ends_inside(start, end):
        return False
    if text.stops.get(end) == "?" and not entry.is_question:
        return False
    opening = bool(entry.notes & {LEAD, LINK})
    if not text.edge(start) and (opening or ALONE in entry.notes):
        return False
    if text.edge(end):
        return text.edge(start) or end - start > _SHORT
    if ALONE in entry.notes or (end - start <= _SHORT and not (opening and end - start == _SHORT)):
        return False
    return opening or CLOSED in entry.notes or not _leans_on_the_next(text.text[start:end])


def _leans_on_the_next(wording: str) -> bool:
    """Whether a wording may belong to the words behind it.

    すごいお母さん is a great mother and not praise for her, また明日来ます no goodbye: after an adjective, a plain
    verb, an adverb or a bare noun the next phrase needs a pause before it.
    """
    return bool(_MODIFIER.search(wording)) and not _SENTENCE.search(wording)


def _parts(japanese: str) -> tuple[str, Slot | None, str]:
    """Key before the slot, slot, key behind it; without a slot the whole key is behind."""
    match = _SLOT.search(japanese)
    if not match:
        return "", None, key(japanese)
    if match[2] not in SLOTS or _SLOT.search(japanese, match.end()):
        raise ValueError(f"{japanese!r} needs one slot out of {', '.join(SLOTS)}")
    return key(japanese[: match.start()]), cast(Slot, match[2]), key(japanese[match.end() :])


def entries() -> Iterator[tuple[str, Entry]]:
    """The rows of ``ja-en.tsv``: the Japanese notation and its entry.

    Raises:
        ValueError: a row is malformed or its note is none of :data:`NOTES`.
    """
    for japanese, english, note in rows("ja-en.tsv", columns=3):
        notes = frozenset(note.split())
        if not notes <= NOTES:
            raise ValueError(f"ja-en.tsv, {japanese!r}: the note {note!r} is none of {', '.join(sorted(NOTES))}")
        yield japanese.rstrip("？"), Entry(english, notes, asks=japanese.endswith("？"))


@lru_cache(maxsize=1)
def book() -> Book:
    """The book that comes with this package, read once."""
    made = Book()
    for notation, entry in entries():
        for wording in wordings(notation):
            made.add(wording, entry)
    return made
