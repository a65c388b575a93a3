"""A photo of a smear with its cells framed, to be moved, enlarged and clicked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from app.shared import scale_bar
from app.shared.charts import GREY, ground
from core.imaging.windows import Box
from core.wording import probability

if TYPE_CHECKING:
    from core.differential.smear import CountedCell, Smear

WIDTH, TALLEST, BAR = 460, 640, 28
"""Of the chart in screen pixels: the width that a page gives it, the most height, and the height of its buttons."""

MOST_FRAMES = 60
"""Frames that are drawn each for itself; of more the browser becomes slow, so that they are lines then."""

TARGET = 36
"""Least size in screen pixels of what a click hits."""

RED = "#c1443c"
MARK = "#18262b"
"""Of what marks a place in the photo, which is as light in the dark theme."""


@dataclass(frozen=True)
class Scene:
    """What a chart shows of a photo.

    size: (height, width) of the photo in pixels. cells: those that can be clicked. chosen: the one of them that is
    looked at. others: framed thinly. drawn: a frame that a person is about to add. framing: a drag frames a new cell
    in place of moving the photo. enlarged: how many times; above 1 the chosen cell is in the middle. pixel_size: µm,
    None where nobody knows.
    """

    size: tuple[int, int]
    cells: "tuple[CountedCell, ...]"
    chosen: "CountedCell | None" = None
    others: "tuple[CountedCell, ...]" = ()
    drawn: Box | None = None
    framing: bool = False
    enlarged: int = 1
    pixel_size: float | None = None


def part(scene: Scene) -> Box:
    """What is seen of the photo, with whole edges: of its own shape, and within it."""
    height, width = scene.size
    part_height, part_width = max(1, height // scene.enlarged), max(1, width // scene.enlarged)
    x, y = scene.chosen.detection.box.centre if scene.chosen else (width / 2, height / 2)
    left = min(max(0, round(x - part_width / 2)), width - part_width)
    top = min(max(0, round(y - part_height / 2)), height - part_height)
    return Box(left, top, left + part_width, top + part_height)


def colour(smear: "Smear", cell: "CountedCell") -> str:
    """Of a frame: that of the class, grey for what is set apart."""
    if _is_red(cell):
        return RED
    return smear.vocabulary[cell.type].colour if cell.type else GREY


def chart(smear: "Smear", scene: Scene, layers: Sequence[tuple[str, Box]]) -> go.Figure:
    """The photo with frames; the points' customdata are the cells' numbers.

    layers: pictures as data addresses, each with the part of the photo that it shows, the last on top.
    """
    height, width = scene.size
    figure = go.Figure()
    for source, area in layers:
        figure.add_layout_image(source=source, x=area.left, y=area.top, sizex=area.width, sizey=area.height, **_LAYER)
    few = scene.cells if len(scene.cells) <= MOST_FRAMES else ()
    _thin(figure, smear, scene.others if few else (*scene.others, *scene.cells))
    for cell in few:
        _frame(figure, cell.detection.box, colour(smear, cell), 2.5, _dash(cell))
    if scene.drawn is not None:
        _frame(figure, scene.drawn, MARK, 2, "dot")
    for cell in few:
        _tag(figure, cell.detection.box, _short(smear, cell), colour(smear, cell))
    visible = part(scene)
    _scale_bar(figure, visible, scene.pixel_size)
    _targets(figure, smear, scene, WIDTH / visible.width)
    axis = {"visible": False, "showgrid": False, "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(range=[visible.left, visible.right], **axis)
    figure.update_yaxes(range=[visible.bottom, visible.top], scaleanchor="x", constraintoward="top", **axis)
    return figure.update_layout(
        height=BAR + min(TALLEST, max(200, round(WIDTH * height / width))),
        margin={"l": 0, "r": 0, "t": BAR, "b": 0},
        paper_bgcolor=ground(),
        plot_bgcolor=ground(),
        showlegend=False,
        dragmode="select" if scene.framing else "pan",
    )


_LAYER = {"xref": "x", "yref": "y", "sizing": "stretch", "layer": "below"}


def _targets(figure: go.Figure, smear: "Smear", scene: Scene, scale: float) -> None:
    """What a click hits: not to be seen, but for a square around the chosen cell. scale: screen pixels a pixel."""
    cells = scene.cells
    middles = [cell.detection.box.centre for cell in cells]
    sides = [scale * max(cell.detection.box.width, cell.detection.box.height) for cell in cells]
    figure.add_scatter(
        x=[x for x, _ in middles],
        y=[y for _, y in middles],
        mode="markers",
        marker={
            "size": [max(TARGET, side + 14) for side in sides],
            "symbol": "square-open",
            "line": {"width": 3},
            "color": MARK,
            "opacity": 0,
        },
        selected={"marker": {"opacity": 1, "color": MARK}},
        unselected={"marker": {"opacity": 0}},
        selectedpoints=[place for place, cell in enumerate(cells) if cell is scene.chosen],
        customdata=[[cell.number] for cell in cells],
        hovertext=[spoken(smear, cell) for cell in cells],
        hoverinfo="text",
    )


CONFIG = {
    "scrollZoom": True,
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtons": [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
    "toImageButtonOptions": {"format": "png", "filename": "smearlens-field", "scale": 2},
}


def _frame(figure: go.Figure, box: Box, hue: str, width: float, dash: str) -> None:
    left, top, right, bottom = box.as_tuple()
    figure.add_shape(
        type="rect", x0=left, y0=top, x1=right, y1=bottom, line={"color": hue, "width": width, "dash": dash}
    )


def _scale_bar(figure: go.Figure, visible: Box, pixel_size: float | None) -> None:
    """In the lower right corner of what is seen, and as large in the photo as it says, however far that is enlarged."""
    length = scale_bar.length_for(visible.width * pixel_size) if pixel_size else None
    if length is None or pixel_size is None:
        return
    right, bottom = visible.right - 0.03 * visible.width, visible.bottom - 0.03 * visible.height
    left = right - length / pixel_size
    figure.add_shape(type="line", x0=left, x1=right, y0=bottom, y1=bottom, line={"color": "#ffffff", "width": 9})
    figure.add_shape(type="line", x0=left, x1=right, y0=bottom, y1=bottom, line={"color": MARK, "width": 4})
    figure.add_annotation(
        x=(left + right) / 2,
        y=bottom,
        text=scale_bar.label(length),
        showarrow=False,
        yanchor="bottom",
        yshift=6,
        font={"color": MARK, "size": 12},
        bgcolor="#ffffff",
        borderpad=1,
    )


def _tag(figure: go.Figure, box: Box, text: str, hue: str) -> None:
    """The abbreviation above a frame, or within it where there is no room above."""
    if not text:
        return
    figure.add_annotation(
        x=box.left,
        y=box.top,
        text=text,
        showarrow=False,
        xanchor="left",
        yanchor="bottom" if box.top > 24 else "top",
        font={"color": "#ffffff", "size": 12},
        bgcolor=hue,
        borderpad=1,
    )


def _is_red(cell: "CountedCell") -> bool:
    return cell.detection.kind == "red" and cell.corrected is None


def _dash(cell: "CountedCell") -> str:
    if _is_red(cell):
        return "solid"
    return "dash" if cell.doubtful or cell.counted_as is None else "solid"


def _short(smear: "Smear", cell: "CountedCell") -> str:
    if _is_red(cell):
        return ""
    if cell.type is None:
        return "?" if cell.corrected is None else "✕"
    return smear.vocabulary[cell.type].abbreviation + ("?" if cell.doubtful else "")


def _thin(figure: go.Figure, smear: "Smear", cells: Iterable["CountedCell"]) -> None:
    """Hundreds of frames as one line each colour, since so many shapes are slow."""
    lines: dict[str, tuple[list[float | None], list[float | None]]] = {}
    for cell in cells:
        left, top, right, bottom = cell.detection.box.as_tuple()
        xs, ys = lines.setdefault(colour(smear, cell), ([], []))
        xs += [left, right, right, left, left, None]
        ys += [top, top, bottom, bottom, top, None]
    for hue, (xs, ys) in lines.items():
        figure.add_scatter(x=xs, y=ys, mode="lines", line={"color": hue, "width": 1}, hoverinfo="skip")


def spoken(smear: "Smear", cell: "CountedCell") -> str:
    """ "3.12: neutrophil, 97 %" and what sets it apart."""
    from core.reports.composition import called

    chance = cell.probability_of(cell.counted_as or cell.label)
    what = "red cell" if _is_red(cell) else called(smear, cell.named or cell.label or cell.counted_as).lower()
    parts = [what]
    parts += [probability(chance)] if chance is not None and cell.corrected is None else []
    parts += ["by a person"] if cell.corrected is not None else []
    parts += ["added"] if cell.added else []
    parts += [STATES[cell.verdict]] if cell.corrected is None and cell.verdict in STATES else []
    parts += ["cut by the edge"] if cell.detection.cut else []
    parts += [cell.detection.note] if cell.detection.note else []
    return f"{cell.name}: {', '.join(parts)}"


STATES = {"unsure": "unsure", "unlike": "unlike what the model knows"}
