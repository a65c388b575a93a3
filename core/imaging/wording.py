"""Photos, their quality and what was found in them, in words: the sentences of reports and commands."""

from collections.abc import Sequence

from core.imaging.changes import Change, ChangeKind
from core.imaging.colours import ColourFinding
from core.imaging.fields import LEAST_DIAMETER, Detection, DetectorIdentity, Field, Kind, Missing, Note
from core.imaging.quality import OutOfRange, QualityRemark
from core.imaging.windows import WINDOW

KIND_NAMES: dict[Kind, str] = {"white": "White cell", "red": "Red cell", "platelet": "Platelet"}
"""Singular."""

CHANGES = {
    ChangeKind.MAIN_PICTURE: "the main one of {of} pictures was read",
    ChangeKind.PAGE: "page {number} of {of}",
    ChangeKind.REGIONS: "a region of a slide, of which {number} of {of} regions with cells were read, evenly chosen",
    ChangeKind.FIRST_FRAME: "first of {of} frames was read",
    ChangeKind.FOCUS: "the sharpest of {of} planes of a focus stack was read, plane {number}",
    ChangeKind.TIME: "the sharpest of {of} pictures of a time series was read, picture {number}",
    ChangeKind.SAME_PLACE: "its {of} pages show the same place, so only the sharpest was read, page {number}",
    ChangeKind.OTHER_PLACES: "marked as a stack of one place, but its planes show several, so each was read",
    ChangeKind.COLOUR_PAGES: "three grey pages were read as red, green and blue",
    ChangeKind.TAKEN_FOR_COLOURS: "three grey pages of the same place were taken for red, green and blue",
    ChangeKind.DEEP: "{number}-bit picture was scaled to 8 bit",
    ChangeKind.FLOATING_POINT: "floating-point picture was scaled to 8 bit",
    ChangeKind.SHALLOW: "deep picture held 8-bit values",
    ChangeKind.CMYK: "print colours (CMYK) were converted",
    ChangeKind.TRANSPARENT: "transparent parts were laid on white",
    ChangeKind.SWAPPED: "red and blue were put the other way round",
    ChangeKind.CUT_OUT: "the cell was cut out on black, which was made white",
    ChangeKind.MARKS: "marks are drawn on this photo; they were painted out",
    ChangeKind.SCALE_BAR: "a scale bar {number} pixels long is drawn",
    ChangeKind.EMPTY_ALPHA: "transparent all over; its transparency was dropped",
}

NOTES: dict[Note, str] = {
    "touching": "It touches another cell of its kind, so its outline is less certain.",
    "smudge": "It looks like a smudge cell: a nucleus that burst when the smear was made.",
    "debris": "It looks like stain or dirt rather than a cell.",
    "implausible": "Its photo shows more white cells than blood holds: red cells may have been taken for them.",
    "small": "Its photo is too small for white cells to be told.",
}
IMPLAUSIBLE = (
    "More white cells were marked in the photo than blood holds beside its red ones. Red cells may have been taken for "
    "them, so none of them is counted: a person must look."
)
"""Of a photo."""
CUT = "It is cut by the edge of the photo or of its lit part."

CLUMPED = "Platelets lie in clumps in it."

MISSING: dict[Missing, str] = {
    "any cell": "No cell was found in it.",
    "white cell": "No white cell was found in it.",
}

TOO_SMALL = "The magnification is too low to tell white cells"
"""Of a photo; what follows says by how much."""

WORSE = "Its answer may be worse."
"""What remarks on quality mean, said once after all of them."""

BELOW = {
    "sharpness": "The photo is less sharp than",
    "light": "The photo is darker than",
    "contrast": "The photo is flatter, with less between light and dark, than",
}
ABOVE = {
    "sharpness": "The photo is grainier, or has harder edges, than",
    "light": "The photo is brighter than",
    "contrast": "The photo is harder, with more between light and dark, than",
    "clipped": "More of the photo is plain white or plain black than of",
    "colour": "The colours of the photo are farther from the usual than those of",
}

COLOURS = {
    ColourFinding.NONE: "This photo has no colour, and cells are told apart by their stain: photograph it in colour.",
    ColourFinding.SWAPPED: (
        "In this photo red and blue look swapped. It can be opened the other way round: on the page by the switch "
        "“Red and blue the other way round”, by commands with --swap-red-blue."
    ),
}

FIELD_COLOURS = {
    "ground_a": ("the ground is greener", "the ground is redder"),
    "ground_b": ("the ground is bluer", "the ground is yellower"),
    "red_a": ("the red cells are greener", "the red cells are redder"),
    "red_b": ("the red cells are bluer", "the red cells are yellower"),
    "depth": ("the red cells are paler beside the ground", "the red cells are darker beside the ground"),
}
"""Of a set's colours: below what is usual, and above."""


def field_colour(measure: str, *, above: bool) -> str:
    """How a set's colours differ from those that the detector learned from."""
    return FIELD_COLOURS[measure][above]


def change_phrases(changes: Sequence[Change]) -> str:
    """What was changed as a photo was opened, in one line without a stop: "page 1 of 3"; "" of none."""
    return "; ".join(CHANGES[change.kind].format(number=change.number, of=change.of) for change in changes)


def opening_remarks(changes: Sequence[Change], colours: ColourFinding | None, label: str) -> list[str]:
    """What is wrong with the colours of a photo, what its file calls it, and what was done to it as it was opened."""
    remarks = [COLOURS[colours]] if colours else []
    remarks += [f"Labelled {label} in its file."] if label else []
    phrases = change_phrases(changes)
    return [*remarks, *([f"On opening: {phrases}."] if phrases else [])]


def missing_sentence(field: Field) -> str:
    """Why no white cell of a photo is read: its magnification is too low, or there is none."""
    return too_small_sentence(field.red_diameter or 0) if field.too_small else MISSING[field.missing or "white cell"]


def too_small_sentence(red_diameter: float) -> str:
    """How wide the red cells are, and would have to be. red_diameter: pixels."""
    return f"{TOO_SMALL}: red cells are {red_diameter:.0f} pixels wide, {LEAST_DIAMETER} are needed."


def detection_sentences(detection: Detection) -> tuple[str, ...]:
    """What sets a detected cell apart; none where nothing does."""
    return ((CUT,) if detection.cut else ()) + ((NOTES[detection.note],) if detection.note else ())


def detector_name(detector: DetectorIdentity | None) -> str:
    """What found the cells: a checkpoint with the beginning of its hash, or the way; "" where that is not known."""
    if detector is None:
        return ""
    if detector.method == "network":
        return f"{detector.checkpoint} {detector.sha256[:8]}"
    if detector.method == "classical":
        return "classical (stain separation, Otsu, watershed)"
    return "each photo taken as one cell"


def quality_sentence(remark: QualityRemark) -> str:
    """In what a photo differs from the cells that the model learned from."""
    if isinstance(remark, OutOfRange):
        beginning = (ABOVE if remark.above else BELOW)[remark.measure]
        hue = f", and {remark.hue}" if remark.hue else ""
        # Never "100 %": where so few cells are beyond, "99.9 %" is true, too.
        share = min(99.9, 100 * remark.share)
        return f"{beginning} {share:.1f} % of the cells that the model learned from{hue}."
    return (
        f"The cell is small in the photo: the part that was read is {remark.width:.0f} pixels wide, and the model "
        f"learned from {WINDOW} made {remark.size} pixels wide."
    )
