"""A report as a file: what its name ends in says which kind."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.differential.counts import Differential
from core.differential.smear import Smear
from core.errors import SmearlensError
from core.reports.boxes import as_coco, as_yolo
from core.reports.composition import report
from core.reports.fhir import as_fhir
from core.reports.html import as_html
from core.reports.tables import as_csv, as_json

PAPERS = ("A4", "Letter")

LONGEST_IDENTIFIER = 40
"""Letters of what a count may be called: it stands on one line of every page."""


class ReportError(SmearlensError):
    """A report cannot be written in the way that is asked for."""


@dataclass(frozen=True)
class Options:
    """names: whether the report has the names of files. paper: one of PAPERS."""

    names: bool
    paper: str


def _pdf(smear: Smear, count: Differential, options: Options) -> bytes:
    from core.reports.pdf import as_pdf  # seconds to import, and wanted only here

    return as_pdf(report(smear, count, names=options.names), options.paper)


Maker = Callable[[Smear, Differential, Options], bytes]

# The longer ending stands before the shorter one that it ends in.
KINDS: dict[str, Maker] = {
    ".fhir.json": lambda smear, count, options: as_fhir(smear, count).encode(),
    ".coco.json": lambda smear, count, options: as_coco(smear, names=options.names).encode(),
    ".json": lambda smear, count, options: as_json(smear, count, names=options.names).encode(),
    ".csv": lambda smear, count, options: as_csv(smear, names=options.names).encode("utf-8-sig"),
    ".html": lambda smear, count, options: as_html(report(smear, count, names=options.names)).encode(),
    ".pdf": _pdf,
    ".yolo.zip": lambda smear, count, options: as_yolo(smear, names=options.names),
}


def kind_of(path: Path) -> str:
    """Which of KINDS a file is to be; ReportError naming them where it is none."""
    for kind in KINDS:
        if path.name.lower().endswith(kind):
            return kind
    raise ReportError(f"A report's name ends in one of {', '.join(KINDS)}, and {path.name} does not.")


def write(path: Path, smear: Smear, count: Differential, *, names: bool = False, paper: str = "A4") -> Path:
    """Write the report; ReportError where its name or paper is unknown, or its folder cannot be written to."""
    if paper not in PAPERS:
        raise ReportError(f"The paper is one of {', '.join(PAPERS)}, not {paper}.")
    made = KINDS[kind_of(path)](smear, count, Options(names, paper))
    try:
        path.write_bytes(made)
    except OSError as error:
        raise ReportError(f"{path} could not be written ({(error.strerror or 'unknown reason').lower()}).") from error
    return path
