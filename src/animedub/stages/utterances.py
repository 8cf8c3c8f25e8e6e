"""The words of one subtitle event, and who says which of them."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from animedub.media.subtitles import Event


class Utterance(NamedTuple):
    """What one speaker says in one event."""

    speaker: str
    text: str


_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
_DRAWN = re.compile(r"\{[^}]*\\p[1-9][^}]*\}.*?(?=\{[^}]*\\p0|$)", re.DOTALL)
_TAGS = re.compile(r"\{[^}]*\}")
_DASH = re.compile(r"^[-‐‑–—－](?![-‐‑–—－])\s*")
_CAPITALS = re.compile(r"^([A-Z][A-Z.'’-]+(?: [A-Z0-9][A-Z0-9.'’-]*){0,2})\s*[:：]\s+(?=\S)")
_TITLE = re.compile(r"^([A-Z][\w.'’-]*(?: [\w.'’-]+){0,2})\s*:\s+(?=\S)")
_BRACKETED = re.compile(r"^[(（\[【]([^()（）\[\]【】]{1,24})[)）\]】]\s*:?\s*(?=\S)")
_FULL_WIDTH = re.compile(rf"^([{_CJK}]{{1,8}})：\s*(?=\S)")
_NOT_PEOPLE = frozenset({"NOTE", "PS", "WARNING", "ATTENTION", "BREAKING NEWS", "SUBTITLES", "TRANSLATION", "TIMING"})
_ENGLISH_SOUND = re.compile(r"s$|ing$|ed$|^(gasp|sigh|laugh|music|cough|scream|groan|sob|silence|sfx)$", re.IGNORECASE)
_JAPANESE_SOUND = re.compile("音|声|息|笑|泣|悲鳴|曲|歓|拍手|足|せき|うめ|鳴")
_SQUARE = re.compile(r"[\[【][^\[\]【】]*[\]】]")
_WHOLE_ASIDE = re.compile(r"^[(（]([^()（）]*)[)）]$", re.DOTALL)
_EDGE_ASIDE = re.compile(r"^[(（][^()（）]*[)）]\s*|\s*[(（][^()（）]*[)）]$")
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？")


def plain(text: str) -> str:
    """The words of an event: override tags and drawings gone, ``\\N`` a line feed, ``\\h`` and ``\\n`` a space.

    >>> plain(r"{\\an8\\blur0.6}Run,\\hnow!\\NIt is {\\i1}dangerous{\\i0} here!")
    'Run, now!\\nIt is dangerous here!'
    """
    text = _TAGS.sub("", _DRAWN.sub("", text))
    text = text.replace(r"\N", "\n").replace(r"\n", " ").replace(r"\h", " ").replace("\u200b", "").replace("\ufeff", "")
    return "\n".join(" ".join(row.split()) for row in text.split("\n")).strip()


def known_names(events: Iterable[Event]) -> frozenset[str]:
    """Everybody who is surely a speaker: the Name fields, and what stands before a colon more than once; lower case."""
    names: set[str] = set()
    before_colon: Counter[str] = Counter()
    for event in events:
        names.update(name.lower() for name in speakers(event.name))
        for row in plain(event.text).split("\n"):
            if found := _TITLE.match(_DASH.sub("", row)):
                before_colon[found[1].lower()] += 1
    repeated = {name for name, count in before_colon.items() if count > 1 and name.upper() not in _NOT_PEOPLE}
    return frozenset(names | repeated)


def speakers(name: str) -> list[str]:
    """The people in a Name field: two stand as ``A/B``, ``A & B`` or ``A + B``; remarks in brackets are dropped.

    >>> speakers("Takeshi (thinking)/HARUKA"), speakers("???")
    (['Takeshi', 'Haruka'], [])
    """
    people = (re.sub(r"[(\[（].*?[)\]）]", "", one).strip(" -_:;") for one in re.split(r"[/&+＆／;]", name))
    return [_as_name(" ".join(one.split())) for one in people if any(c.isalnum() for c in one)]


def utterances(event: Event, names: frozenset[str]) -> list[Utterance]:
    """Who says what in one event of dialogue; empty when nothing in it is spoken (``[door creaks]``).

    Args:
        event: an event of dialogue.
        names: what :func:`known_names` found in the whole file.
    """
    people = speakers(event.name)
    found: list[Utterance] = []
    for said_by, rows in _parts(plain(event.text).split("\n"), names):
        found.append(Utterance(said_by, _without_sounds(_joined(rows))))
    found = [one for one in found if any(c.isalnum() for c in one.text)]
    # A chorus is given to the first who is named: one voice is better than a third one that belongs to nobody.
    return [
        one if one.speaker else Utterance(people[place] if place < len(people) else "", one.text)
        for place, one in enumerate(found)
    ]


def _parts(rows: list[str], names: frozenset[str]) -> list[tuple[str, list[str]]]:
    """The rows of each speaker, who is named when a prefix says so."""
    dashes = [bool(_DASH.match(row)) for row in rows]
    by_dash = dashes[0] and sum(dashes) > 1
    parts: list[tuple[str, list[str]]] = []
    for row, dashed in zip(rows, dashes, strict=True):
        bare = _DASH.sub("", row) if by_dash or re.match(r"^[-–—] ", row) else row
        speaker, words = _prefix(bare, names)
        if not parts or (by_dash and dashed) or speaker:
            parts.append((speaker, [words]))
        else:
            parts[-1][1].append(words)
    return parts


def _prefix(row: str, names: frozenset[str]) -> tuple[str, str]:
    """``"TAKESHI: Run!"`` -> ``("Takeshi", "Run!")``; an empty name when there is no prefix."""
    if (found := _CAPITALS.match(row)) and found[1] not in _NOT_PEOPLE:
        return _as_name(found[1]), row[found.end() :]
    if (found := _TITLE.match(row)) and found[1].lower() in names:
        return _as_name(found[1]), row[found.end() :]
    if (found := _BRACKETED.match(row)) and _is_name(found[1], names):
        return _as_name(found[1].strip()), row[found.end() :]
    if found := _FULL_WIDTH.match(row):
        return found[1], row[found.end() :]
    return "", row


def _is_name(words: str, names: frozenset[str]) -> bool:
    """Whether what stands in brackets before the words is a person, not a sound (``(Sighs)``, ``(ため息)``)."""
    if words.lower() in names:
        return True
    if re.fullmatch(rf"[{_CJK}・ ]{{1,10}}", words):
        return not _JAPANESE_SOUND.search(words)
    each = words.split()
    return len(each) <= 2 and all(one[0].isupper() and not _ENGLISH_SOUND.search(one) for one in each)


def _without_sounds(text: str) -> str:
    """Words without ``[door creaks]`` and ``(sighs)``; a thought in brackets, a whole sentence, stays without them."""
    text = _SQUARE.sub("", text).strip()
    if whole := _WHOLE_ASIDE.match(text):
        return whole[1].strip() if _is_sentence(whole[1]) else ""
    return _EDGE_ASIDE.sub(lambda aside: aside[0] if _is_sentence(aside[0].strip(" ()（）")) else "", text).strip()


def _is_sentence(text: str) -> bool:
    text = text.strip()
    return text.endswith(_SENTENCE_END) and (len(text.split()) >= 3 or bool(re.search(f"[{_CJK}]", text)))


def _joined(rows: list[str]) -> str:
    """Rows as one line: Japanese without a space between them, everything else with one."""
    return re.sub(rf"(?<=[{_CJK}、。！？…」』]) (?=[{_CJK}「『])", "", " ".join(rows)).strip()


def _as_name(name: str) -> str:
    """A name in capitals as people write it."""
    return name.title() if name.isupper() and len(name) > 2 else name
