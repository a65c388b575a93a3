"""What was counted, with a photo of it."""

from collections.abc import Iterator

from app.present.content import Slide, WholePhoto
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from core.differential import wording
from core.synthetic.examples import MARK


def make(subject: Subject) -> Iterator[Slide]:
    last = subject.smear
    smear, count = last.smear, last.count
    preview = next((photo for photo in smear.photos if photo.preview is not None), None)
    yield Slide(
        title=wording.headline(smear, count) if count.gate.shows("counts") else count.gate.reasons[0],
        lead=last.mark,
        body=WholePhoto(preview.preview, f"Photo {preview.number}", MARK * bool(last.note))
        if preview and preview.preview is not None
        else None,
        caption=f"Photo {preview.number}, with nothing drawn over it." if preview else "",
        notes=" ".join([last.note, *(f"{model.role}: {model.name}." for model in smear.models)]).strip(),
    )


MAKERS.add(Maker("smear-counted", 13, make))
