"""Sizes and durations as people write them."""

import re
from datetime import timedelta

from animedub.errors import InputError

_UNITS_OF_TIME = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNITS_OF_SIZE = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def duration_in(text: str) -> timedelta:
    """A duration written as a number and a unit.

    >>> duration_in("30d").days
    30

    Raises:
        InputError: it is written in another way.
    """
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*([smhdw])", text.strip().lower())
    if match is None:
        raise InputError(f"'{text}' is no duration: write a number and s, m, h, d or w, such as 30d")
    return timedelta(seconds=float(match[1]) * _UNITS_OF_TIME[match[2]])


def bytes_in(text: str) -> int:
    """A size written as a number and a decimal unit, in bytes.

    >>> bytes_in("1.5G")
    1500000000

    Raises:
        InputError: it is written in another way.
    """
    match = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)\s*([KMGT]?)B?", text.strip().upper())
    if match is None:
        raise InputError(f"'{text}' is no size: write a number and K, M, G or T, such as 20G")
    return round(float(match[1]) * _UNITS_OF_SIZE[match[2]])


def in_bytes(count: float) -> str:
    """A number of bytes with a decimal unit.

    >>> in_bytes(999), in_bytes(1_540_000)
    ('999 B', '1.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
