"""`python -m core docs`: README and docs, rendered from templates whose figures come from committed records."""

import contextlib
import io
import json
import shlex
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import SmearlensError

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "docs" / "templates"
ENDING = ".j2"


def targets() -> dict[str, Path]:
    """The document that each template becomes, by the template's name; README lies at the top."""
    names = sorted(path.name for path in TEMPLATES.glob(f"*{ENDING}") if not path.name.startswith("_"))
    return {name: _target(name.removesuffix(ENDING)) for name in names}


def _target(name: str) -> Path:
    return ROOT / name if name == "README.md" else ROOT / "docs" / name


def render(names: list[str], command: Callable[[str], Any]) -> dict[Path, str]:
    """The text of each document. command: of a command line without `python -m core`, the JSON that it prints."""
    # Heavy: figures need the checkpoints. No other command should wait for that.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from core.cli._docs_figures import FILTERS, GLOBALS

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= FILTERS
    environment.globals |= GLOBALS | {"command": command} | _tables()
    return {target: environment.get_template(name).render() for name, target in targets().items() if name in names}


def _tables() -> dict[str, Callable[[str], Any]]:
    """Figures that no record here gives: what others published, and what a command of ours printed once."""

    def asked(name: str) -> Callable[[str], Any]:
        values = tomllib.loads((TEMPLATES / f"{name}.toml").read_text("utf-8"))
        return lambda key: values[key]

    return {name: asked(name) for name in ("published", "measured")}


def commands_of(root: Any) -> Callable[[str], Any]:
    """What `command` is inside the templates: every command runs once, in this process, and its JSON is kept."""

    @cache
    def command(line: str) -> Any:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            root.main([*shlex.split(line), "--json"], standalone_mode=False)
        return json.loads(printed.getvalue())

    return command


def docs(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Templates, such as README.md.j2; all if none.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; status 1 where a document differs.")] = False,
) -> None:
    """Render README and docs; every figure in them is computed from committed records."""
    unknown = sorted(set(names or ()) - set(targets()))
    if unknown:
        raise SmearlensError(f"There is no template {unknown[0]}; there are {', '.join(targets())}.")
    stale = []
    for path, text in render(names or list(targets()), commands_of(context.find_root().command)).items():
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT))
        if not check:
            path.write_text(text, "utf-8")
    for path in stale:
        typer.echo(f"{path} {'differs' if check else 'written'}")
    if check and stale:
        raise typer.Exit(1)


app = typer.Typer()
app.command()(docs)
