"""Kana to Latin letters, as names are spelt in English: Hepburn without marks for long vowels."""

_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "s": "さ すせそ", "t": "た  てと", "n": "なにぬねの", "h": "はひ へほ",
    "m": "まみむめも", "y": "や ゆ よ", "r": "らりるれろ", "w": "わ   を", "g": "がぎぐげご", "z": "ざ ずぜぞ",
    "d": "だ  でど", "b": "ばびぶべぼ", "p": "ぱぴぷぺぽ",
}  # fmt: skip
_KANA = {
    kana: consonant + vowel
    for consonant, row in _ROWS.items()
    for kana, vowel in zip(row, "aiueo", strict=False)
    if kana != " "
} | {"し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu"}
_GLIDES = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
_SHORT = (("ou", "o"), ("oo", "o"), ("uu", "u"))


def spell(kana: str) -> str | None:
    """A Japanese name in hiragana as it is spelt in English; None where the kana are not those of a Japanese name.

    >>> spell("たけし"), spell("しんいちろう"), spell("じゅんぺい"), spell("いっき")
    ('Takeshi', 'Shinichiro', 'Junpei', 'Ikki')
    >>> spell("まいけるー") is None
    True
    """
    syllables: list[str] = []
    doubled = False
    for letter in kana:
        if letter == "っ" and not doubled and syllables:
            doubled = True
            continue
        if letter in _GLIDES and syllables and syllables[-1].endswith("i") and len(syllables[-1]) > 1 and not doubled:
            stem = syllables[-1][:-1]
            syllables[-1] = stem + ("" if stem.endswith(("sh", "ch", "j")) else "y") + _GLIDES[letter]
            continue
        sound = "n" if letter == "ん" and syllables and not doubled else _KANA.get(letter)
        if sound is None or (doubled and sound[0] not in "kstcp"):
            return None
        syllables.append(("t" if sound.startswith("ch") else sound[0]) + sound if doubled else sound)
        doubled = False
    if doubled or not syllables:
        return None
    spelt = "".join(syllables)
    for long, short in _SHORT:
        spelt = spelt.replace(long, short)
    return spelt.capitalize()
