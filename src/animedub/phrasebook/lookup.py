"""Look a transcript up in the book."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from animedub.phrasebook.book import book
from animedub.phrasebook.cover import cover
from animedub.phrasebook.folding import fold
from animedub.phrasebook.joining import join
from animedub.phrasebook.tables import content

VERSION = "1"
"""Raised when the same tables give other English."""

LONGEST = 200  # letters; a line of dialogue is a few dozen

Kind = Literal["phrase", "pattern", "sequence"]

_TABLES = ("ja-en.tsv", "words-ja-en.tsv", "spellings-ja.tsv")


@dataclass(frozen=True)
class Match:
    """What the book has for a transcript, all of it.

    Attributes:
        text: the English line, ready to be spoken.
        kind: one phrase, one pattern with a slot filled, or a sequence of them.
        pieces: how many phrases, patterns and names the line is made of.
    """

    text: str
    kind: Kind
    pieces: int = 1


def look_up(transcript: str, source: str = "ja", target: str = "en") -> Match | None:
    """The English of a line that is made of nothing but phrases of the book; None for every other line.

    Args:
        transcript: what was heard, with or without punctuation.
        source: language of the transcript; the book has Japanese.
        target: language to translate into; the book has English.

    >>> look_up("ありがとうございます。")
    Match(text='Thank you very much.', kind='phrase', pieces=1)
    >>> look_up("タケシと申します").text
    'My name is Takeshi.'
    """
    if (source, target) != ("ja", "en"):
        return None
    text = fold(transcript)
    if len(text.text) > LONGEST or (pieces := cover(text, book())) is None:
        return None
    kind: Kind = "sequence" if len(pieces) > 1 else "pattern" if pieces[0].is_pattern else "phrase"
    return Match(join(pieces, text), kind, len(pieces))


@lru_cache(maxsize=1)
def identity() -> str:
    """Names the book in a cache key: it changes with every table and with :data:`VERSION`."""
    digest = sha256("\0".join(map(content, _TABLES)).encode()).hexdigest()
    return f"phrasebook ja-en {digest[:12]} v{VERSION}"
