"""Files that are not what they claim to be, files that the table does not know, and odd sizes."""

from pathlib import Path
from typing import Any

import pandas as pd

from core.datasets.audit.survey import Survey, is_of_files
from core.imaging.file_types import HEAD_BYTES, SUFFIXES, sniff

"""Formats that a suffix promises."""

BLANK = 2.0
"""Standard deviation of the grey below which an image shows nothing."""

ODD = 0.01
"""Share of the images up to which a size is odd."""


def wrong_files(survey: Survey) -> list[dict[str, str]]:
    """One row a file that is not what it claims: file, problem (a word or two) and detail (a sentence)."""
    rows = []
    for row in survey.table.itertuples():
        problem = _problem(row)
        if problem is not None:
            rows.append({"file": str(row.key), "problem": problem[0], "detail": problem[1]})
    if not is_of_files(survey.source):
        return rows
    for row in survey.table[(survey.table["trouble"] == "") & (survey.table["format"] == "JPEG")].itertuples():
        if not _has_end(survey.source.root / str(row.key)):
            rows.append({"file": str(row.key), "problem": "cut short", "detail": "The JPEG lacks its end mark."})
    return rows + unlisted(survey)


def _problem(row: Any) -> tuple[str, str] | None:
    if row.trouble:
        missing = row.trouble == "The file is missing."
        return ("missing" if missing else "cannot be read"), row.trouble
    claimed = SUFFIXES.get(Path(str(row.key)).suffix.lower())
    if row.format and claimed is not None and row.format != claimed:
        return "wrong suffix", f"It is a {row.format} by its content."
    if row.contrast < BLANK:
        return "blank", "It shows next to nothing: all of its pixels are nearly alike."
    return None


def _has_end(path: Path) -> bool:
    """Whether a JPEG has the mark at its end, however much follows it."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - 4096, 0))
        return b"\xff\xd9" in file.read()


def unlisted(survey: Survey) -> list[dict[str, str]]:
    """Files beside the images that the table leaves out, whatever they are."""
    listed = set(survey.table["key"].astype(str))
    rows = []
    for folder in sorted({(survey.source.root / key).parent for key in listed}):
        for file in sorted(folder.iterdir()) if folder.is_dir() else []:
            key = file.relative_to(survey.source.root).as_posix()
            if key in listed or not file.is_file() or file.name.startswith("."):
                continue
            with file.open("rb") as opened:
                file_type = sniff(opened.read(HEAD_BYTES))
            if not file_type.is_photo and folder == survey.source.root and file.suffix.lower() not in SUFFIXES:
                continue  # tables and notes at the top belong there
            what = f"a {file_type}" if file_type.is_photo else "no photo"
            detail = f"It is {what} by its content; the data set's table leaves it out."
            rows.append({"file": key, "problem": "not in the table", "detail": detail})
    return rows


def odd_sizes(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Sizes of few images: width, height, how many, and their files."""
    opened = table[table["trouble"] == ""]
    rows = []
    for _, members in opened.groupby(["width", "height"]):
        if len(members) <= ODD * len(opened):
            files, first = members["key"].astype(str).tolist(), members.iloc[0]
            size = {"width": int(first["width"]), "height": int(first["height"])}
            rows.append({**size, "images": len(files), "files": files})
    return sorted(rows, key=lambda row: -row["images"])


def balance(table: pd.DataFrame) -> dict[str, Any]:
    """Images of each class, the commonest first, and how many times the rarest the commonest has."""
    counts = table["label"].value_counts()
    of_class = {str(label): int(n) for label, n in counts.items()}
    return {"counts": of_class, "ratio": round(float(counts.iloc[0] / counts.iloc[-1]), 2)}
