"""A report as one HTML file: it asks nothing of any network, runs no script, and prints well."""

import base64
import re
from collections.abc import Iterator
from html import escape

import numpy as np

from core.differential.wording import INTENDED_USE_SHORT
from core.reports import blocks
from core.reports.figures import jpeg
from core.wording import count_of

# Nothing may be fetched: the pictures are in the file, and the browser is told to load no others.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light; --ink: #18262b; --accent: #0b6b74; --quiet: #506066; --line: #9aa8ac; --band: #dde7e8; }
body { margin: 0 auto; padding: 2rem 1.2rem 3rem; max-width: 60rem; color: var(--ink); background: #fff;
  font: 1rem/1.5 Georgia, "Times New Roman", serif; }
h1, h2, h3, th, .label, footer, header { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { margin: 0; font-size: 1.9rem; color: var(--accent); }
h2 { margin: 2.2rem 0 .5rem; font-size: 1.1rem; color: var(--accent); break-after: avoid; }
h3 { margin: 1rem 0 .3rem; font-size: .85rem; break-after: avoid; }
p { margin: .4rem 0; max-width: 46rem; }
ul { margin: .4rem 0; padding-left: 1.2rem; max-width: 46rem; }
.subtitle, figcaption, caption, footer { color: var(--quiet); }
.notice { margin: 1rem 0; padding: .6rem .9rem; border-left: .25rem solid var(--accent); background: #eef4f4;
  font-weight: bold; max-width: none; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 0 2rem; margin: 1rem 0; }
dl div { display: grid; grid-template-columns: 10rem 1fr; padding: .2rem 0; border-bottom: 1px solid var(--band); }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink);
  font-variant-numeric: tabular-nums; margin: .3rem 0 1rem; }
caption { text-align: left; padding: .3rem 0; font-size: .92rem; }
th { font-size: .75rem; font-weight: normal; color: var(--quiet); text-align: left;
  border-bottom: 1px solid var(--ink); }
th, td { padding: .2rem .5rem .2rem 0; vertical-align: middle; }
.number { text-align: right; white-space: nowrap; } .hash { overflow-wrap: anywhere; font-size: .8rem; }
tr.sum td { border-top: 1px solid var(--ink); font-weight: bold; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1.2rem; }
figure { margin: 0; break-inside: avoid; } figure svg { width: 100%; height: auto; display: block; }
figcaption { font-size: .92rem; padding-top: .3rem; }
.sheet { display: flex; flex-wrap: wrap; gap: .6rem; }
.sheet figure { width: 5.2rem; } .sheet img { width: 5rem; height: 5rem; border: 2px solid; display: block; }
.sheet figcaption { display: flex; justify-content: space-between; font: .68rem system-ui, sans-serif; }
.doubtful img { border-style: dashed; } .changed img { border-style: double; border-width: 5px; }
.closer { display: flex; gap: 1rem; margin: .8rem 0; align-items: start; break-inside: avoid; }
.closer img { width: 7rem; height: 7rem; } .closer p { margin: 0; }
footer { margin-top: 3rem; padding-top: .5rem; border-top: 1px solid var(--line); font-size: .8rem; }
@media (max-width: 40rem) { .figures { grid-template-columns: 1fr; } dl { grid-template-columns: 1fr; } }
@media print { body { padding: 0; max-width: none; font-size: .8rem; } }
"""


def page(report: blocks.Report) -> str:
    """The whole file."""
    body = "".join(_Page(report))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(report.title)} {_text(report.identifier)}</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _text(text: str) -> str:
    return escape(re.sub(r"(?<=\w)'", "’", text))


class _Page:
    """The parts of the page, in order; counts its tables on the way."""

    def __init__(self, report: blocks.Report) -> None:
        self.report, self.tables = report, 0

    def __iter__(self) -> Iterator[str]:
        report = self.report
        yield f'<header><h1>{_text(report.title)}</h1></header><p class="subtitle">{_text(report.subtitle)}</p><main>'
        for section in report.sections:
            yield f"<section><h2>{_text(section.title)}</h2>" if section.title else "<section>"
            yield from (self._block(block) for block in section.blocks)
            yield "</section>"
        yield f"</main><footer>{_text(report.identifier)} · {_text(INTENDED_USE_SHORT)}</footer>"

    def _block(self, block: blocks.Block) -> str:
        match block:
            case blocks.Text(text):
                return f"<p>{_text(text)}</p>"
            case blocks.Points(items):
                return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>"
            case blocks.Notice(text):
                return f'<p class="notice">{_text(text)}</p>'
            case blocks.Facts(pairs):
                rows = (f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in pairs)
                return f"<dl>{''.join(rows)}</dl>"
            case blocks.Table():
                self.tables += 1
                return _table(block, self.tables)
            case blocks.Figures(figures):
                return f'<div class="figures">{"".join(map(_figure, figures))}</div>'
            case blocks.Sheet():
                return _sheet(block)
            case blocks.Closers(cells):
                return "".join(map(_closer, cells))


def _table(table: blocks.Table, number: int) -> str:
    def side(place: int) -> str:
        return ' class="number"' if place in table.numbers else ""

    head = "".join(f'<th scope="col"{side(place)}>{_text(name)}</th>' for place, name in enumerate(table.columns))
    rows = []
    for line, row in enumerate(table.rows, 1):
        kind = ' class="sum"' if table.last_is_sum and line == len(table.rows) else ""
        cells = (f"<td{_hash(value) or side(place)}>{_value(value)}</td>" for place, value in enumerate(row))
        rows.append(f"<tr{kind}>{''.join(cells)}</tr>")
    caption = f"<caption><b>Table {number}.</b> {_text(table.caption)}</caption>"
    return (
        f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _hash(value: str | blocks.Span) -> str:
    """A sha256 may break anywhere, or it would be wider than a telephone."""
    return ' class="hash"' if isinstance(value, str) and len(value) == 64 else ""


def _value(value: str | blocks.Span) -> str:
    return _text(value) if isinstance(value, str) else _span(value)


def _span(span: blocks.Span) -> str:
    """The interval as a small drawing, in percent of its width."""

    def at(figure: float) -> float:
        return round(max(0.0, min(100.0, 100 * figure / span.most)), 2)

    parts = ['<line x1="0" x2="100" y1="6" y2="6" stroke="#9aa8ac" stroke-width=".5"/>']
    if span.usual:
        low, high = (at(end) for end in span.usual)
        parts.insert(0, f'<rect x="{low}" y="0" width="{max(high - low, 1):.2f}" height="12" fill="#dde7e8"/>')
    if span.value == span.value:
        colour = escape(span.colour)
        parts.append(
            f'<line x1="{at(span.low)}" x2="{at(span.high)}" y1="6" y2="6" stroke="{colour}" stroke-width="2"/>'
            f'<rect x="{at(span.value) - 1:.2f}" y="2.5" width="2" height="7" fill="{colour}"/>'
        )
    return (
        f'<svg viewBox="0 0 100 12" preserveAspectRatio="none" width="150" height="14" role="img" '
        f'aria-label="{escape(span.text)}">{"".join(parts)}</svg>'
    )


def _source(pixels: np.ndarray) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(pixels)).decode()}"


def _figure(figure: blocks.Figure) -> str:
    high, wide = figure.pixels.shape[:2]
    shapes = "".join(_outline(outline, wide / 640) for outline in figure.outlines)
    caption = f"<b>Figure {figure.number}.</b> {_text(figure.caption)}"
    return (
        f'<figure><svg viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(figure.caption)}">'
        f'<image href="{_source(figure.pixels)}" width="{wide}" height="{high}"/>{shapes}</svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _outline(outline: blocks.Outline, unit: float) -> str:
    box, colour = outline.box, escape(outline.colour)
    dashes = f' stroke-dasharray="{5 * unit:.1f} {3.5 * unit:.1f}"' if outline.mark == "doubtful" else ""
    shapes = [_rectangle(box.left, box.top, box.width, box.height, colour, 2 * unit, dashes)]
    if outline.mark == "changed":
        by = 4 * unit
        shapes.append(
            _rectangle(box.left - by, box.top - by, box.width + 2 * by, box.height + 2 * by, colour, 1.2 * unit, "")
        )
    if outline.text:
        high, foot = 13 * unit, max(box.top, 13 * unit)
        wide = (5 + 8 * len(outline.text)) * unit
        shapes.append(
            f'<rect x="{box.left:.1f}" y="{foot - high:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{colour}"/>'
            f'<text x="{box.left + 2.5 * unit:.1f}" y="{foot - 3 * unit:.1f}" font-size="{10.5 * unit:.1f}" '
            f'font-family="sans-serif" fill="#fff">{_text(outline.text)}</text>'
        )
    return "".join(shapes)


def _rectangle(x: float, y: float, wide: float, high: float, colour: str, line: float, more: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="none" stroke="{colour}" '
        f'stroke-width="{line:.1f}"{more}/>'
    )


def _sheet(sheet: blocks.Sheet) -> str:
    colour = escape(sheet.colour)
    left = f"; {count_of(sheet.more, 'more is', 'more are')} not shown" if sheet.more else ""
    tiles = (
        f'<figure class="{tile.mark}"><img src="{_source(tile.pixels)}" alt="Cell {_text(tile.name)}" '
        f'style="border-color:{colour}"><figcaption><span>{_text(tile.name)}</span><span>{_text(tile.under)}</span>'
        "</figcaption></figure>"
        for tile in sheet.tiles
    )
    return (
        f'<h3><span style="color:{colour}" aria-hidden="true">■</span> {_text(sheet.title + left)}</h3>'
        f'<div class="sheet">{"".join(tiles)}</div>'
    )


def _closer(cell: blocks.Closer) -> str:
    name = _text(cell.name)
    seen = [f'<img src="{_source(cell.crop)}" alt="Cell {name}">']
    if cell.overlay is not None:
        seen.append(f'<img src="{_source(cell.overlay)}" alt="Where the model looked at cell {name}">')
    words = f"<p><b>Cell {name}. {_text(cell.heading)}</b></p>" + "".join(
        f"<p>{_text(line)}</p>" for line in cell.lines
    )
    return f'<div class="closer">{"".join(seen)}<div>{words}</div></div>'
