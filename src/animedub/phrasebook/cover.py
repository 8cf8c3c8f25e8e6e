"""Find the pieces that a transcript is made of: phrases, patterns, and who is spoken to."""

from collections.abc import Iterator
from dataclasses import dataclass

from animedub.phrasebook.book import LEAD, LINK, Book
from animedub.phrasebook.folding import Folded
from animedub.phrasebook.slots import fillers

_GASP = "っ"  # a shout cut off, written after any word


@dataclass(frozen=True)
class Piece:
    """One stretch of a transcript and its English.

    Attributes:
        start: its position in the folded text.
        end: where the next piece begins.
        english: a sentence; for an address the name alone.
        role: how it joins its neighbours: a ``phrase`` stands by itself, a ``lead`` ("Yes,") and a ``link`` ("But")
            open the sentence that follows, an ``address`` ("Grandma") leans on the sentence before or after it.
        is_pattern: it had a slot.
        names_first: its English begins with a name, whose capital stays.
    """

    start: int
    end: int
    english: str
    role: str = "phrase"
    is_pattern: bool = False
    names_first: bool = False


def cover(text: Folded, book: Book) -> list[Piece] | None:
    """The fewest and longest pieces that make up the whole text; None when something is left over.

    Shortest path over the positions of the text: a path with fewer pieces wins, then the one with longer pieces.
    """
    length = len(text.text)
    best: dict[int, tuple[tuple[int, int], list[Piece]]] = {0: ((0, 0), [])}
    for at in range(length):
        if at not in best:
            continue
        (count, weight), path = best[at]
        for piece in _pieces(text, book, at, after_phrase=bool(path) and path[-1].role == "phrase"):
            cost = (count + 1, weight - (piece.end - piece.start) ** 2)
            if piece.end not in best or cost < best[piece.end][0]:
                best[piece.end] = (cost, [*path, piece])
    return best[length][1] if length and length in best else None


def _pieces(text: Folded, book: Book, at: int, *, after_phrase: bool) -> Iterator[Piece]:
    for found in book.found(text, at):
        role = next((note for note in (LEAD, LINK) if note in found.entry.notes), "phrase")
        names_first = found.entry.english.startswith(("{NAME}", "{PERSON}", "{CITY}"))
        yield Piece(at, _past_gasp(text, found.end), found.english, role, found.is_pattern, names_first)
    for person in fillers("ADDRESS", text, at):
        if _is_address(text, at, person.end, after_phrase=after_phrase):
            yield Piece(at, _past_gasp(text, person.end), person.english, "address")


def _is_address(text: Folded, start: int, end: int, *, after_phrase: bool) -> bool:
    """Whether a person is spoken to and not about: a pause follows, or a sentence that ends with the name."""
    if text.edge(end):
        return text.edge(start) or after_phrase
    return after_phrase and text.stops.get(start, ",") == ","


def _past_gasp(text: Folded, end: int) -> int:
    return end + 1 if text.text.startswith(_GASP, end) else end
