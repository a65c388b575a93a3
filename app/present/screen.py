"""A talk in the browser: all slides are sent at once and turned there, so that no key waits for the server."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.present.layout import Block, LaidOut, PictureBlock, TableBlock

FOLDER = Path(__file__).parent
HTML = """
<section class="talk" tabindex="-1" aria-roledescription="carousel" aria-label="Slides">
  <div class="bar">
    <button type="button" class="whole">Full screen</button>
    <button type="button" class="before">Previous</button>
    <span class="count"></span>
    <button type="button" class="after">Next</button>
  </div>
  <div class="stage" aria-live="polite"></div>
  <details class="notes"><summary>Notes for the speaker</summary><p></p></details>
</section>
"""

_talk = st.components.v2.component(
    "talk", html=HTML, css=(FOLDER / "talk.css").read_text("utf-8"), js=(FOLDER / "talk.js").read_text("utf-8")
)


def show(name: str, pages: Sequence[LaidOut]) -> None:
    """The whole talk of that name, at the slide that the address names."""
    _talk(key="slides", data=sent(name, pages))


def sent(name: str, pages: Sequence[LaidOut]) -> dict[str, Any]:
    """What the browser is given: plain text and pictures, which it never takes for markup."""
    slides = [{"notes": page.notes, "blocks": [_block(block) for block in page.blocks]} for page in pages]
    stamp = hashlib.sha256(json.dumps(slides, sort_keys=True).encode()).hexdigest()
    return {"name": name, "stamp": stamp, "slides": slides}


def _block(block: Block) -> dict[str, Any]:
    area = block.area
    place = {"area": [area.left, area.top, area.width, area.height]}
    if isinstance(block, PictureBlock):
        return place | {"kind": "picture", "alt": block.alt, "png": base64.b64encode(block.png).decode()}
    if isinstance(block, TableBlock):
        return place | {
            "kind": "table",
            "rows": block.rows,
            "widths": [width / area.width for width in block.widths],
            "heights": [height / area.height for height in block.heights],
            "figures": block.figures,
            "size": block.size,
        }
    return place | {
        "kind": "text",
        "role": block.role,
        "paragraphs": block.paragraphs,
        "size": block.size,
        "tone": block.tone,
        "bold": block.bold,
        "bullets": block.bullets,
        "centred": block.centred,
    }
