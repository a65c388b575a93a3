"""The command that trains the detector of cells in fields."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from core.cli.progress import Bar, epoch_reporter
from core.cli.train import setting, stop_on_signal
from core.datasets.boxes import FIELD_SOURCES, MarkedField, marked_fields
from core.detection.recipe import make_detector_recipe
from core.detection.scenes import load_fields
from core.detection.training import DetectorTrainer, data_key
from core.errors import RecipeError, SourceError
from core.publishing.detector import publish_detector
from core.settings import checkpoints_folder


def train_detector(folder: Path, changes: list[str], name: str, console: Console) -> bool:
    """Train it; publish where a name is given. Returns False where it was stopped before its end."""
    recipe = make_detector_recipe(dict(setting(change) for change in changes))
    unknown = set(recipe.sources) - set(FIELD_SOURCES)
    if unknown:
        raise RecipeError(f"There are no fields with boxes called {', '.join(sorted(unknown))}.")
    fields = marked_fields(*recipe.sources)
    train, val = ([field for field in fields if field.split == split] for split in ("train", "val"))
    with Bar(console, "fields") as bar:
        run = DetectorTrainer(
            recipe, load_fields(train, bar), load_fields(val, bar), data_key(fields), folder, epoch_reporter(console)
        )
    console.print(f"{recipe.name}: {run.start.description}, {run.device}, {run.state.precision}, {len(train)} fields")
    stop_on_signal(run.stop)
    if not run.train():
        console.print(f"Stopped and saved in {folder}; the same command goes on from there.")
        return False
    if name:
        with Bar(console, f"publishing {name}") as bar:
            publish_detector(run, [*fields, *_others(recipe.sources)], checkpoints_folder() / name, bar)
    return True


def _others(sources: Sequence[str]) -> list[MarkedField]:
    """The test fields of every other source that is at hand: laboratories that the detector never saw."""
    fields: list[MarkedField] = []
    for source in FIELD_SOURCES:
        if source not in sources:
            with suppress(SourceError):
                fields += marked_fields(source)
    return [field for field in fields if field.split == "test"]
