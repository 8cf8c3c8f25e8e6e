"""Make English out of the pieces: sentences with commas and capitals where they belong."""

import re
from collections.abc import Sequence

from animedub.phrasebook.cover import Piece
from animedub.phrasebook.folding import Folded

_END = re.compile(r"[.!?]+$")
_ALWAYS_CAPITAL = re.compile(
    r"(?:I|I'\w+|God|Mom|Dad|Grandma|Grandpa|Sis|Mr\.|Christmas|Japanese|English|\w+day|Tokyo|Japan|Kyoto|Osaka)\b"
)


def join(pieces: Sequence[Piece], text: Folded) -> str:
    """One line of English; ``pieces`` cover ``text`` from start to end."""
    sentences: list[str] = []
    opening = ""
    for piece in pieces:
        pause = text.stops.get(piece.end, "")
        if piece.role == "address" and sentences and not opening and text.stops.get(piece.start, ",") == ",":
            sentences[-1] = _addressed(sentences[-1], piece.english)
        elif piece.role == "phrase" or (pause in ("?", "!", ".") and piece.role != "address"):
            sentences.append(_after(opening, piece.english, is_name=piece.names_first))
            opening = ""
        elif pause and pause != ",":
            sentences.append(_after(opening, piece.english, is_name=True) + pause)
            opening = ""
        else:
            word = _after(opening, _END.sub("", piece.english), is_name=piece.role == "address")
            opening = word + (" " if piece.role == "link" else ", ")
    if opening:
        sentences.append(opening.rstrip(" ,") + ("..." if pieces[-1].role == "link" else "."))
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)


def _addressed(sentence: str, name: str) -> str:
    """``("I'm home.", "Grandma")`` -> ``"I'm home, Grandma."``"""
    end = _END.search(sentence)
    mark = end.group() if end else "."
    return f"{_END.sub('', sentence)}, {name}{mark}"


def _after(opening: str, sentence: str, *, is_name: bool) -> str:
    """A sentence behind the words that open it."""
    if not opening or is_name or _ALWAYS_CAPITAL.match(sentence):
        return opening + sentence
    return opening + sentence[:1].lower() + sentence[1:]
