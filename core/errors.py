"""Every error that a person may see. Each message is one sentence in plain words."""


class SmearlensError(Exception):
    """Something went wrong that a person can understand and often mend; the message says what and how."""


class ImageError(SmearlensError):
    """A file could not be read as a photo. problem: why, in plain words that follow on its name: "is empty."."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name, problem)
        self.name, self.problem = name, problem

    def __str__(self) -> str:
        return f"{self.name} {self.problem}"


class SourceError(SmearlensError):
    """A data set is not where it should be, or is not what it claims to be."""


class CheckpointError(SmearlensError):
    """A checkpoint is missing, damaged or does not fit what is asked of it."""


class LeakError(SmearlensError):
    """Images meant for testing are among those that the model was trained on."""


class RecipeError(SmearlensError):
    """A training recipe asks for something that cannot be done."""


class CaseError(SmearlensError):
    """Something of the cases cannot be read, written or done as asked."""


class DatabaseError(CaseError):
    """The database of cases is gone, full, damaged, or none that this version can read."""
