"""A report as one HTML file: it asks nothing of any network, runs no script, and prints well.

How it looks is written in report.html.j2 and report.css. All that is put into the template is escaped there.
"""

import base64
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from core.differential.wording import INTENDED_USE_SHORT
from core.reports.blocks import Block, Document
from core.reports.figures import jpeg
from core.wording import count_of

_HERE = Path(__file__).parent


def as_html(report: Document) -> str:
    """The whole file."""
    return _template().render(report=report, intended_use=INTENDED_USE_SHORT)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters |= {
        "curved": curved,
        "data_url": _data_url,
        "kind": _kind,
        "percent_of": _percent_of,
        "tenths": _tenths,
    }
    environment.tests["hash"] = _is_hash
    environment.globals |= {"count_of": count_of, "style": Markup((_HERE / "report.css").read_text("utf-8"))}
    lines = (_HERE / "report.html.j2").read_text("utf-8").splitlines()
    # Joined, so that no space comes between elements that the template has on two lines.
    return environment.from_string("".join(line.strip() for line in lines))


def curved(text: str) -> str:
    """Text with curved apostrophes."""
    return re.sub(r"(?<=\w)'", "’", text)


def _data_url(pixels: np.ndarray) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(pixels)).decode()}"


def _kind(block: Block) -> str:
    return type(block).__name__


def _percent_of(figure: float, most: float) -> float:
    """Where a figure stands on a scale from 0 to `most`, in percent of its length."""
    return round(max(0.0, min(100.0, 100 * figure / most)), 2)


def _tenths(figure: float) -> str:
    return f"{figure:.1f}"


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64
