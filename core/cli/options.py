"""Options and exit statuses that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

STOPPED = 3
"""Exit status: stopped before its end; the same command goes on."""

UNREAD = 4
"""Exit status: done, but some files could not be read."""

NOBODY = "unnamed"
"""Whoever works on a case with the commands and does not say who they are."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="Another setting, such as epochs=3.")]
Model = Annotated[str, typer.Option("--model", "-m", help="Checkpoint; see `models`.")]
Named = Annotated[list[str], typer.Argument(help="Checkpoints; see `models`.")]
NamedOrAll = Annotated[list[str] | None, typer.Argument(help="Checkpoints; all if none is named.")]
Paths = Annotated[list[str], typer.Argument(help="Photos, folders or zip archives.")]
RecipeName = Annotated[str, typer.Argument(help="A recipe by name.")]
PagesApart = Annotated[
    bool, typer.Option("--pages-apart", help="Every page of a TIFF is a photo, also the planes of a focus stack.")
]
MicrometresPerPixel = Annotated[
    float | None,
    typer.Option("--um-per-pixel", min=0.01, max=5, help="µm a pixel of all photos: their scale if red cells are few."),
]
ScaleBar = Annotated[
    float | None,
    typer.Option("--scale-bar-um", min=0.1, max=1000, help="µm of the scale bar drawn on photos, which is not read."),
]
Root = Annotated[Path | None, typer.Option(help="The source's folder, if it is not found by itself.")]
SwapColours = Annotated[bool, typer.Option("--swap-red-blue", help="Open photos with red and blue swapped.")]
SourceName = Annotated[str, typer.Argument(help="A source; see `data list`.")]
TypesName = Annotated[
    str, typer.Option("--types", help="Set of types to count with: see `types`, or a file of your own (TOML).")
]
Single = Annotated[bool, typer.Option("--single", help="Each photo shows one cell: look for no others.")]
