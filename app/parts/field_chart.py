"""A photo of a smear with its cells framed, to be moved, enlarged and clicked."""

import base64
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from app.parts.charts import GREY, ground, ink
from core.framing import Box

if TYPE_CHECKING:
    from core.counting.smear import CountedCell, Smear

MOST_PIXELS = 4_000_000
"""Of the picture that is sent to the browser; the frames are in the photo's own pixels."""

WIDTH, TALLEST = 540, 640
"""Of the chart in screen pixels: about the width that a page gives it, and the most height that a screen has."""

RED = "#c1443c"


def shrunk(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 with at most MOST_PIXELS."""
    height, width = pixels.shape[:2]
    share = (MOST_PIXELS / (height * width)) ** 0.5
    if share >= 1:
        return pixels
    size = max(1, int(width * share)), max(1, int(height * share))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def as_address(pixels: np.ndarray) -> str:
    """The picture as a data address that a chart can hold."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=88)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def colour(smear: "Smear", cell: "CountedCell") -> str:
    """Of a frame: that of the class, grey for what is set apart."""
    if cell.found.kind == "red":
        return RED
    return smear.space[cell.counted_as].colour if cell.counted_as else GREY


def chart(
    smear: "Smear",
    size: tuple[int, int],
    picture: str,
    cells: Sequence["CountedCell"],
    chosen: int | None,
    others: Iterable["CountedCell"] = (),
    drawn: Box | None = None,
    framing: bool = False,
) -> go.Figure:
    """The photo with frames.

    size: (height, width) of the photo in pixels. cells: those that can be clicked; their numbers are the points'
    customdata. chosen: number of the one that is looked at. others: framed thinly, in one stroke a colour.
    drawn: a frame that a person is about to add. framing: a drag frames a new cell in place of moving the photo.
    """
    height, width = size
    figure = go.Figure()
    figure.add_layout_image(
        source=picture, xref="x", yref="y", x=0, y=0, sizex=width, sizey=height, sizing="stretch", layer="below"
    )
    _thin(figure, smear, others)
    for cell in cells:
        _frame(figure, cell.found.box, colour(smear, cell), 5 if cell.number == chosen else 2.5, _dash(cell))
    if drawn is not None:
        _frame(figure, drawn, ink(), 2, "dot")
    for cell in cells:
        _tag(figure, cell.found.box, _short(smear, cell), colour(smear, cell))
    middles = [cell.found.box.centre for cell in cells]
    # Not to be seen: what a click hits, while the cell below stays in sight.
    figure.add_scatter(
        x=[x for x, _ in middles],
        y=[y for _, y in middles],
        mode="markers",
        marker={"size": 36, "opacity": 0},
        customdata=[[cell.number] for cell in cells],
        hovertext=[spoken(smear, cell) for cell in cells],
        hoverinfo="text",
    )
    axis = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(range=[0, width], constrain="domain", **axis)
    figure.update_yaxes(range=[height, 0], scaleanchor="x", **axis)
    return figure.update_layout(
        height=min(TALLEST, max(240, round(WIDTH * height / width))),
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor=ground(),
        plot_bgcolor=ground(),
        showlegend=False,
        dragmode="select" if framing else "pan",
        # The same photo keeps its place and size while cells are chosen and renamed.
        uirevision=smear.identifier,
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


def _tag(figure: go.Figure, box: Box, text: str, hue: str) -> None:
    """The abbreviation above a frame, or within it where there is no room above."""
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


def _dash(cell: "CountedCell") -> str:
    return "dash" if cell.doubtful or cell.counted_as is None else "solid"


def _short(smear: "Smear", cell: "CountedCell") -> str:
    if cell.counted_as is None:
        return "?" if cell.corrected is None else "✕"
    return smear.space[cell.counted_as].abbreviation + ("?" if cell.doubtful else "")


def _thin(figure: go.Figure, smear: "Smear", cells: Iterable["CountedCell"]) -> None:
    """Hundreds of frames as one line each colour, since so many shapes are slow."""
    lines: dict[str, tuple[list[float | None], list[float | None]]] = {}
    for cell in cells:
        left, top, right, bottom = cell.found.box.as_tuple()
        xs, ys = lines.setdefault(colour(smear, cell), ([], []))
        xs += [left, right, right, left, left, None]
        ys += [top, top, bottom, bottom, top, None]
    for hue, (xs, ys) in lines.items():
        figure.add_scatter(x=xs, y=ys, mode="lines", line={"color": hue, "width": 1}, hoverinfo="skip")


def spoken(smear: "Smear", cell: "CountedCell") -> str:
    """ "3.12: neutrophil, 97 %" and what sets it apart."""
    from core.reporting.composing import called

    chance = (cell.probabilities or {}).get(cell.counted_as or cell.label or "")
    parts = [called(smear, cell.corrected or cell.label).lower()]
    parts += [f"{100 * chance:.0f} %"] if chance is not None and cell.corrected is None else []
    parts += ["by a person"] if cell.corrected is not None else []
    parts += ["added"] if cell.added else []
    parts += [STATES[cell.verdict]] if cell.corrected is None and cell.verdict in STATES else []
    parts += ["cut by the edge"] if cell.found.cut else []
    parts += [cell.found.note] if cell.found.note else []
    return f"{cell.name}: {', '.join(parts)}"


STATES = {"unsure": "unsure", "unlike": "unlike what the model knows"}
