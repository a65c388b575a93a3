"""What the runs show, in words worked out from their records."""

from collections.abc import Callable, Mapping
from functools import partial

from core.datasets.laboratories import HOME
from core.datasets.registry import source_spec
from core.errors import CheckpointError
from core.evaluation.domain_shift import LabScore, among_five, gain_in_balanced_accuracy, lab_score
from core.evaluation.intervals import Interval
from core.evaluation.results.predictions import Predictions
from core.experiments.domain_shift.runs import EXPERIMENT, FOUR
from core.experiments.frame import Finding
from core.experiments.studies.results import Result
from core.experiments.studies.results import results as recorded
from core.experiments.studies.wording import apart, points, rate
from core.labels import PBC8
from core.wording import join_words

OTHERS = tuple(lab for lab in FOUR if lab != HOME)

Results = Mapping[str, Result]


def run_results() -> dict[str, Result]:
    """Every recorded run by its name."""
    return recorded(EXPERIMENT.name)


def short(lab: str) -> str:
    """A source's name without its remark: "JTSC"."""
    return source_spec(lab).short


def cells(result: Result, lab: str, split: str | None = None) -> Predictions:
    """A run's predictions for a laboratory among the five white cells; CheckpointError where it has none."""
    return among_five(result.predictions.select(source=lab, split=split), PBC8)


def run_score(result: Result, lab: str, split: str | None = None) -> LabScore | None:
    """Figures of a run on a laboratory, None where it read none of its cells."""
    try:
        return lab_score(cells(result, lab, split))
    except CheckpointError:
        return None


def _verdict(gain: Interval) -> str:
    if not apart(gain):
        return "not told apart"
    return "a gain" if gain.value > 0 else "a loss"


def _changed(results: Results, base: str, name: str, lab: str, split: str | None = None) -> str:
    """ "JTSC 31 % (27 to 35) → 45 % (40 to 50), 14 points (9 to 19), a gain"."""
    tables = [cells(results[run], lab, split) for run in (base, name)]
    gain = gain_in_balanced_accuracy(*tables)
    before, after = (rate(lab_score(table).balanced) for table in tables)
    return f"{short(lab)} from {before} to {after}, {points(gain)}, {_verdict(gain)}"


def _against(base: str, names: tuple[str, ...], results: Results) -> str:
    """How each run changes what `base` reads, laboratory by laboratory, and at home."""
    sentences = []
    for name in names:
        parts = [_changed(results, base, name, lab) for lab in (*OTHERS, HOME)]
        title = EXPERIMENT.find(name).title
        sentences.append(f"{title[0].upper()}{title[1:]}: {'; '.join(parts)}.")
    return f"Against “{EXPERIMENT.find(base).title}”. {' '.join(sentences)}"


def _at_home_and_away(results: Results) -> str:
    away = [f"{short(lab)} {rate(lab_score(cells(results['as-read'], lab)).balanced)}" for lab in OTHERS]
    home = rate(lab_score(cells(results["as-read"], HOME)).balanced)
    return (
        f"Balanced accuracy among the five white cells is {home} on PBC's own test cells, and on laboratories never "
        f"seen {join_words(away)}."
    )


def _left_out(results: Results) -> str:
    """Each laboratory read by a network that learned from the others, and by one that learned from PBC alone."""
    parts = [_changed(results, "pbc-stain", f"without-{lab}", lab) for lab in OTHERS]
    home = rate(lab_score(cells(results[f"without-{HOME}"], HOME)).balanced)
    return (
        f"From PBC alone to all others mixed, the laboratory itself never seen: {'; '.join(parts)}. PBC itself, read "
        f"by a network that learned from the three small sets alone: {home}."
    )


def _few(results: Results) -> str:
    """What a hundred cells of a laboratory bring, on its test split."""
    parts = [_changed(results, "pbc-stain", f"few-{lab}", lab, "test") for lab in OTHERS]
    return f"On its test split, from PBC alone to PBC and a hundred cells of the laboratory: {'; '.join(parts)}."


def _all(results: Results) -> str:
    """What the training splits of every laboratory bring, on test splits."""
    parts = [_changed(results, "pbc-stain", "all-labs", lab, "test") for lab in (*OTHERS, HOME)]
    return f"On the test splits alone, from PBC alone to all laboratories: {'; '.join(parts)}."


def _finding(question: str, base: str, *names: str) -> Finding[Result]:
    return Finding(question, (base, *names), partial(_against, base, names))


def _other(question: str, runs: tuple[str, ...], answer: Callable[[Results], str]) -> Finding[Result]:
    return Finding(question, runs, answer)


FINDINGS: tuple[Finding[Result], ...] = (
    _other("How far do the figures fall in other laboratories?", ("as-read",), _at_home_and_away),
    _finding("Does it matter how the cell is framed?", "as-read", "boxes", "whole", "found"),
    _finding(
        "Does it help to bring the colours to PBC's before reading?",
        *("as-read", "white-balance", "reinhard", "reinhard-single", "macenko", "macenko-single"),
    ),
    _finding(
        "Does it help to take batch normalisation's statistics from the laboratory's own pictures, without labels?",
        *("as-read", "norms-of-lab", "norms-half", "white-norms"),
    ),
    _finding("Does changing colours and sizes in training help?", "pbc-shape", "pbc", "pbc-stain", "pbc-wide"),
    _finding("Does it help to learn from pictures made worse?", "pbc", "pbc-hard", "pbc-both"),
    _finding("Does frozen batch normalisation help?", "pbc", "pbc-frozen"),
    _finding("Does group normalisation help?", "pbc-batch", "pbc-group"),
    _other(
        "Does mixing laboratories help to read one never seen?",
        ("pbc-stain", *(f"without-{lab}" for lab in FOUR)),
        _left_out,
    ),
    _other("What do a hundred cells of the laboratory bring?", ("pbc-stain", *(f"few-{lab}" for lab in OTHERS)), _few),
    _other("What does it bring to learn from the laboratory itself?", ("pbc-stain", "all-labs"), _all),
)
