"""How the shown models read each laboratory."""

from collections.abc import Iterator

from app.present.content import Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Shown, Subject
from app.shared import load, words
from app.shared.plots import UNKNOWN, Intervals, Series
from core.datasets.laboratories import LABORATORIES
from core.evaluation.domain_shift import LabScore


def make(subject: Subject) -> Iterator[Slide]:
    """None where no model was tried on another laboratory."""
    shown = subject.shown
    scores = {model.name: load.lab_scores(model, "test", shared=True) for model in shown.models}
    learned = {model.name: model.card.learned_from for model in shown.models}
    labs = [lab for lab in LABORATORIES if any(lab in by_lab for by_lab in scores.values())]
    if not any(lab not in learned[name] for name, by_lab in scores.items() for lab in by_lab):
        return
    name = shown.first.name
    chart = _chart(shown, scores, labs)
    yield Slide(
        title=_title(name, scores[name], learned[name]),
        body=chart,
        caption="Marks: mean share of a class's test cells that are found, over the five white cells; lines: "
        f"95{words.SPACE}% intervals. Hollow marks: the model learned from this laboratory.",
        notes=chart.alt,
    )


def _title(name: str, scores: dict[str, LabScore], learned: tuple[str, ...]) -> str:
    away = {lab: score.balanced for lab, score in scores.items() if lab not in learned}
    at_home = {lab: score.balanced for lab, score in scores.items() if lab in learned}
    if not away:
        return f"{name} learned from all of these laboratories, so they do not show how it reads a new one."
    worst = min(away, key=lambda lab: away[lab].value)
    strange = f"{words.share(away[worst])} at {scores[worst].lab}"
    if not at_home:
        return f"{name} finds {strange}, where it did not learn."
    least, home = (function(at_home, key=lambda lab: at_home[lab].value) for function in (min, max))
    if least != home:
        shares = f"{100 * at_home[least].value:.0f} to {100 * at_home[home].value:.0f}{words.SPACE}%"
        return (
            f"{name} finds {shares} of the white cells in the laboratories where it learned, and {strange}, which it "
            "never saw."
        )
    return (
        f"{name} finds {words.share(at_home[home])} of the white cells at {scores[home].lab}, where it learned, and "
        f"{strange}, which it never saw."
    )


def _chart(shown: Shown, scores: dict[str, dict[str, LabScore]], labs: list[str]) -> Intervals:
    series = tuple(
        Series(
            model.name,
            shown.styles[model.name],
            tuple(scores[model.name][lab].balanced if lab in scores[model.name] else UNKNOWN for lab in labs),
            tuple(lab in model.card.learned_from for lab in labs),
        )
        for model in shown.models
    )
    names = {lab: score.lab for by_lab in scores.values() for lab, score in by_lab.items()}
    return Intervals("Cells found, by laboratory", tuple(names[lab] for lab in labs), series, legend=len(series) > 1)


MAKERS.add(Maker("laboratories", 90, make))
