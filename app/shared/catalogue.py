"""The catalogues of translated sentences: `python -m app.shared.catalogue` gathers what the pages say and brings them
up to date. Translators then fill `app/locale/LANGUAGE/LC_MESSAGES/smearlens.po`, by hand or with any editor for them.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from app.shared.language import CLASS_IDS, ENGLISH, FOLDER, LANGUAGES
from core.labels import LABEL_SPACES, CellClass
from core.synthetic import examples
from core.synthetic.drawings import DRAWING_NOTE

APP = FOLDER.parent

UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
"""A catalogue's dates are those of its commits; in the file they would only make differences."""

KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "ngettext": (1, 2), "PageEntry": (2,)}
"""Functions whose arguments are sentences, and which of their arguments; the titles of pages are among them."""


def _from_core() -> list[str]:
    """Sentences of the core that the pages translate."""
    return [examples.NOTE, DRAWING_NOTE]


def sentences() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Every sentence that the app marks, with the file in which it stands."""
    for path in sorted(APP.rglob("*.py")):
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract("python", file, keywords=KEYWORDS):
                yield path.relative_to(APP.parent).as_posix(), message


def classes() -> list[CellClass]:
    """Every class that has a name of its own."""
    return list({cell.key: cell for space in LABEL_SPACES.values() for cell in space.classes}.values())


def template() -> Catalog:
    """All sentences and class names, untranslated."""
    catalog = Catalog(project="Smearlens", charset="utf-8", creation_date=UNDATED)
    for place, message in sentences():
        catalog.add(message, locations=[(place, 0)])
    for message in _from_core():
        catalog.add(message, locations=[("core", 0)])
    for cell in classes():
        catalog.add(cell.name, context=CLASS_IDS[cell.key], locations=[("core/labels.py", 0)])
        catalog.add(cell.definition, locations=[("core/labels.py", 0)])
    return catalog


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "smearlens.po"


def opened(language: str) -> Catalog:
    """The catalogue of a language; an empty one where there is none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, domain="smearlens", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="smearlens")


def identities(catalog: Catalog) -> set[tuple[str, str]]:
    """What a catalogue holds: context and English sentence of each entry but the header."""
    return {(message.context or "", _singular(message)) for message in catalog if message.id}


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def written(catalog: Catalog) -> None:
    """Writes a catalogue in an order and a form that keep differences small."""
    catalog.header_comment = (
        f"# Smearlens in {LANGUAGES[str(catalog.locale)]}. Sentences without a translation stay English."
    )
    catalog.creation_date = catalog.revision_date = UNDATED
    catalog.last_translator, catalog.language_team = "", ""
    path = path_of(str(catalog.locale))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)


def main() -> None:
    """Brings all catalogues up to date and says how much each has translated."""
    new = template()
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        catalog = opened(language)
        catalog.update(new, no_fuzzy_matching=True)
        written(catalog)
        entries = [message for message in catalog if message.id]
        done = sum(bool(message.string) and all(message.string or "") for message in entries)
        print(f"{language}: {done} of {len(entries)} sentences translated", file=sys.stderr)


if __name__ == "__main__":
    main()
