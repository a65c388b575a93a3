"""Trainings one after another, of which the one in hand can be stopped."""

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # torch is slow to import, and what is declared as an experiment is read without it
    from core.training.engine import Trainer

AnyTrainer = TypeVar("AnyTrainer", bound="Trainer[Any, Any]")


class InTurn:
    """`stop()`, from a signal handler or another thread, ends the training in hand after its batch, saved, and lets
    none begin after it.
    """

    stopped = False
    _in_hand: "Trainer[Any, Any] | None" = None

    def stop(self) -> None:
        self.stopped = True
        if self._in_hand is not None:
            self._in_hand.stop()

    def take(self, trainer: AnyTrainer) -> AnyTrainer:
        """The training, now in hand."""
        self._in_hand = trainer
        if self.stopped:
            trainer.stop()
        return trainer
