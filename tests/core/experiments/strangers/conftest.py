"""The tiny laboratories of the experiment on domain shift."""

from tests.core.experiments.domain_shift.conftest import folders, labs, localizer

__all__ = ["folders", "labs", "localizer"]
