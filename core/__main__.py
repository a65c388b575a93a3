"""The commands. Exit status: 0 done, 1 refused or failed (a sentence says why), 2 wrong usage,
3 training stopped before its end, 4 done but some files could not be read."""

import pkgutil
from importlib import import_module

import typer

import core.cli
from core.cli.printing import log
from core.errors import SmearlensError
from core.models.allocation import keep_freed_memory

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for name in (module.name for module in pkgutil.iter_modules(core.cli.__path__) if not module.name.startswith("_")):
    group = getattr(import_module(f"core.cli.{name}"), "app", None)
    if isinstance(group, typer.Typer):
        app.add_typer(group)
app.registered_groups.sort(key=lambda group: bool(group.typer_instance and group.typer_instance.info.name))


def main() -> None:
    """Run a command; an error for people is one sentence, not a traceback."""
    keep_freed_memory()
    try:
        app()
    except SmearlensError as error:
        log.print(str(error), style="red", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
