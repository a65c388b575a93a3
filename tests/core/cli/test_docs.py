"""README and docs: rendered from templates, so that no figure in them is typed."""

import re

import pytest
from typer.testing import CliRunner

from core.__main__ import app
from core.cli._docs_figures import interval, number, rate
from core.cli.docs import ENDING, ROOT, TEMPLATES, targets

RATE = re.compile(r"(?<![\w.])\.\d{2,}")
"""A share as documents write it, such as .988."""


def test_documents_are_what_their_templates_give():
    result = CliRunner().invoke(app, ["docs", "--check"])
    assert result.exit_code == 0, f"{result.output}\nRun `python -m core docs`."


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob(f"*{ENDING}")), ids=lambda path: path.name)
def test_no_rate_is_typed_into_a_template(path):
    assert RATE.findall(path.read_text("utf-8")) == []


def test_no_rate_is_typed_into_a_document_without_a_template():
    rendered = set(targets().values())
    others = [path for path in (ROOT / "docs").glob("*.md") if path not in rendered]
    assert {path.name: RATE.findall(path.read_text("utf-8")) for path in others if RATE.search(path.read_text())} == {}


def test_an_unknown_template_is_one_sentence():
    result = CliRunner().invoke(app, ["docs", "nothing.md.j2"])
    assert result.exit_code != 0
    assert "There is no template nothing.md.j2" in str(result.exception)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, ".988"),
        (1.0, "1.000"),
        (0.9996, "1.000"),
        (0.0, ".000"),
        (-0.011, "-.011"),
        (1.5, "1.500"),
        (-1.5, "-1.500"),
    ],
)
def test_a_rate_has_no_zero_before_its_point(value, text):
    assert rate(value) == text


def test_an_interval_and_a_number():
    assert interval({"value": 0.5, "low": 0.25, "high": 0.75}, 2) == ".50 (.25 to .75)"
    assert number(2570) == "2,570"
