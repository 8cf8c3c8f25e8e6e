"""The shorthand in which the book writes several Japanese wordings at once.

``(よ)`` may be left out, ``[a|b]`` is either, ``a|b`` at the top is two wordings, ``~`` is any particle that colours
the end of a sentence and leaves its meaning alone. ``{PLACE}`` is a slot and stays.
"""

from itertools import product

COLOURING = ("", "よ", "ね", "よね", "わ", "わよ", "わね", "ぞ", "ぜ", "さ", "な", "なあ")
"""Particles for ``~``. Never write it after the dictionary form of a verb: 行くな forbids."""

_CLOSING = {"(": ")", "[": "]", "{": "}"}


def wordings(notation: str) -> list[str]:
    """Every wording that a notation stands for.

    >>> wordings("ありがとう(ございます)|どうも")
    ['ありがとうございます', 'ありがとう', 'どうも']
    >>> wordings("{PLACE}は[どこ|どちら](ですか)")[:2]
    ['{PLACE}はどこですか', '{PLACE}はどこ']

    Raises:
        ValueError: a bracket is not closed.
    """
    return [wording for branch in _split(notation) for wording in _branch(branch)]


def _branch(notation: str) -> list[str]:
    parts: list[list[str]] = []
    at = 0
    while at < len(notation):
        sign = notation[at]
        end = _closing(notation, at) if sign in _CLOSING else at
        inner = notation[at + 1 : end]
        if sign == "(":
            parts.append([*wordings(inner), ""])
        elif sign == "[":
            parts.append(wordings(inner))
        elif sign == "~":
            parts.append(list(COLOURING))
        else:
            parts.append([notation[at : end + 1]])
        at = end + 1
    return ["".join(chosen) for chosen in product(*parts)]


def _split(notation: str) -> list[str]:
    """Cut at the ``|`` that lie outside every bracket."""
    branches, depth = [""], 0
    for sign in notation:
        depth += (sign in _CLOSING) - (sign in _CLOSING.values())
        if sign == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += sign
    return branches


def _closing(notation: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(notation)):
        depth += (notation[at] in _CLOSING) - (notation[at] in _CLOSING.values())
        if depth == 0:
            return at
    raise ValueError(f"a bracket is not closed in {notation!r}")
