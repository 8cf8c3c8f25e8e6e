"""The tables of the book: tab-separated files beside this module, ``#`` starting a remark."""

from collections.abc import Iterator
from importlib.resources import files


def content(name: str) -> str:
    """The text of a table."""
    return files("animedub.phrasebook").joinpath(name).read_text(encoding="utf-8")


def rows(name: str, *, columns: int) -> Iterator[tuple[str, ...]]:
    """The rows of a table, each of exactly ``columns`` cells; trailing cells left out are empty.

    Raises:
        ValueError: a row has too many cells or fewer than two; the message names the line.
    """
    for number, line in enumerate(content(name).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = tuple(cell.strip() for cell in line.split("\t"))
        if not 2 <= len(cells) <= columns or not all(cells[:2]):
            raise ValueError(f"{name}, line {number}: {len(cells)} cells instead of {columns}: {line!r}")
        yield cells + ("",) * (columns - len(cells))
