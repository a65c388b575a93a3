"""Checkpoints that generate cells, as core.checkpoints has those that read them."""

from pathlib import Path

from core.checkpoints import Checkpoint, check_hash, filled, open_checkpoint
from core.errors import CheckpointError, RecipeError
from core.settings import checkpoints_folder
from core.synthetic.generator.conditions import Condition
from core.synthetic.generator.copies import CopyDetector, FeatureNet
from core.synthetic.generator.recipe import GENERATOR, make_generator_recipe
from core.synthetic.generator.sampling import Generator


class GeneratorCheckpoint(Checkpoint):
    """A published generator in its folder."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions that a generator was trained on; CheckpointError where it is none."""
        try:
            return tuple(Condition(**condition) for condition in self.card.recipe["kinds"])
        except (KeyError, TypeError) as error:
            raise CheckpointError(f"The card of {self.name} names no kinds of cell to generate.") from error

    def generator(self) -> Generator:
        """The network that generates cells, with its weights, float32, in evaluation mode; verified first."""
        check_hash(self.weights, self.card.sha256)
        settings = {name: value for name, value in self.card.recipe.items() if name != "kinds"}
        try:
            net = Generator(make_generator_recipe(settings), len(self.conditions))
        except RecipeError as error:
            raise CheckpointError(f"The card of {self.name} does not say how its generator is built.") from error
        filled(net, self)
        return net

    def copies(self) -> CopyDetector:
        """By which a generator tells copies of the cells that it learned from."""
        return CopyDetector.from_tensors(self.statistics())

    def copy_features(self) -> FeatureNet:
        """The network in whose features a generator's copies are told.

        CheckpointError where it is missing, or is not the one of the generator's card.
        """
        net = FeatureNet(str(self.card.recipe.get("features", "")), len(self.space))
        if net.sha256 != self.card.training.get("features_sha256"):
            raise CheckpointError(
                f"The checkpoint {net.name} has changed since {self.name} was published, which tells copies of "
                f"training cells by it; publish {self.name} anew."
            )
        return net


def open_generator(folder: Path) -> GeneratorCheckpoint:
    """The generator in a folder; CheckpointError where there is none."""
    checkpoint = open_checkpoint(folder)
    if checkpoint.card.task != "generate":
        raise CheckpointError(f"The checkpoint {checkpoint.name} does not generate cells.")
    return GeneratorCheckpoint(checkpoint.folder, checkpoint.card)


def find_generator(name: str = GENERATOR) -> GeneratorCheckpoint:
    """The generator of that name among our checkpoints; CheckpointError that says how to make one otherwise."""
    folder = checkpoints_folder() / name
    if not (folder / "card.json").is_file():
        raise CheckpointError(
            f"There is no generator called {name}; `python -m core train generator --publish generator` makes one."
        )
    return open_generator(folder)
