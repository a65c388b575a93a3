"""Trainings one after another, of which the one in hand can be stopped."""

from core.training.loop import Trainer


class InTurn:
    """`stop()`, from a signal handler or another thread, ends the training in hand after its batch, saved, and lets
    none begin after it.
    """

    stopped = False
    _in_hand: Trainer | None = None

    def stop(self) -> None:
        self.stopped = True
        if self._in_hand is not None:
            self._in_hand.stop()

    def take(self, trainer: Trainer) -> Trainer:
        """The training, now in hand."""
        self._in_hand = trainer
        if self.stopped:
            trainer.stop()
        return trainer
