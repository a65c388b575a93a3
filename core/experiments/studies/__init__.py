"""The five student studies that this product began with: as data, run again, and their findings."""

from core.errors import RecipeError
from core.experiments.studies import study_a, study_b, study_c, study_d, study_e
from core.experiments.studies.study import Arm, Finding, Published, Study

STUDIES: dict[str, Study] = {
    study.letter: study for study in (study_a.STUDY, study_b.STUDY, study_c.STUDY, study_d.STUDY, study_e.STUDY)
}


def find_study(letter: str) -> Study:
    """The study of that letter; RecipeError lists the letters there are."""
    if letter.upper() not in STUDIES:
        raise RecipeError(f"There is no study {letter}; there are {', '.join(STUDIES)}.")
    return STUDIES[letter.upper()]


def find_arm(study: Study, name: str) -> Arm:
    """The run of that name; RecipeError lists the names there are."""
    found = study.arm(name)
    if found is None:
        raise RecipeError(
            f"Study {study.letter} has no run called {name}; there are {', '.join(arm.name for arm in study.arms)}."
        )
    return found


__all__ = ["STUDIES", "Arm", "Finding", "Published", "Study", "find_arm", "find_study"]
