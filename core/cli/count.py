"""Commands on the photos of a smear: a count on the screen, or a report in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from core.detection.detector import SingleCellDetector
from core.detection.loading import load_detector
from core.differential import wording
from core.differential.columns import command_views
from core.differential.counts import Differential, differential
from core.differential.smear import CorrectionError, Corrections, Smear
from core.imaging.decoding import Photo
from core.imaging.loading import iter_photos
from core.inference.reader import Reader
from core.inference.selection import choose
from core.inference.smear import SmearDetails, SmearReader, count_smear, fingerprint, with_corrections
from core.reports.files import LONGEST_IDENTIFIER, PAPERS, ReportError, kind_of, write
from core.reports.tables import as_dict, read_corrections, sentences
from core.wording import count_of


@dataclass(frozen=True)
class Order:
    """What is to be counted, and how; see the options of the commands."""

    paths: Sequence[str]
    model: str = ""
    single: bool = False
    identifier: str = ""
    by: str = ""
    red_cells: float | None = None
    corrections: Path | None = None


def count(order: Order, aside: Console, pictures: bool = False) -> tuple[Smear, Differential]:
    """The smear that the photos show, and its count; files that could not be read are among what it tells."""
    said = read_corrections(order.corrections) if order.corrections else Corrections()
    reader = Reader(choose(order.model, for_fields=True))
    detector = SingleCellDetector() if order.single else load_detector()
    with aside.status("Counting") as status:
        smear = count_smear(
            iter_photos(order.paths),
            reader,
            detector,
            SmearDetails(order.identifier, order.by, order.red_cells),
            pictures=pictures,
            progress=lambda done: status.update(f"Counting: {count_of(done, 'file')} done"),
        )
    smear_reader = SmearReader(reader, detector, pictures)
    smear = with_corrections(
        smear, said, smear_reader, lambda number: _photo(order.paths, smear.photos[number - 1].fingerprint)
    )
    return smear, differential(smear)


def _photo(paths: Sequence[str], wanted: str) -> Photo:
    """The photo of that fingerprint, opened once more."""
    for item in iter_photos(paths):
        if isinstance(item, Photo) and fingerprint(item) == wanted:
            return item
    raise CorrectionError("A photo to which a cell was added is not there any more.")


def told(smear: Smear, found: Differential) -> dict[str, Any]:
    """For a program, with the names of files."""
    return as_dict(smear, found, names=True)


def rows(smear: Smear, count: Differential) -> tuple[list[str], list[list[str]]]:
    """Columns and rows for people."""
    views = command_views()
    classes = [[str(view.text(row, smear.space)) for view in views] for row in count.rows]
    return [view.head for view in views], [*classes, [view.total(count) for view in views]]


def lines(smear: Smear, found: Differential) -> list[str]:
    """What the figures say, and what they are not for."""
    return [*sentences(smear, found), wording.INTENDED_USE]


def report(order: Order, out: Path, paper: str, names: bool, aside: Console) -> tuple[Smear, Path]:
    """Count, and write the report; what cannot be written is refused before anything is counted."""
    kind_of(out)
    if paper not in PAPERS:
        raise ReportError(f"The paper is one of {', '.join(PAPERS)}, not {paper}.")
    if not out.absolute().parent.is_dir():
        raise ReportError(f"There is no folder {out.parent} to write {out.name} to.")
    if len(order.identifier) > LONGEST_IDENTIFIER or not order.identifier.isprintable():
        raise ReportError(f"An identifier is one line of at most {LONGEST_IDENTIFIER} characters.")
    smear, found = count(order, aside, pictures=True)
    if not smear.photos:
        raise ReportError(smear.not_read[0].reason if len(smear.not_read) == 1 else "None of the files could be read.")
    return smear, write(out, smear, found, names, paper)
