"""Rules of the house that no single module can keep alone."""

import ast
import importlib.util
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import core
from core.imaging.loading import MAX_BYTES
from core.synthetic.generator.mark import facts_of

ROOT = Path(__file__).parents[1]
LONGEST_MODULE = 400
MEGABYTE = 1_000_000
# Hosts of code refuse files over 100 MB and grow slow with large repositories.
LARGEST_FILE = 95 * MEGABYTE
ALL_CHECKPOINTS = 230 * MEGABYTE
PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".heic", ".avif"}
# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(rb"(?<![\w.~-])/(?:wo" + rb"rk|ro" + rb"ot)/")
VAGUE = {"told", "said", "seen", "asked", "looked", "telling", "believing", "watching", "in_turn"}
INJECTION = "unsafe" + "_allow_html"


def our_modules() -> list[Path]:
    return sorted(path for folder in ("core", "app") for path in (ROOT / folder).rglob("*.py"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file in version control."""
    listing = run("git", "ls-files", "-z")
    if listing.returncode != 0:
        pytest.skip("not a git clone: which files are committed cannot be told")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def imported_by(statement: str) -> set[str]:
    """Names of the top-level packages that a fresh Python loads for `statement`."""
    script = f"import sys\n{statement}\nprint(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    fresh = run(sys.executable, "-c", script)
    assert fresh.returncode == 0, fresh.stderr
    return set(fresh.stdout.splitlines()[-1].split())


def test_modules_are_short():
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in our_modules()}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_no_module_injects_html():
    assert [path for path in our_modules() if INJECTION in path.read_text()] == []


def test_no_module_is_called_utils():
    assert [path for path in our_modules() if path.stem in ("utils", "util", "helpers", "common")] == []


def test_as_much_can_be_dropped_as_is_read():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 == MAX_BYTES


def test_core_never_loads_the_app():
    names = [module.name for module in pkgutil.walk_packages(core.__path__, "core.")]
    assert {"app", "streamlit"} & imported_by(f"import {', '.join(names)}") == set()


def test_metrics_load_without_torch():
    metrics = "core.evaluation.metrics"
    assert importlib.util.find_spec(metrics) is not None
    assert "torch" not in imported_by(f"import {metrics}")


def test_no_committed_file_is_too_large(tracked):
    sizes = {path.relative_to(ROOT): path.stat().st_size for path in tracked}
    assert {path: size for path, size in sizes.items() if size > LARGEST_FILE} == {}
    assert sum(size for path, size in sizes.items() if path.parts[0] == "checkpoints") < ALL_CHECKPOINTS


def test_pictures_are_committed_in_docs_and_among_the_marked_examples_only(tracked):
    pictures = [path.relative_to(ROOT) for path in tracked if path.suffix.lower() in PICTURES]
    others = [path for path in pictures if path.parts[0] != "docs"]
    assert [path for path in others if path.parts[:2] != ("core", "synthetic")] == []
    assert [path for path in others if facts_of((ROOT / path).read_bytes()) is None] == []


def test_no_committed_text_names_a_machine(tracked):
    texts = [path for path in tracked if path.stat().st_size < MEGABYTE]
    assert [path.relative_to(ROOT) for path in texts if MACHINE_PATH.search(path.read_bytes())] == []


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == core.__version__


PAGES = sorted(path.parent.name for path in (ROOT / "app").glob("*/page.py"))


@pytest.mark.parametrize("page", PAGES)
def test_pages_do_not_import_each_other(page):
    """What several pages show lies in app/shared, which imports no page either."""
    others = "|".join(other for other in PAGES if other != page)
    imported = re.compile(rf"^\s*(?:from|import) app(?:\.| import )(?:{others})\b", re.MULTILINE)
    folders = (ROOT / "app" / page, ROOT / "app" / "shared")
    assert [str(path) for folder in folders for path in folder.rglob("*.py") if imported.search(path.read_text())] == []


def defined_classes() -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for path in our_modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    return places


def test_a_class_name_exists_once():
    assert {name: places for name, places in defined_classes().items() if len(places) > 1} == {}


def test_locals_say_what_they_hold():
    """No value is bound to a word that says how it came about instead of what it is."""
    bound = {
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"
        for path in our_modules()
        for node in ast.walk(ast.parse(path.read_text()))
        for name in [node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""]
        if name in VAGUE and (isinstance(node, ast.arg) or isinstance(node.ctx, ast.Store))
    }
    assert bound == set()


def test_no_sentence_says_not_yet():
    """What is or is not here is worked out where it is said; "yet" promises what nobody works out."""
    promises = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"
        for path in our_modules()
        for tree in [ast.parse(path.read_text())]
        for docstrings in [{id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if re.search(r"\byet\b", node.value)
    ]
    assert promises == []


def test_warnings_are_shown_by_one_element():
    """One bar, the gravest; the rest under it."""
    bars = [path for path in our_modules() if re.search(r"\bst\.warning\(", path.read_text())]
    assert [str(path.relative_to(ROOT)) for path in bars] == ["app/shared/alarm.py"]
