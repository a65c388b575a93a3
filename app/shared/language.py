"""The language of the pages: a catalogue of the app's own sentences for each, and figures as people there write them.

English is in the code and needs no catalogue; what a catalogue lacks stays English. Sentences are marked where they
stand: `_("Cell {number} of {total}.", number=…, total=…)`, `ngettext` where a number bends them, `N_` where they are
only named. `python -m app.shared.catalogue` brings the catalogues up to date.
"""

import gettext
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path

import streamlit as st
from babel import negotiate_locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.labels import CellClass
from core.wording import join_words

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch", "es": "Español", "fr": "Français", "zh": "中文"}
"""By the code that is in the address, as the language calls itself."""

TRANSLATED = ("learn", "read")
"""Addresses of the pages whose sentences are in the catalogues."""

_SPOKEN = "spoken-language"
"""Where a session keeps the language of its page, so that also a part that runs by itself knows it."""

KEY = "lang"
"""In the address, and in the state of a session."""

FOLDER = Path(__file__).resolve().parents[1] / "locale"

CLASS_IDS = {
    "basophil": "CL:0000767",
    "eosinophil": "CL:0000771",
    "erythroblast": "CL:0000765",
    "ig": "LOINC 38518-7",
    "lymphocyte": "CL:0000542",
    "monocyte": "CL:0000576",
    "neutrophil": "CL:0000775",
    "platelet": "CL:0000233",
    "promyelocyte": "CL:0000836",
    "myelocyte": "CL:0002193",
    "metamyelocyte": "CL:0002192",
    "band neutrophil": "CL:0000560",
    "segmented neutrophil": "CL:0000096",
}
"""What a class is in the Cell Ontology, or in LOINC where that has none: the context of its name in the catalogues, so
that it is translated as the cell and nothing else."""

_in_english: ContextVar[bool] = ContextVar("in_english", default=False)
_LOWER_IN_SENTENCES = (ENGLISH, "es", "fr")


def matched(locale: str | None) -> str:
    """The language for a browser's locale such as "de-AT"; English where there is none for it."""
    return negotiate_locale([(locale or ENGLISH).replace("-", "_")], list(LANGUAGES)) or ENGLISH


def current() -> str:
    """The language in which a sentence is written now; English outside of pages."""
    if _in_english.get() or get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return str(st.session_state.get(_SPOKEN) or chosen())


def speak(address: str = "") -> None:
    """Sets the language of what follows: of the page of that address, "" for the frame around all.

    A page that is not translated is English in all its parts, rather than half of it in another language.
    """
    st.session_state[_SPOKEN] = chosen() if not address or address in TRANSLATED else ENGLISH


def chosen() -> str:
    """The language that was chosen, else that of the address, else that of the browser; English outside of pages."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    for code in (st.session_state.get(KEY), st.query_params.get(KEY)):
        if code in LANGUAGES:
            return str(code)
    return matched(st.context.locale)


@contextmanager
def english() -> Iterator[None]:
    """English for what is saved, whatever the page speaks: files are read elsewhere, and by programs."""
    token = _in_english.set(True)
    try:
        yield
    finally:
        _in_english.reset(token)


def choose() -> None:
    """A control for the language; the address keeps what was chosen.

    Options are shown as the codes that they have in the address, beside which Streamlit would write their labels.
    """
    if KEY not in st.session_state and KEY not in st.query_params:
        st.session_state[KEY] = chosen()
    name = LANGUAGES[chosen()]
    with st.popover(name, icon=":material/translate:", type="tertiary", key="languages"):
        st.radio(
            _("Language"),
            list(LANGUAGES),
            captions=list(LANGUAGES.values()),
            key=KEY,
            bind="query-params",
        )


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language; none into English."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    with (FOLDER / language / "LC_MESSAGES" / "smearlens.po").open("rb") as file:
        messages = read_po(file, locale=language, domain="smearlens")
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def N_(message: str) -> str:
    """Marks a sentence for the catalogues and leaves it as it is; `_` translates it where it is shown."""
    return message


def _(message: str, /, **values: object) -> str:
    """A sentence in the language of the page, with values in its named gaps; "" stays ""."""
    text = catalogue(current()).gettext(message) if message else ""
    return text.format(**values) if values else text


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """A sentence bent by a number, which also fills its gap {n}."""
    text = catalogue(current()).ngettext(singular, plural, n)
    return text.format(n=number(n), **values)


def named(options: Iterable[str]) -> Callable[[str], str]:
    """What options are called on the page, as a `format_func`: worked out now, since it may be asked outside of it."""
    names = {option: _(option) for option in options}
    return lambda option: names.get(option, option)


def class_name(cell_class: CellClass) -> str:
    """The name of a class as a heading has it."""
    return catalogue(current()).pgettext(CLASS_IDS.get(cell_class.key, ""), cell_class.name)


def class_in_sentence(cell_class: CellClass) -> str:
    """The name of a class within a sentence; German writes it with a capital there, too."""
    name = class_name(cell_class)
    return name[0].lower() + name[1:] if current() in _LOWER_IN_SENTENCES else name


def class_with_article(cell_class: CellClass) -> str:
    """ "an eosinophil" in English; in other languages the name alone, whose article would have to be bent."""
    name = class_in_sentence(cell_class)
    if current() != ENGLISH:
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def joined(parts: Sequence[str], *, either: bool = False) -> str:
    """ "a, b and c"; either: "a, b or c". As `core.wording.join_words` in English."""
    if current() == ENGLISH:
        return join_words(parts, "or" if either else "and")
    return format_list(list(parts), style="or" if either else "standard", locale=current())


def number(value: float, digits: int = 0) -> str:
    """A figure with that many digits after the point, thousands apart: "1,200" or "1.200"."""
    signs = get_group_symbol(current()) + get_decimal_symbol(current())
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", signs))


def day(value: date) -> str:
    """A date as the language writes it: "29 Nov 2026", "29.11.2026"."""
    return format_date(value, format="d MMM y" if current() == ENGLISH else "medium", locale=current())
