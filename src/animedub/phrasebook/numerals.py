"""Numbers in Japanese dialogue and how they are said in English."""

import re

NUMERAL = re.compile(r"[0-9]{1,4}|[一二三四五六七八九十百千]+")

_DIGITS = {kanji: value for value, kanji in enumerate("一二三四五六七八九", start=1)}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def value(numeral: str) -> int | None:
    """The number a numeral stands for; None when it is none.

    >>> value("三百二十一"), value("15"), value("十"), value("五三")
    (321, 15, 10, None)
    """
    if numeral.isascii():
        return int(numeral)
    total, digit, last = 0, None, 10_000
    for sign in numeral:
        if sign in _POWERS and _POWERS[sign] < last:
            last = _POWERS[sign]
            total, digit = total + (digit or 1) * last, None
        elif sign in _DIGITS and digit is None:
            digit = _DIGITS[sign]
        else:
            return None
    return total + (digit or 0)


def words(number: int) -> str:
    """A number from 0 to 9999 in words.

    >>> words(42), words(305), words(2000)
    ('forty-two', 'three hundred five', 'two thousand')
    """
    if number < len(_ONES):
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    return f"{words(many)} {name}" + (f" {words(rest)}" if rest else "")
