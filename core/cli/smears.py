"""Counting the cells in photos of one smear: on the screen, or as a report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.options import (
    NOBODY,
    UNREAD,
    AsJson,
    MicrometresPerPixel,
    Model,
    PagesApart,
    Paths,
    ScaleBar,
    Single,
    SwapColours,
    TypesName,
)
from core.cli.printing import log, print_json, print_table

if TYPE_CHECKING:
    from core.cases.keeping import CountKeeper
    from core.differential.counts import Differential
    from core.differential.smear import Smear
    from core.imaging.decoding import Photo
    from core.imaging.opening import Opening

app = typer.Typer()

RedCells = Annotated[float | None, typer.Option(min=0.1, max=15, help="Red cells, 10¹² a litre, if measured.")]
CorrectionsFile = Annotated[
    Path | None, typer.Option("--corrections", help="A report saved as CSV, its column corrected filled in.")
]


@dataclass(frozen=True)
class _Order:
    """What is to be counted, and how; see the options of the commands."""

    paths: Sequence[str]
    model: str
    single: bool
    red_cells: float | None
    corrections: Path | None
    opening: "Opening"
    types: str = ""
    identifier: str = ""
    by: str = ""
    case: str = ""


@app.command()
def count(
    paths: Paths,
    model: Model = "",
    single: Single = False,
    red_cells: RedCells = None,
    corrections: CorrectionsFile = None,
    types: TypesName = "",
    pages_apart: PagesApart = False,
    swap_red_blue: SwapColours = False,
    um_per_pixel: MicrometresPerPixel = None,
    scale_bar_um: ScaleBar = None,
    case: Annotated[str, typer.Option(help="Keep it as a case of that name, which is no patient's.")] = "",
    by: Annotated[str, typer.Option(help="Who made the corrections that a case keeps.")] = NOBODY,
    as_json: AsJson = False,
) -> None:
    """Find and name the cells in photos of one smear: the differential count, with its uncertainties."""
    from core.differential import wording
    from core.imaging.opening import Opening
    from core.reports.tables import as_dict

    opening = Opening(pages_apart, swap_red_blue, um_per_pixel, scale_bar_um)
    order = _Order(paths, model, single, red_cells, corrections, opening, types, by=by, case=case)
    keeper = _keeper(order)
    smear, differential = _count(order, keeper=keeper)
    kept = keeper.case if keeper else None
    if as_json:
        print_json(as_dict(smear, differential, names=True) | ({"case": kept.id} if kept else {}))
    else:
        for sentence in wording.wrong_first(smear, differential):
            typer.echo(sentence)
        if differential.gate.shows("counts"):
            print_table(*differential_table(smear, differential))
            if differential.parts:
                print_table(*parts_table(smear, differential))
        for sentence in [*wording.findings(smear, differential), wording.INTENDED_USE]:
            typer.echo(sentence)
        if kept:
            typer.echo(f"Kept as case {kept.id}.")
    _end(smear)


@app.command()
def types(
    name: Annotated[str, typer.Argument(help="A set by name, or a file of your own; all sets if none is named.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the sets of types to count with, or the types of one and their keys."""
    from core.differential.cell_types import read_types, shipped_sets

    rows: list[tuple[str, ...]] = []
    if not name:
        rows = [(each.name, each.title, each.specimen, f"{len(each.types)}") for each in shipped_sets().values()]
        columns = ["set", "title", "specimen", "types"]
    else:
        columns = ["key", "type", "short", "part of", "counts"]
        rows = [
            (
                one.shortcut,
                one.cell.name,
                one.cell.abbreviation,
                one.parent if one.finer else "",
                "" if one.parent else one.among,
            )
            for one in read_types(name).types
        ]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, [list(row) for row in rows])


@app.command()
def report(
    paths: Paths,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="The file: .pdf, .html, .csv, .json, .fhir.json, .coco.json or .yolo.zip."),
    ],
    model: Model = "",
    single: Single = False,
    identifier: Annotated[str, typer.Option("--id", help="What the report calls the smear; no patient's name.")] = "",
    by: Annotated[str, typer.Option(help="Who asks for the count.")] = "",
    red_cells: RedCells = None,
    corrections: CorrectionsFile = None,
    types: TypesName = "",
    pages_apart: PagesApart = False,
    swap_red_blue: SwapColours = False,
    um_per_pixel: MicrometresPerPixel = None,
    scale_bar_um: ScaleBar = None,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    names: Annotated[bool, typer.Option("--names", help="Print the names of files, which may name a patient.")] = False,
) -> None:
    """Count the cells in photos of one smear and write a report to hand over."""
    from core.imaging.opening import Opening
    from core.reports.files import LONGEST_IDENTIFIER, PAPERS, ReportError, kind_of, write

    # What cannot be written is refused before anything is counted.
    kind_of(out)
    if paper not in PAPERS:
        raise ReportError(f"The paper is one of {', '.join(PAPERS)}, not {paper}.")
    if not out.absolute().parent.is_dir():
        raise ReportError(f"There is no folder {out.parent} to write {out.name} to.")
    if len(identifier) > LONGEST_IDENTIFIER or not identifier.isprintable():
        raise ReportError(f"An identifier is one line of at most {LONGEST_IDENTIFIER} characters.")
    opening = Opening(pages_apart, swap_red_blue, um_per_pixel, scale_bar_um)
    order = _Order(paths, model, single, red_cells, corrections, opening, types, identifier, by)
    smear, differential = _count(order, pictures=True)
    if not smear.photos:
        raise ReportError(smear.not_read[0].reason if len(smear.not_read) == 1 else "None of the files could be read.")
    typer.echo(write(out, smear, differential, names=names, paper=paper))
    _end(smear)


def _end(smear: "Smear") -> None:
    """Name what was left out; the status says whether anything was that should not have been."""
    for reason in [lost.reason for lost in smear.not_read] + [lost.reason for lost in smear.not_applied]:
        typer.echo(reason, err=True)
    if smear.not_applied or any(not lost.twice for lost in smear.not_read):
        raise typer.Exit(UNREAD)


def _keeper(order: _Order) -> "CountKeeper | None":
    """What keeps the count as a case, None where none is wanted. What cannot be kept is refused before counting."""
    from core.cases.keeping import CountKeeper
    from core.cases.store import CountSettings, checked_name, open_store
    from core.differential.cell_types import read_types, usual_types
    from core.inference.selection import choose

    if not order.case:
        return None
    settings = CountSettings(
        model=order.model,
        single=order.single,
        pages_apart=order.opening.pages_apart,
        swap=order.opening.swap,
        micrometres_per_pixel=order.opening.micrometres_per_pixel,
        red_cells=order.red_cells,
        space=choose(order.model).space.name,
        types=read_types(order.types) if order.types else usual_types(),
    )
    return CountKeeper(open_store(), checked_name(order.case), settings)


def _count(
    order: _Order, *, pictures: bool = False, keeper: "CountKeeper | None" = None
) -> "tuple[Smear, Differential]":
    """The smear that the photos show, and its count; the smear also names the files that could not be read."""
    from core.detection.detector import SingleCellDetector
    from core.detection.loading import load_detector
    from core.differential.cell_types import read_types, usual_types
    from core.differential.counts import differential
    from core.imaging.loading import iter_photos
    from core.inference.reader import Reader
    from core.inference.selection import choose
    from core.inference.smear import SmearDetails, SmearReader, count_smear, with_corrections
    from core.reports.corrections import bind, read_corrections
    from core.wording import count_of

    types = read_types(order.types) if order.types else usual_types()
    saved = read_corrections(order.corrections) if order.corrections else ()
    reader = Reader(choose(order.model))
    detector = SingleCellDetector() if order.single else load_detector()
    photos = iter_photos(order.paths, order.opening)
    with log.status("Counting") as status:
        smear = count_smear(
            keeper.passing(photos) if keeper else photos,
            reader,
            detector,
            SmearDetails(order.identifier, order.by, order.red_cells),
            pictures=pictures,
            progress=lambda done: status.update(f"Counting: {count_of(done, 'file')} done"),
        )
    smear = replace(smear, types=types)
    bound = bind(smear, saved)
    if keeper:
        keeper.keep(smear)
        keeper.correct(smear, bound.corrections, order.by)
    photo_of = partial(_photo, order, smear)
    smear = with_corrections(smear, bound.corrections, SmearReader(reader, detector, pictures), photo_of)
    smear = replace(smear, not_applied=bound.not_applied)
    return smear, differential(smear)


def _photo(order: _Order, smear: "Smear", number: int) -> "Photo":
    """The photo of that number, opened once more."""
    from core.differential.smear import CorrectionError
    from core.imaging.decoding import Photo
    from core.imaging.fingerprint import fingerprint
    from core.imaging.loading import iter_photos

    wanted = smear.photos[number - 1].fingerprint
    for item in iter_photos(order.paths, order.opening):
        if isinstance(item, Photo) and fingerprint(item) == wanted:
            return item
    raise CorrectionError("A photo to which a cell was added is not there any more.")


def differential_table(smear: "Smear", differential: "Differential") -> tuple[list[str], list[list[str]]]:
    """Columns and rows for people."""
    from core.differential.columns import command_views

    views = command_views(differential)
    classes = [[str(view.text(row, smear.vocabulary)) for view in views] for row in differential.rows]
    return [view.head for view in views], [*classes, [view.total(differential) for view in views]]


def parts_table(smear: "Smear", differential: "Differential") -> tuple[list[str], list[list[str]]]:
    """Types that a person told apart within classes, for people."""
    from core.differential import wording

    names = smear.vocabulary
    rows = [
        [
            names[part.parent].name,
            "not told apart" if part.key == part.parent else names[part.key].name,
            f"{part.cells:,}",
            wording.limits(part.share) if part.share else "–",
        ]
        for part in differential.parts
    ]
    return ["class", "type", "cells", "95 % (chance)"], rows
