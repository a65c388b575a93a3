"""What is kept of how models read photos that were made worse."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.shared import alarm, words
from core.errors import CheckpointError
from core.evaluation.results.robustness import CLEAN, Robustness, read_robustness
from core.imaging.corruptions import CORRUPTIONS

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


COMMAND = "python -m core bench robustness --model {} --most 400 --keep"


def read_all(models: "Sequence[Checkpoint]") -> dict[str, Robustness]:
    """By name, what is kept of these models; where a table cannot be used the page says so."""
    tables, problems = {}, []
    for model in models:
        try:
            table = read_robustness(model.name, model.card.sha256)
        except CheckpointError as error:
            problems.append(str(error))
            continue
        if table is not None:
            tables[model.name] = table
    alarm.show(problems)
    return tables


def title_of(corruption: str) -> str:
    return "As it is" if corruption == CLEAN else CORRUPTIONS[corruption].title


def about(table: Robustness) -> str:
    """What was done, and when."""
    extra = words.join(
        [title_of(name).lower() for name in table.corruptions if name not in table.published] or ["none"]
    )
    return (
        f"The {len(table.published)} corruptions and their strengths are those of BloodMNIST-C, applied to the photo "
        f"before the cell is located. Added by us, and not in the mean: {extra}. Measured on {table.facts.date} with "
        f"`{table.facts.command}`."
    )
