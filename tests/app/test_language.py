"""Pages in other languages: translations fit what they translate, and nothing is shown past the catalogues."""

import ast
import string
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.navigation import ENTRIES
from app.shared import catalogue, language
from core.labels import PBC8, PBC_FINE

ROOT = Path(__file__).parents[2]
OTHERS = [code for code in language.LANGUAGES if code != language.ENGLISH]
WRITES = {
    "title", "header", "subheader", "markdown", "caption", "info", "warning", "success", "error", "expander", "popover",
    "button", "download_button", "link_button", "page_link", "selectbox", "radio", "toggle", "checkbox", "slider",
    "select_slider", "number_input", "text_input", "segmented_control", "pills", "file_uploader", "camera_input",
    "spinner", "tabs", "metric", "toast", "dialog", "write", "text", "status", "image", "dataframe", "plotly_chart",
}  # fmt: skip
"""Streamlit's elements that show text, and the arguments by name that do."""
NAMED = {"label", "help", "alt", "caption", "placeholder", "title"}
MARKS = {"_", "N_", "ngettext"}


def placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def sentences_in(node: ast.expr) -> list[str]:
    """Literal words of an expression that stand outside of any mark."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
        return []
    if isinstance(node, ast.Constant):
        is_sentence = isinstance(node.value, str) and any(letter.isalpha() for letter in node.value)
        return [node.value] if is_sentence else []
    if isinstance(node, ast.Compare):
        return []
    return [text for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr) for text in sentences_in(child)]


def unmarked(tree: ast.AST) -> list[str]:
    """What Streamlit's elements are given to show without a mark."""
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
            continue
        shown = call.args[:1] if call.func.attr not in ("image", "dataframe", "plotly_chart", "page_link") else []
        shown += [keyword.value for keyword in call.keywords if keyword.arg in NAMED]
        # A container that is entered by its variable, and methods of strings, take no sentences first.
        found += [f"{call.lineno}: {text}" for part in shown for text in sentences_in(part)]
    return found


def bare_sentences(tree: ast.AST) -> list[str]:
    """Literals that look like sentences or headings, wherever they stand, but for docstrings, types and errors.

    An error is raised where no language is known, and its sentence stays English.
    """
    passed_over: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            parts += node.args
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            parts.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            parts.append(node.returns)
        elif isinstance(node, ast.Raise):
            parts.append(node.exc)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.append(node.value)
        passed_over |= {id(inner) for part in parts if part is not None for inner in ast.walk(part)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    words = {(text.lineno, text.value.strip()) for text in texts if id(text) not in passed_over}
    return [f"{line}: {text}" for line, text in sorted(words) if text[:1].isupper() and " " in text]


@pytest.mark.parametrize("page", language.TRANSLATED)
def test_no_sentence_of_a_translated_page_stands_outside_the_catalogues(page):
    outside = {}
    # What a page is called is held by another test; the glossary, whose terms its __init__ names, is English so far.
    for path in sorted(set((ROOT / "app" / page).glob("*.py")) - set((ROOT / "app" / page).glob("__init__.py"))):
        tree = ast.parse(path.read_text("utf-8"))
        if found := unmarked(tree) + bare_sentences(tree):
            outside[path.name] = found
    assert outside == {}


def test_the_walk_finds_what_stands_outside():
    tree = ast.parse(
        'st.header(f"{n} cells")\nst.info(_("Said"))\nst.image(x, alt="A photo")\nname = "Not marked, too."'
    )
    assert unmarked(tree) == ["1:  cells", "3: A photo"]
    assert bare_sentences(tree) == ["3: A photo", "4: Not marked, too."]


def test_every_mark_is_found_by_the_extraction():
    """Within an f-string Babel finds none, and a sentence with values in it has no fixed form."""
    extracted = {
        text
        for _path, message in catalogue.sentences()
        for text in ([message] if isinstance(message, str) else message)
    }
    for path in sorted((ROOT / "app").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS:
                texts = call.args[: 2 if call.func.id == "ngettext" else 1]
                assert not any(isinstance(text, ast.JoinedStr) for text in texts), f"{path.name}:{call.lineno}"
                literals = [text.value for text in texts if isinstance(text, ast.Constant)]
                assert set(literals) <= extracted, f"{path.name}:{call.lineno}"


def test_the_mark_is_never_bound_to_anything_else():
    """A local called _ would hide it."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        stores = [
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "_"
        ]
        assert not ("_" in names and stores), f"{path.name}: {stores}"


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_holds_what_the_pages_say_and_nothing_else(code):
    """`python -m app.shared.catalogue` makes it so."""
    assert catalogue.identities(catalogue.opened(code)) == catalogue.identities(catalogue.template())


@pytest.mark.parametrize("code", OTHERS)
def test_translations_have_the_gaps_of_what_they_translate(code):
    for message in catalogue.opened(code):
        if not message.id:
            continue
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        targets = [message.string] if isinstance(message.string, str) else list(message.string)
        needed, allowed = placeholders(sources[0]), placeholders(sources[-1])
        for text in filter(None, targets):
            assert needed <= placeholders(text) | {"n"}, (code, text)
            assert placeholders(text) <= allowed, (code, text)
            assert text.count("**") == sources[-1].count("**"), (code, text)


@pytest.mark.parametrize("code", OTHERS)
def test_every_class_has_a_name_and_the_name_a_source(code):
    names = {message.id: message for message in catalogue.opened(code) if message.context}
    for cell in catalogue.classes():
        message = names[cell.name]
        assert message.context == language.CLASS_IDS[cell.key]
        assert message.string
        assert any(comment.startswith("Source: ") for comment in message.user_comments)


@pytest.mark.parametrize("code", OTHERS)
def test_the_menu_and_the_warning_are_translated(code):
    translations = language.catalogue(code)
    for text in [*(entry.title for entry in ENTRIES), "For research and teaching, not for diagnosis."]:
        assert catalogue.opened(code).get(text).string, text
    assert translations.gettext("Next") != "Next"


@pytest.mark.parametrize(
    ("locale", "code"),
    [("de-AT", "de"), ("es_MX", "es"), ("zh-Hans-CN", "zh"), ("fr", "fr"), ("pt-BR", "en"), (None, "en"), ("?", "en")],
)
def test_a_browser_gets_its_language_where_there_is_one(locale, code):
    assert language.matched(locale) == code


@pytest.fixture
def spoken(monkeypatch):
    return lambda code: monkeypatch.setattr(language, "current", lambda: code)


@pytest.mark.parametrize(
    ("code", "figure", "day", "listed"),
    [
        ("en", "1,234.5", "29 Nov 2026", "a, b or c"),
        ("de", "1.234,5", "29.11.2026", "a, b oder c"),
        ("es", "1.234,5", "29 nov 2026", "a, b o c"),
        ("fr", "1\u202f234,5", "29 nov. 2026", "a, b ou c"),
        ("zh", "1,234.5", "2026年11月29日", "a、b或c"),
    ],
)
def test_figures_dates_and_lists_are_those_of_the_language(code, figure, day, listed, spoken):
    spoken(code)
    assert language.number(1234.5, 1).removeprefix("\u200e") in (
        figure,
        figure.replace(".", "", 1) if code == "es" else figure,
    )
    assert language.day(date(2026, 11, 29)) == day
    assert language.joined(["a", "b", "c"], either=True) == listed


def test_names_within_a_sentence_are_small_but_in_german(spoken):
    for code, name in (("en", "neutrophil"), ("de", "Neutrophiler Granulozyt"), ("es", "neutrófilo")):
        spoken(code)
        assert language.class_in_sentence(PBC8["neutrophil"]) == name
    spoken("en")
    assert language.class_with_article(PBC8["eosinophil"]) == "an eosinophil"
    assert language.class_name(PBC_FINE["band neutrophil"]) == "Band neutrophil"


def test_a_page_speaks_the_language_of_its_address_until_another_is_chosen(tiny_checkpoints, no_photos):
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=300)
    app.query_params[language.KEY] = "de"
    app.run()
    app.switch_page("learn/page.py").run()
    assert not app.exception
    assert app.title[0].value == "Können Sie diese Zelle benennen?"
    assert app.radio(key=language.KEY).value == "de"
    labels = [button.label for button in app.button if str(button.key).startswith("say-")]
    assert labels == [
        language.catalogue("de").pgettext(language.CLASS_IDS[cell.key], cell.name) for cell in PBC8.classes
    ]
    app.radio(key=language.KEY).set_value("fr").run()
    assert app.title[0].value == "Pouvez-vous nommer cette cellule ?"
    assert "pas pour le diagnostic" in app.caption[0].value
