"""Text in pictures: which fonts can show it and how wide it runs."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

_LATIN = "DejaVu Sans"  # comes with matplotlib
_CJK_FILES = (
    "NotoSansCJK-Regular", "NotoSansCJKjp-Regular", "NotoSansJP", "SourceHanSans-Regular", "SourceHanSansJP-Regular",
    "ipaexg", "ipag", "TakaoGothic", "TakaoPGothic", "VL-Gothic-Regular", "DroidSansFallback", "wqy-zenhei",
)  # fmt: skip
_POINTS_PER_INCH = 72
_REFERENCE_POINTS = 100  # size at which widths are measured; they scale
_ELLIPSIS = "…"
_MISSING = "□"


class Lettering:
    """Draws Latin text with matplotlib's own font and what that lacks with a CJK font, if the machine has one."""

    @property
    def latin(self) -> str:
        """Name of the font family for Latin text."""
        return self._fonts[0].family_name

    def face(self, text: str, *, bold: bool = False) -> dict[str, Any]:
        """What to tell matplotlib, as keyword arguments, to have ``text`` drawn."""
        if all(self._fonts[0].get_char_index(ord(c)) for c in text):
            return {"family": self.latin, "weight": "bold" if bold else "normal"}
        # Never bold: matplotlib complains on standard error about families that have one weight only.
        return {"family": [font.family_name for font in self._fonts], "weight": "normal"}

    def sign(self, text: str) -> str:
        """``text`` as it can be drawn: signs no font has become boxes, ``$`` is no formula, a new line is a space."""
        drawn = "".join(c if self._font(c) else _MISSING for c in " ".join(text.split()) if c.isprintable())
        return drawn.replace("$", r"\$")

    def inches(self, text: str, points: float) -> float:
        """How wide ``text`` runs at a size of ``points``."""
        return sum(self._advance(c) for c in text) * points / _REFERENCE_POINTS

    def shortened(self, text: str, points: float, inches: float) -> str:
        """``text``, or as much of its beginning as fits in ``inches`` with an ellipsis; empty when not even that."""
        if self.inches(text, points) <= inches:
            return text
        kept = text
        while kept and self.inches(kept + _ELLIPSIS, points) > inches:
            kept = kept[:-1]
        return kept.rstrip(" ,.") + _ELLIPSIS if len(kept) > 1 else ""

    def wrapped(self, text: str, points: float, inches: float, *, rows: int) -> list[str]:
        """``text`` in at most ``rows`` rows of at most ``inches`` each, the last one shortened."""
        words, wrapped = text.split(), []
        while words and len(wrapped) < rows - 1:
            count = len(words)
            while count > 1 and self.inches(" ".join(words[:count]), points) > inches:
                count -= 1
            if self.inches(words[0], points) > inches:
                break
            wrapped.append(" ".join(words[:count]))
            words = words[count:]
        last = self.shortened(" ".join(words), points, inches)
        return [*wrapped, last] if last else wrapped

    def _font(self, character: str) -> "FT2Font | None":
        code = ord(character)
        return next((font for font in self._fonts if font.get_char_index(code)), None)

    @cached_property
    def _fonts(self) -> "list[FT2Font]":
        from matplotlib.font_manager import FontProperties, findfont, get_font

        files = [findfont(FontProperties(family=_LATIN)), *(str(path) for path in _cjk_files())]
        return [get_font(file) for file in files]

    @lru_cache(maxsize=4096)  # noqa: B019 - a lettering lives as long as one picture
    def _advance(self, character: str) -> float:
        """Inches at the reference size."""
        font = self._font(character)
        if font is None:
            return self._advance(_MISSING)
        font.set_size(_REFERENCE_POINTS, _POINTS_PER_INCH)
        return font.load_char(ord(character)).linearHoriAdvance / 65536 / _POINTS_PER_INCH


@lru_cache(maxsize=1)
def _cjk_files() -> tuple[Path, ...]:
    """The best CJK font of this machine, if there is one, made known to matplotlib.

    The system's folders are looked through anew, because the list that matplotlib keeps on disk knows nothing of fonts
    that were installed after it was written.
    """
    from matplotlib.font_manager import findSystemFonts, fontManager

    found = {Path(path).stem: Path(path) for path in findSystemFonts()}
    best = next((found[name] for name in _CJK_FILES if name in found), None)
    if best is None:
        return ()
    fontManager.addfont(best)
    return (best,)
