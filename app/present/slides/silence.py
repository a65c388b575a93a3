"""What the answers to a stranger's cells are worth, and how often there is one."""

from collections.abc import Iterator

from app.present import strangers
from app.present.content import Headline, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words


def make(subject: Subject) -> Iterator[Slide]:
    published = strangers.recorded().get(strangers.PUBLISHED)
    if published is None:
        return
    yield Slide(
        title=f"Unsure, it keeps silent: it answers {words.share(published.answered)} of such a laboratory's cells.",
        body=(
            Headline(
                words.share(published.answered),
                f"of the cells get an answer; 95{words.SPACE}% interval {words.bounds(published.answered)}",
            ),
            Headline(
                words.share(published.wrong),
                "of all cells get a wrong one, in the laboratory where that is most; "
                f"95{words.SPACE}% interval {words.bounds(published.wrong)}",
            ),
        ),
        caption="When it is unsure is fitted on the other laboratories, never on the one that is read.",
        notes="Silence is a result: the cells without an answer are for a person to name.",
    )


MAKERS.add(Maker("silence", 94, make))
