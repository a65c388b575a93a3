"""How well a laboratory is read by networks that never saw it: the answer in one figure."""

from collections.abc import Iterator

from app.present import strangers
from app.present.content import Headline, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words


def make(subject: Subject) -> Iterator[Slide]:
    """Without records a slide that says so, since the talk asks just this."""
    published = strangers.recorded().get(strangers.PUBLISHED)
    if published is None:
        yield Slide(
            title="How a new laboratory is read cannot be said here: the records of that trial are missing.",
            lead="They are part of the download, in the folder records beside the models.",
        )
        return
    worst = min(published.left_out, key=lambda lab: published.labs[lab].value)
    best = max(published.left_out, key=lambda lab: published.labs[lab].value)
    bounds = words.bounds(published.mean)
    yield Slide(
        title=f"Of the cells of a laboratory that it never saw, a network finds {words.share(published.mean)}.",
        lead=f"{len(published.left_out)} laboratories were left out in turn, and each was read by the network that did "
        "not know it.",
        body=(
            Headline(words.share(published.mean), f"on average; 95{words.SPACE}% interval {bounds}"),
            Headline(words.share(published.labs[worst]), f"in the worst, {published.names[worst]}"),
            Headline(words.share(published.labs[best]), f"in the best, {published.names[best]}"),
        ),
        caption="Mean share of a class's cells that are found, over the five white cells, all answers counted.",
        notes="Guessing finds one in five. The figures are of networks trained like the reader that Smearlens begins "
        "with, each without one laboratory.",
    )


MAKERS.add(Maker("strangers", 12, make))
