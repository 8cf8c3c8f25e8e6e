"""The timeline of a dub as a picture: when the original speaks, when the dub speaks, and who."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from animedub.lettering import Lettering
from animedub.model import Line, Script, Span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEP = 0.01
"""Seconds that one value of an envelope stands for."""

_STRIP_SECONDS = 75  # what fits in one row of the picture and still can be read
_DPI, _DPI_OF_LONG = 144, 96  # of one strip, of several
_WIDTH, _LEFT, _RIGHT = 17.0, 1.75, 0.25  # inches: the picture, and its margins beside the time axis
_HEAD, _FOOT, _STRIP_GAP = 0.95, 0.25, 0.5
_WAVE_HEIGHT, _LANE_HEIGHT, _BAR_HEIGHT = 0.46, 0.56, 0.17
_TEXT_POINTS, _TEXT_LEADING = 7.5, 0.125

_INK, _QUIET_INK, _RULE, _BAND = "#1f2430", "#6b7280", "#e3e6ec", "#f1f3f8"
_ORIGINAL, _DUB, _BED = "#5b6b8c", "#2f6fdb", "#9aa3b2"
_UNFIT = "#e02424"
_CHARACTERS = (
    "#3b82f6", "#f59e0b", "#10b981", "#8b5cf6", "#06b6d4", "#ec4899",
    "#84a31d", "#a16207", "#0f766e", "#6366f1", "#7c8798", "#c084fc",
)  # fmt: skip


class Envelopes(NamedTuple):
    """How loud three sounds are, each of shape ``(n,)``: the peak of every ``STEP`` seconds, 0 to 1."""

    original: NDArray[np.float32]
    """The dialogue of the original."""
    dub: NDArray[np.float32]
    """The dialogue of the dub."""
    bed: NDArray[np.float32]
    """Music and effects."""


@dataclass(frozen=True)
class _Drawing:
    """What every strip of the picture is drawn from."""

    script: Script
    envelopes: Envelopes
    unfit: frozenset[str]
    colours: dict[str, str]  # speaker -> colour
    lettering: Lettering
    strip: Span
    speakers: tuple[str, ...]  # who has a lane in the strip, from the top

    @property
    def height(self) -> float:
        """Inches."""
        return 3 * _WAVE_HEIGHT + len(self.speakers) * _LANE_HEIGHT

    @property
    def inches_per_second(self) -> float:
        return (_WIDTH - _LEFT - _RIGHT) / self.strip.seconds


def draw(
    picture: Path,
    *,
    name: str,
    seconds: float,
    script: Script,
    envelopes: Envelopes,
    unfit: Collection[str] = (),
) -> None:
    """Draw the timeline of a dub as a PNG at ``picture``.

    A long episode is wrapped, like text, into strips of a minute. Each strip shows the envelopes of the original's
    dialogue, the dub's dialogue and the bed, and below them one lane for each character who speaks in it: the original
    line as an outline, the take that was placed for it filled, and what it says. The same things give the same bytes.

    Args:
        picture: where to write.
        name: of the episode; the title.
        seconds: length of the episode.
        script: the lines with their ``placed`` spans.
        envelopes: of the three sounds, from time 0.
        unfit: ids of the lines that did not fit, drawn in red.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawings = list(_strips(seconds, script, envelopes, unfit, Lettering()))
    height = _HEAD + sum(each.height + _STRIP_GAP for each in drawings) + _FOOT
    dpi = _DPI if len(drawings) == 1 else _DPI_OF_LONG
    figure = Figure(figsize=(_WIDTH, height), dpi=dpi, facecolor="white")
    FigureCanvasAgg(figure)
    _write_head(figure, height, name, seconds, script, drawings[0])
    top = height - _HEAD
    for each in drawings:
        bottom = top - each.height
        box = (_LEFT / _WIDTH, bottom / height, 1 - (_LEFT + _RIGHT) / _WIDTH, each.height / height)
        _draw_strip(figure.add_axes(box), each)
        top = bottom - _STRIP_GAP
    figure.savefig(picture, format="png", metadata={"Software": None})


def _strips(
    seconds: float, script: Script, envelopes: Envelopes, unfit: Collection[str], lettering: Lettering
) -> Iterator[_Drawing]:
    # Up to half as long again stays in one piece: a strip of a few seconds would look lost.
    length = seconds if seconds <= 1.5 * _STRIP_SECONDS else _STRIP_SECONDS
    colours = {who: _CHARACTERS[i % len(_CHARACTERS)] for i, who in enumerate(script.speakers)}
    whole = _Drawing(script, envelopes, frozenset(unfit), colours, lettering, Span(start=0, end=seconds), ())
    for number in range(ceil(seconds / length)):
        strip = Span(start=number * length, end=(number + 1) * length)
        heard = {line.speaker for line in script.lines if _shown(line).overlap(strip) > 0}
        yield replace(whole, strip=strip, speakers=tuple(who for who in script.speakers if who in heard))


def _shown(line: Line) -> Span:
    return line.span if line.placed is None else line.span.joined(line.placed)


def _write_head(figure: "Figure", height: float, name: str, seconds: float, script: Script, drawing: _Drawing) -> None:
    say = drawing.lettering

    def at(inches: float) -> float:
        return 1 - inches / height

    title = say.sign(say.shortened(name, 15, 9.0))
    figure.text(0.25 / _WIDTH, at(0.38), title, size=15, color=_INK, va="center", **say.face(title, bold=True))
    length = f"{int(seconds) // 60}:{int(seconds) % 60:02}"
    facts = (
        f"{length} min   ·   {len(script.lines)} lines   ·   {len(script.speakers)} characters   ·   "
        f"{script.source_language} → {script.language}"
    )
    figure.text(0.25 / _WIDTH, at(0.66), facts, size=9.5, color=_QUIET_INK, va="center", **say.face(facts))
    _draw_legend(figure, at(0.38), bool(drawing.unfit), say)


def _draw_legend(figure: "Figure", y: float, with_unfit: bool, say: Lettering) -> None:
    from matplotlib.patches import Patch

    entries = [
        Patch(facecolor="none", edgecolor=_INK, linewidth=0.7, label="original line"),
        Patch(facecolor=_CHARACTERS[0], edgecolor="none", label="dub"),
    ]
    if with_unfit:
        entries.append(Patch(facecolor=_UNFIT, edgecolor="none", label="dub that did not fit"))
    figure.legend(
        handles=entries, loc="center right", bbox_to_anchor=(1 - _RIGHT / _WIDTH, y), ncols=len(entries),
        frameon=False, prop={"family": say.latin, "size": 9}, handlelength=1.6, handleheight=0.8,
        labelcolor=_QUIET_INK, borderaxespad=0,
    )  # fmt: skip


def _draw_strip(axes: "Axes", drawing: _Drawing) -> None:
    """Draw one strip. Vertical units are inches from its lower edge, horizontal ones seconds of the episode."""
    axes.set_xlim(drawing.strip.start, drawing.strip.end)
    axes.set_ylim(0, drawing.height)
    _draw_time(axes, drawing)
    _draw_bands(axes, drawing)
    scale = max((float(each.max()) for each in drawing.envelopes if each.size), default=0.0) or 1.0
    rows = (("original", _ORIGINAL), ("dub", _DUB), ("bed", _BED))
    for place, (label, colour) in enumerate(rows):
        middle = drawing.height - (place + 0.5) * _WAVE_HEIGHT
        _draw_envelope(axes, drawing, getattr(drawing.envelopes, label) / scale, middle, colour)
        _write_label(axes, drawing, middle, label, "dialogue" if label != "bed" else "music and effects", colour)
    for place, speaker in enumerate(drawing.speakers):
        _draw_lane(axes, drawing, speaker, drawing.height - 3 * _WAVE_HEIGHT - place * _LANE_HEIGHT)


def _draw_time(axes: "Axes", drawing: _Drawing) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    axes.xaxis.set_major_locator(MultipleLocator(_tick_seconds(drawing.strip.seconds)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{int(x + 0.5) // 60}:{int(x + 0.5) % 60:02}"))
    axes.tick_params(axis="x", length=0, labelsize=8.5, labelcolor=_QUIET_INK, labelfontfamily=drawing.lettering.latin)
    axes.set_yticks([])
    axes.grid(axis="x", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    edges = [3 * _WAVE_HEIGHT, *(3 * _WAVE_HEIGHT + n * _LANE_HEIGHT for n in range(1, len(drawing.speakers) + 1))]
    axes.hlines([drawing.height - edge for edge in edges], *axes.get_xlim(), color=_RULE, linewidth=0.8, zorder=0.5)


def _tick_seconds(seconds: float) -> int:
    return next((step for step in (1, 2, 5, 10, 15, 30) if seconds / step <= 15), 60)


def _draw_bands(axes: "Axes", drawing: _Drawing) -> None:
    """Shade, behind the envelopes, where the original speaks: the eye checks the dub against it."""
    spans = [line.span.within(drawing.strip) for line in drawing.script.lines if line.span.overlap(drawing.strip) > 0]
    axes.broken_barh(
        [(span.start, span.seconds) for span in spans],
        (drawing.height - 3 * _WAVE_HEIGHT, 3 * _WAVE_HEIGHT), facecolor=_BAND, edgecolor="none", zorder=0.2,
    )  # fmt: skip


def _draw_envelope(axes: "Axes", drawing: _Drawing, envelope: NDArray[np.float32], middle: float, colour: str) -> None:
    first, after = (round(edge / STEP) for edge in (drawing.strip.start, drawing.strip.end))
    cut = envelope[first:after]
    # One value a pixel is all that can be seen: the loudest.
    per_pixel = max(1, int((after - first) / ((_WIDTH - _LEFT - _RIGHT) * _DPI)))
    cut = np.pad(cut, (0, -len(cut) % per_pixel)).reshape(-1, per_pixel).max(axis=1)
    times = drawing.strip.start + (np.arange(len(cut)) + 0.5) * per_pixel * STEP
    # The root lifts what is quiet, as the ear does.
    half = np.sqrt(np.clip(cut, 0, 1)) * _WAVE_HEIGHT * 0.45
    axes.fill_between(times, middle - half, middle + half, color=colour, linewidth=0, zorder=2)


def _draw_lane(axes: "Axes", drawing: _Drawing, speaker: str, top: float) -> None:
    lines = [line for line in drawing.script.lines if line.speaker == speaker]
    lines = [line for line in lines if _shown(line).overlap(drawing.strip) > 0]
    lane = (top - 0.06 - _BAR_HEIGHT, _BAR_HEIGHT)
    colour = drawing.colours[speaker]
    placed = [(line.placed.within(drawing.strip), line.id in drawing.unfit) for line in lines if line.placed]
    axes.broken_barh(
        [(span.start, span.seconds) for span, _ in placed], lane, zorder=3, edgecolor="none",
        facecolor=[_UNFIT if unfit else colour for _, unfit in placed],
    )  # fmt: skip
    spoken = [line.span.within(drawing.strip) for line in lines]
    outline = (lane[0] - 0.025, lane[1] + 0.05)
    axes.broken_barh(
        [(span.start, span.seconds) for span in spoken], outline, zorder=4, facecolor="none", edgecolor=_INK,
        linewidth=0.7,
    )  # fmt: skip
    _write_texts(axes, drawing, lines, lane[0] - 0.06)
    voices = list(dict.fromkeys(line.voice for line in lines if line.voice))
    _write_label(axes, drawing, top - _LANE_HEIGHT / 2, speaker or "(nobody)", ", ".join(voices), colour)


def _write_texts(axes: "Axes", drawing: _Drawing, lines: Sequence[Line], top: float) -> None:
    """Write below each bar, in two rows, as much of its text as there is room for up to the next bar of the lane."""
    starts = [max(_shown(line).start, drawing.strip.start) for line in lines]
    for line, start, after in zip(lines, starts, [*starts[1:], drawing.strip.end], strict=True):
        room = (after - start) * drawing.inches_per_second - 0.12
        rows = drawing.lettering.wrapped(line.text, _TEXT_POINTS, room, rows=2)
        ink = _UNFIT if line.id in drawing.unfit else _INK
        for place, row in enumerate(map(drawing.lettering.sign, rows)):
            y = top - place * _TEXT_LEADING
            face = drawing.lettering.face(row)
            axes.text(start, y, row, size=_TEXT_POINTS, va="top", color=ink, zorder=5, **face)


def _write_label(axes: "Axes", drawing: _Drawing, middle: float, label: str, remark: str, colour: str) -> None:
    say, x = drawing.lettering, drawing.strip.start - 0.12 / drawing.inches_per_second
    room = _LEFT - 0.3
    for text, points, offset, ink, bold in (
        (label, 9.5, 0.075, colour, True),
        (remark, 7.5, -0.095, _QUIET_INK, False),
    ):
        wider = 1.15 if bold else 1.0  # widths are those of the regular face
        drawn = say.sign(say.shortened(text, points * wider, room))
        axes.text(
            x, middle + offset, drawn, size=points, color=ink, ha="right", va="center", clip_on=False,
            **say.face(drawn, bold=bold),
        )  # fmt: skip
