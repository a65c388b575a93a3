"""The five student studies that this product began with: as data, run again, and their findings."""

from core.errors import RecipeError
from core.experiments.studies import study_a, study_b, study_c, study_d, study_e
from core.experiments.studies.study import Published, Study, StudyRun

STUDIES: dict[str, Study] = {
    study.letter: study for study in (study_a.STUDY, study_b.STUDY, study_c.STUDY, study_d.STUDY, study_e.STUDY)
}


def find_study(letter: str) -> Study:
    """The study of that letter; RecipeError lists the letters there are."""
    if letter.upper() not in STUDIES:
        raise RecipeError(f"There is no study {letter}; there are {', '.join(STUDIES)}.")
    return STUDIES[letter.upper()]


__all__ = ["STUDIES", "Published", "Study", "StudyRun", "find_study"]
