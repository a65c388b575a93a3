"""A person's corrections read back from a saved table of cells, whatever spreadsheet has saved it since.

They are bound to what the table says of the photo (the hash of its pixels) and of the cell (its box), never to numbers:
those change as soon as a photo comes or goes. What fits nothing is named with the reason, and left out.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from core.differential.cell_types import shipped_sets, spellings
from core.differential.smear import Addition, CorrectionError, Corrections, CountedCell, CountedPhoto, NotApplied, Smear
from core.imaging.windows import Box, overlap
from core.labels import NO_CELL, LabelSpace
from core.wording import join_words

EDGES = ("left", "top", "right", "bottom")
SAME_PLACE = 0.5
"""Intersection over union from which a box of the table and one that was found are of one cell."""

CHARSETS = ("utf_8", "utf_16", "utf_16_le", "utf_16_be", "cp1252")
"""In which spreadsheets save."""
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class SavedCorrection:
    """One row of a table that says something. row: its line, as a spreadsheet has it. cell: what the table calls it.

    fingerprint: of the photo's pixels, "" in tables of versions that had none. file: the photo's name, "" where names
    were not printed. box: None where its edges cannot be read. called: in the person's words, "" where the class of an
    added cell is left to the model.
    """

    row: int
    cell: str
    fingerprint: str
    file: str
    box: Box | None
    called: str
    added: bool = False


@dataclass(frozen=True)
class BoundCorrections:
    """Corrections in the numbers of one smear, and those that fit nothing in it."""

    corrections: Corrections
    not_applied: tuple[NotApplied, ...] = ()


def read_corrections(path: Path) -> tuple[SavedCorrection, ...]:
    """What a person wrote into the column `corrected`, and the cells that a person added.

    CorrectionError where the file cannot be opened or is no such table.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorrectionError(f"The corrections in {path.name} could not be opened.") from error
    return parse_corrections(data, path.name)


def parse_corrections(data: bytes, name: str) -> tuple[SavedCorrection, ...]:
    """The same from the bytes of a file of that name."""
    text = _decoded(data, name)
    if not text.strip():
        return ()
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        raise CorrectionError(_no_table(name)) from error
    columns = set(rows[0][1]) if rows else set()
    if not {"corrected", *EDGES} <= columns or not columns & {"fingerprint", "file"}:
        raise CorrectionError(_no_table(name))
    shared = _names_of_several(row for _, row in rows)
    return tuple(_saved(number, row, shared) for number, row in rows if row["corrected"] or _is_added(row))


def bind(smear: Smear, saved: Sequence[SavedCorrection]) -> BoundCorrections:
    """Each correction as of the one photo and cell that it fits; what fits none, or not one alone, is named."""
    called: dict[tuple[int, int], list[tuple[SavedCorrection, str]]] = defaultdict(list)
    added: list[Addition] = []
    not_applied: list[NotApplied] = []
    for correction in saved:
        try:
            photo, box = _place(smear, correction)
            cells = smear.of(photo.number)
            label = _label(smear, correction, cells, box)
            if correction.added and not _is_there([cell for cell in cells if cell.added], box):
                added.append(Addition(photo.number, box, label))
            elif label is not None:
                called[photo.number, _cell_at(cells, box, photo).number].append((correction, label))
        except _UnknownTypeError as error:
            why = str(error)
            not_applied.append(NotApplied(correction.row, correction.cell, correction.called, why, error.place))
        except CorrectionError as error:
            not_applied.append(NotApplied(correction.row, correction.cell, correction.called, str(error)))
    for corrections in called.values():
        if len({label for _, label in corrections}) > 1:
            why = "Another row says otherwise of the same cell."
            not_applied += [NotApplied(each.row, each.cell, each.called, why) for each, _ in corrections]
    agreed = {place: named[0][1] for place, named in called.items() if len({label for _, label in named}) == 1}
    return BoundCorrections(
        Corrections(agreed, tuple(dict.fromkeys(added))), tuple(sorted(not_applied, key=lambda each: each.row))
    )


# --- The table -----------------------------------------------------------------------------------


def _no_table(name: str) -> str:
    return (
        f"{name} is no table of corrections: it needs the columns corrected, {', '.join(EDGES)}, and fingerprint, as a "
        "report saved as CSV has them."
    )


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise CorrectionError(f"{name} is a workbook; save the sheet as CSV in the spreadsheet, and hand over that.")
    for mark, charset in ((b"\xef\xbb\xbf", "utf_8_sig"), (b"\xff\xfe", "utf_16"), (b"\xfe\xff", "utf_16")):
        if data.startswith(mark):
            return data.decode(charset, "replace")
    guess = from_bytes(data, cp_isolation=list(CHARSETS)).best()
    if guess is None:
        raise CorrectionError(_no_table(name))
    return str(guess)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and values by column, in small letters, of every row that is not empty."""
    lines = io.StringIO(text, newline="")
    start = lines.tell()
    declared = re.match(r'"?sep=(.)"?', lines.readline().strip(), re.IGNORECASE)  # spreadsheets' own first line
    if not declared:
        lines.seek(start)
    header = lines.readline()
    dialect = csv.Sniffer().sniff(header, declared[1] if declared else DELIMITERS)
    names = [name.strip().lower() for name in next(csv.reader([header], dialect))]
    # A doubled quote within quotes is usual, and one header line does not show it.
    table = csv.reader(lines, delimiter=dialect.delimiter, doublequote=True)
    before = 2 if declared else 1
    for values in table:
        if any(value.strip() for value in values):
            padded = [value.strip() for value in values] + [""] * len(names)
            yield before + table.line_num, dict(zip(names, padded, strict=False))


def _is_added(row: Mapping[str, str]) -> bool:
    return row.get("added", "").lower() not in ("", "no", "false", "0")


def _names_of_several(rows: Iterator[dict[str, str]]) -> set[str]:
    """Names that the table gives to more than one photo."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        numbers[row.get("file", "")].add(row.get("photo", ""))
    return {name for name, photos in numbers.items() if name and len(photos) > 1}


def _saved(number: int, row: Mapping[str, str], shared: set[str]) -> SavedCorrection:
    fingerprint, file = row.get("fingerprint", "").lower(), row.get("file", "")
    return SavedCorrection(
        row=number,
        cell=".".join(part for part in (row.get("photo", ""), row.get("cell", "")) if part),
        fingerprint=fingerprint,
        file="" if file in shared else file,
        box=_box(row),
        called=row["corrected"],
        added=_is_added(row),
    )


def _box(row: Mapping[str, str]) -> Box | None:
    try:
        left, top, right, bottom = (_number(row[edge]) for edge in EDGES)
        return Box(left, top, right, bottom)
    except ValueError:
        return None


def _number(text: str) -> float:
    """A number as spreadsheets write it: with a comma or a point, and spaces or apostrophes between thousands."""
    plain = re.sub(r"[\s'’]", "", text)
    if "," in plain and "." in plain:  # the last of them is the decimal one
        plain = plain.replace("," if plain.rfind(".") > plain.rfind(",") else ".", "")
    return float(plain.replace(",", "."))


# --- What it is of -------------------------------------------------------------------------------


class _UnknownTypeError(CorrectionError):
    """No class or type is called so. place: photo and number of the cell of which it was said, None where none is."""

    def __init__(self, why: str, place: tuple[int, int] | None) -> None:
        super().__init__(why)
        self.place = place


def _place(smear: Smear, correction: SavedCorrection) -> tuple[CountedPhoto, Box]:
    """Photo and box of a correction; CorrectionError with the reason where one of them is not known."""
    photo, box = _photo(smear, correction), correction.box
    if box is None:
        raise CorrectionError("The edges of its box cannot be read.")
    x, y = box.centre
    if not (0 <= x <= photo.field.width and 0 <= y <= photo.field.height):
        raise CorrectionError("Its box does not lie in the photo.")
    return photo, box


def _label(smear: Smear, correction: SavedCorrection, cells: Sequence[CountedCell], box: Box) -> str | None:
    """The key of the type that a correction says; None where it leaves that to the model."""
    if not correction.called:
        return None
    try:
        return label_of(correction.called, smear.vocabulary)
    except CorrectionError as error:
        cell = None if correction.added else _best(cells, box)
        raise _UnknownTypeError(str(error), (cell.photo, cell.number) if cell else None) from error


def _photo(smear: Smear, correction: SavedCorrection) -> CountedPhoto:
    if correction.fingerprint:
        same = [photo for photo in smear.photos if photo.fingerprint == correction.fingerprint]
        if not same:
            raise CorrectionError("No photo that was counted has the content of its photo.")
        return same[0]
    if not correction.file:
        raise CorrectionError("The table says neither the content nor one name of its photo; save the report again.")
    # As as_csv writes them.
    name = correction.file.removeprefix("'")
    same = [photo for photo in smear.photos if photo.name == name]
    same = same or [photo for photo in smear.photos if _last_part(photo.name) == _last_part(name)]
    if len(same) != 1:
        problem = "No photo that was counted has" if not same else "Several photos have"
        raise CorrectionError(f"{problem} the name of its photo, and the table does not say its content.")
    return same[0]


def _last_part(name: str) -> str:
    return re.split(r"[/\\]", name)[-1]


def _cell_at(cells: Sequence[CountedCell], box: Box, photo: CountedPhoto) -> CountedCell:
    """The cell that was found in that place; CorrectionError where there is none."""
    best = _best(cells, box)
    if best is None:
        raise CorrectionError(f"No cell was found in its place in photo {photo.number}.")
    return best


def _best(cells: Sequence[CountedCell], box: Box) -> CountedCell | None:
    best = max(cells, key=lambda cell: overlap(cell.detection.box, box), default=None)
    return best if best is not None and overlap(best.detection.box, box) >= SAME_PLACE else None


def _is_there(cells: Sequence[CountedCell], box: Box) -> bool:
    return any(overlap(cell.detection.box, box) >= SAME_PLACE for cell in cells)


def label_of(called: str, space: LabelSpace) -> str:
    """The key of a class or type that a person writes by key, name or abbreviation, in any case; or NO_CELL.

    CorrectionError where it is none of these; where another set that comes with Smearlens has it, with its name.
    """
    word = " ".join(called.split()).casefold()
    if word == NO_CELL:
        return NO_CELL
    for each in space.classes:
        if word in spellings(each):
            return each.key
    having = [f"“{one.title}”" for one in shipped_sets().values() if any(word in spellings(each.cell) for each in one)]
    if having:
        raise CorrectionError(f"It is a type of the set {join_words(having, 'or')}, which was not chosen.")
    raise CorrectionError(f"It is none of the classes and types {', '.join(space.keys)}, nor “{NO_CELL}”.")
