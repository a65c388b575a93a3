"""A counted smear becomes a report: which sections there are, and what stands in each."""

from collections.abc import Iterator

from core.differential import method, wording
from core.differential.cell_types import usual_types
from core.differential.columns import PrintedView, Whisker, report_views
from core.differential.counts import Differential, DifferentialRow
from core.differential.reference_intervals import references
from core.differential.smear import CountedCell, NotRead, Smear
from core.imaging.wording import detection_sentences
from core.labels import NO_CELL
from core.reports.blocks import (
    Block,
    BulletList,
    CloseUp,
    CloseUps,
    Document,
    FactList,
    FigureGroup,
    IntervalLine,
    Notice,
    Section,
    Table,
    Text,
)
from core.reports.figures import figures, sheets
from core.wording import count_of, join_words, probability

MOST_CLOSE = 12
"""Doubtful cells that are shown closely; of the rest the report says how many there are."""

TITLE = "Differential count"


def report(smear: Smear, count: Differential, *, names: bool = False) -> Document:
    """The report on a smear. names: whether to print the names of files, which may name a patient."""
    parts = (
        Section("", (*_opening(smear, count),)),
        Section("The count", (*_counting(smear, count),)),
        Section("The photos", (*_photos(smear, names=names),)),
        Section("The cells, by class", (*_cells(smear),)),
        Section("Cells to look at again", (*_doubts(smear),)),
        Section("What a person changed", (*_changes(smear),)),
        Section("Quality of the photos", (*_quality(smear, names=names),)),
        Section("How this was counted", (*_method(smear, count),)),
        Section("Models", (*_models(smear),)),
        Section("Sources", (*_sources(count),)),
    )
    date = smear.made.strftime("%d %B %Y").lstrip("0")
    return Document(
        TITLE, f"{_what(smear)}, counted on {date}", smear.identifier, tuple(part for part in parts if part.blocks)
    )


def called(smear: Smear, key: str | None) -> str:
    """A class in words."""
    if key is None:
        return "not read"
    return "no cell" if key == NO_CELL else smear.vocabulary[key].name


def named(lost: NotRead, number: int, *, names: bool) -> str:
    """The sentence on a file that could not be read, without its name unless that is wanted."""
    return lost.reason if names else f"File {number} {lost.problem}"


def _what(smear: Smear) -> str:
    return wording.photos_counted(smear)


def _opening(smear: Smear, count: Differential) -> Iterator[Block]:
    by_person = sum(cell.corrected is not None for cell in smear.cells)
    yield Notice(wording.INTENDED_USE)
    for reason in count.gate.reasons:
        yield Notice(reason)
    yield FactList(
        (
            ("Identifier", smear.identifier),
            ("Counted", smear.made.strftime("%Y-%m-%d %H:%M %Z")),
            ("Asked for by", smear.by or "nobody named"),
            ("Photos", wording.shares_of_photos(smear)),
            (f"{count.noun.capitalize()}s counted", f"{count.white:,}"),
            *((("Counted with", smear.types.title),) if smear.types.name != usual_types().name else ()),
            ("Named by a person", f"{by_person:,} ({len(smear.changed):,} changed)" if by_person else "none"),
            ("Left in doubt", f"{len(smear.doubtful):,}"),
            ("Read by", join_words([model.name for model in smear.models]) if smear.models else "no model"),
        )
    )


def _counting(smear: Smear, count: Differential) -> Iterator[Block]:
    """The reasons of the gate stand at the opening."""
    wrong = tuple(sentence for sentence in wording.wrong_first(smear, count) if sentence not in count.gate.reasons)
    if wrong:
        yield BulletList(wrong)
    if count.gate.shows("counts"):
        yield _table(smear, count)
        flags = (*wording.against_usual(smear, count),)
        if flags:
            yield BulletList(flags)
        yield Text(wording.more_sentence(count))
        yield from _parting(smear, count)
    besides = wording.besides(count)
    if besides:
        yield Text(" ".join(besides))


def _table(smear: Smear, count: Differential) -> Table:
    most = min(100, max([100 * row.judged.high for row in count.rows if row.judged.high == row.judged.high] + [80]))
    views = report_views(count)
    whole = round(sum(view.width for view in views), 6)
    return Table(
        caption=(
            f"Differential count, in percent of {count.noun}s. Limits: 95 % by chance alone, as in Rümke's table. "
            "Corrected: with the model's own confusion allowed for, and its 95 % interval, drawn at the right over the "
            "reference interval of adults (grey)."
            if count.gate.shows("open")
            else f"{count.noun.capitalize()}s by class, and between which limits the share of each can lie by chance "
            "alone: 95 %, as in Rümke's table."
        ),
        columns=tuple(view.head.format(most=most) for view in views),
        rows=(
            *(tuple(_cell(smear, row, view, most) for view in views) for row in count.rows),
            tuple(view.total(count) for view in views),
        ),
        widths=tuple(view.width / whole for view in views),
        numbers=frozenset(place for place, view in enumerate(views) if view.number),
        last_is_sum=True,
    )


def _parting(smear: Smear, count: Differential) -> Iterator[Block]:
    """Types within classes, as a person told them apart, and ratios of them."""
    if count.parts:
        yield Table(
            caption=(
                f"Types that a person told apart within a class, and their limits in percent of {count.noun}s: 95 % by "
                "chance alone, given where the whole class was told apart."
            ),
            columns=("Class", "Type", "Cells", "Limits"),
            rows=tuple(
                (
                    called(smear, row.parent),
                    "not told apart" if row.key == row.parent else called(smear, row.key),
                    f"{row.cells:,}",
                    wording.limits(row.share) if row.share else "–",
                )
                for row in count.parts
            ),
            widths=(0.32, 0.38, 0.14, 0.16),
            numbers=frozenset({2, 3}),
        )
    if count.ratios:
        yield BulletList(tuple(wording.ratio_sentence(ratio) for ratio in count.ratios))


def _cell(smear: Smear, row: DifferentialRow, view: PrintedView, most: float) -> str | IntervalLine:
    text = view.text(row, smear.vocabulary)
    if not isinstance(text, Whisker):
        return str(text)
    usual = (text.reference.low, text.reference.high) if text.reference else None
    value, low, high = (100 * part for part in (text.figure.value, text.figure.low, text.figure.high))
    return IntervalLine(value, low, high, usual, most, smear.vocabulary[row.key].colour)


def _photos(smear: Smear, *, names: bool) -> Iterator[Block]:
    shown, more = figures(smear, names=names)
    if not shown:
        return
    yield Text(
        "White cells are framed in the colour of their class and carry its abbreviation, platelets in grey. A dashed "
        "frame marks a cell in doubt or set apart, a double one a cell that a person named otherwise. Red cells are "
        "counted but not framed."
    )
    yield FigureGroup(tuple(shown))
    if more:
        yield Text(f"{count_of(more, 'more field is', 'more fields are')} not shown; all were counted.")


def _cells(smear: Smear) -> Iterator[Block]:
    contact_sheets = (*sheets(smear),)
    if contact_sheets:
        yield Text(
            "Each cell as the model saw it. Below: its number (photo and cell) and the model's probability of the "
            "class; a dashed frame marks a cell in doubt, a double frame one that a person named otherwise."
        )
        yield from contact_sheets


def _doubts(smear: Smear) -> Iterator[Block]:
    doubtful = [cell for cell in smear.doubtful if cell.crop is not None]
    if not doubtful:
        return
    yield Text(
        f"{count_of(len(doubtful), 'cell')} of which the model is unsure, or which it does not know. At the right "
        "of a picture, in lime: where the evidence for the class that it holds likeliest was found, by "
        "Grad-CAM or, in a network without convolutions, by its input gradient."
    )
    yield CloseUps(tuple(_close_up(smear, cell) for cell in doubtful[:MOST_CLOSE]))
    if len(doubtful) > MOST_CLOSE:
        yield Text(f"{len(doubtful) - MOST_CLOSE:,} more are not shown here; the tables beside this report list them.")


def _close_up(smear: Smear, cell: CountedCell) -> CloseUp:
    assert cell.probabilities is not None
    assert cell.crop is not None
    first, second = (f"{smear.space[key].name} {probability(value)}" for key, value in cell.probabilities.ranked()[:2])
    if cell.verdict == "unlike":
        heading = "Unlike the cells that the model learned from"
        why = f"It is left out of the count. Its distance is {cell.distance:.1f}, where 1 is the limit."
    else:
        heading = "Unsure"
        why = f"It counts as {called(smear, cell.label).lower()} until a person says otherwise."
    return CloseUp(
        cell.name, cell.crop, cell.overlay, heading, (f"{first}, {second}.", why, *detection_sentences(cell.detection))
    )


def _changes(smear: Smear) -> Iterator[Block]:
    if smear.not_applied:
        yield BulletList(tuple(lost.reason for lost in smear.not_applied))
    if not smear.changed:
        return
    yield Table(
        caption="Every cell that a person named otherwise than the model, or added. The count follows the person.",
        columns=("Cell", "The model said", "Its probability", "A person said"),
        rows=tuple(
            (
                cell.name,
                "nothing: it did not find it" if cell.added else called(smear, cell.label),
                probability(cell.probabilities.confidence) if cell.probabilities and not cell.added else "–",
                called(smear, cell.named or cell.label),
            )
            for cell in smear.changed
        ),
        widths=(0.14, 0.32, 0.22, 0.32),
    )


def _quality(smear: Smear, *, names: bool) -> Iterator[Block]:
    remarks = [
        f"Photo {photo.number}{f' ({photo.name})' if names else ''}: {remark}"
        for photo in smear.photos
        for remark in wording.photo_remarks(photo)
    ]
    remarks += [named(lost, number, names=names) for number, lost in enumerate(smear.not_read, 1)]
    if remarks:
        yield BulletList(tuple(remarks))
    elif smear.photos:
        yield Text("Nothing was noticed. That does not mean that the smear, the stain or the focus is good.")


def _method(smear: Smear, count: Differential) -> Iterator[Block]:
    for sentence in method.method_sentences(smear, count):
        yield Text(sentence)
    if count.gate.shows("open"):
        yield BulletList(tuple(remark.text for remark in references().remarks))
    yield Text(method.STANDARD)
    yield BulletList(method.NOT_DONE)


def _sources(count: Differential) -> Iterator[Block]:
    """Of the reference intervals, where anything was held against them."""
    if count.gate.shows("open"):
        yield BulletList((*references().sources,))


def _models(smear: Smear) -> Iterator[Block]:
    if not smear.models:
        return
    yield Table(
        caption="What read the photos. The sha256 says which weights exactly.",
        columns=("Part", "Model", "sha256 of the weights"),
        rows=tuple((model.role, f"{model.name}: {model.title}", model.sha256 or "none") for model in smear.models),
        widths=(0.16, 0.32, 0.52),
    )
    for limits in dict.fromkeys(model.limits for model in smear.models if model.limits):
        yield Text(limits)
