"""English spelling to sounds, in the alphabet Kokoro was trained on (misaki).

The lexicons, the tagger and the network for unknown words are those of the package *hibari-tts*. Japanese names in
Hepburn spelling are not English, though, and an English network reads "Takeshi" as "tackshy"; they are read here,
syllable by syllable, as an English speaker who knows the name would.
"""

import re
from functools import cached_property
from typing import Any

CONSONANTS = {
    "": "", "k": "k", "s": "s", "t": "t", "n": "n", "h": "h", "m": "m", "y": "j", "r": "ɹ", "w": "w",
    "g": "ɡ", "z": "z", "d": "d", "b": "b", "p": "p", "f": "f", "j": "ʤ", "sh": "ʃ", "ch": "ʧ", "ts": "ts",
    "ky": "kj", "gy": "ɡj", "ny": "nj", "hy": "hj", "my": "mj", "ry": "ɹj", "by": "bj", "py": "pj",
}  # fmt: skip
VOWELS = {
    "a": "ɑ",
    "i": "i",
    "u": "u",
    "e": "ɛ",
    "o": "O",
    "ei": "A",
    "ou": "O",
    "oo": "O",
    "uu": "u",
    "ai": "I",
    "ii": "i",
}

_ONSETS = "|".join(sorted(filter(None, CONSONANTS), key=len, reverse=True))
_NUCLEI = "|".join(sorted(VOWELS, key=len, reverse=True))
SYLLABLE = re.compile(
    rf"(?P<onset>{_ONSETS})?(?P<nucleus>{_NUCLEI})(?P<coda>n(?![aiueoy]))?(?:(?P<twin>[kstp])(?=(?P=twin)|sh|ch))?"
)
NAME = re.compile(r"\b[A-Z][a-z]{2,}\b")
LONG_VOWELS = str.maketrans("āīūēōÂâôûî", "aiueoAaoui")


class EnglishSounds:
    """Grapheme to phoneme conversion for English text with Japanese names in it."""

    VERSION = "1"

    @cached_property
    def _g2p(self) -> Any:
        from hibari.g2p import G2P

        return G2P()

    @cached_property
    def _split(self) -> Any:
        from hibari import Hibari

        return Hibari.split_sentences

    def phonemes(self, text: str) -> str:
        """The sounds of ``text``, sentences separated by a space; empty when nothing can be spoken."""
        text = text.translate(LONG_VOWELS)
        marked = NAME.sub(lambda match: self._marked(match.group()), text)
        return " ".join(filter(None, (self._g2p(sentence) for sentence in self._split(marked))))

    def _marked(self, word: str) -> str:
        """A name in the notation that tells the converter how it sounds, any other word as it is."""
        known = self._g2p.lexicon.is_known
        if known(word, "NNP") or known(word.lower(), "NN") or (sounds := romaji_sounds(word)) is None:
            return word
        return f"[{word}](/{sounds}/)"


def romaji_sounds(word: str) -> str | None:
    """How a Japanese word in Hepburn spelling sounds to an English speaker; None if it is not one.

    >>> romaji_sounds("Takeshi")
    'tɑkˈɛʃi'
    >>> romaji_sounds("Shinpachi")
    'ʃinpˈɑʧi'
    >>> romaji_sounds("Robert") is None
    True
    """
    syllables, at, lower = [], 0, word.lower()
    while at < len(lower):
        match = SYLLABLE.match(lower, at)
        if not match:
            return None
        syllables.append(match)
        at = match.end()
    stressed = max(0, len(syllables) - 2)
    return "".join(
        CONSONANTS[m["onset"] or ""]
        + ("ˈ" if i == stressed else "")
        + VOWELS[m["nucleus"]]
        + ("n" if m["coda"] else "")
        for i, m in enumerate(syllables)
    )
