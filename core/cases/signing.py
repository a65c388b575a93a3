"""Who answers for a case: what has to be so before a reader may sign, and how far two readers agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.cases.events import Event, EventKind
from core.cases.predictions import PhotoPrediction
from core.cases.state import CaseState, ReviewedCell, fold
from core.evaluation.intervals import Interval, Rate, wilson
from core.evaluation.kappa import cohen_kappa
from core.wording import count_of

SEATS = (1, 2)
"""Reader 1 and reader 2."""


@dataclass(frozen=True)
class SigningRequest:
    """Somebody wants to sign. state: the case as they see it. who: the person. events: all of the case."""

    state: CaseState
    who: str
    events: Sequence[Event]


@dataclass(frozen=True)
class SigningRule:
    """judge: the sentence that says why this is no time to sign, None where nothing speaks against it."""

    name: str
    judge: Callable[[SigningRequest], str | None]


def _nothing_to_sign(request: SigningRequest) -> str | None:
    return None if request.state.wanted else "There is no white cell to answer for: count the photos first."


def _unreviewed(request: SigningRequest) -> str | None:
    n = len(request.state.unreviewed)
    return f"{count_of(n, 'cell is', 'cells are')} still to be reviewed." if n else None


def _unidentified(request: SigningRequest) -> str | None:
    n = len(request.state.unidentified)
    return (
        f"{count_of(n, 'cell is', 'cells are')} unidentified: name them, or say that they are not classed."
        if n
        else None
    )


def _signed_already(request: SigningRequest) -> str | None:
    return "It is signed, and nothing was changed since." if request.state.signature else None


def _one_person(request: SigningRequest) -> str | None:
    others = {event.who.casefold() for event in request.events if event.seat != request.state.seat}
    return "Two readers are two people: the other reader has that name." if request.who.casefold() in others else None


SIGNING_RULES = (
    SigningRule("cells", _nothing_to_sign),
    SigningRule("reviewed", _unreviewed),
    SigningRule("identified", _unidentified),
    SigningRule("unsigned", _signed_already),
    SigningRule("two people", _one_person),
)
"""What is looked at before a signature, in this order."""


def hindrances(state: CaseState, who: str, events: Sequence[Event]) -> list[str]:
    """Why that person cannot sign, a sentence each; none where they may."""
    request = SigningRequest(state, who, events)
    return [sentence for rule in SIGNING_RULES if (sentence := rule.judge(request)) is not None]


# --- Two readers ---------------------------------------------------------------------------------


def first_signature(events: Sequence[Event], seat: int) -> int | None:
    """Number of the event by which the reader in that seat signed first."""
    return next((event.number for event in events if event.seat == seat and event.kind is EventKind.SIGNED), None)


def is_open(events: Sequence[Event]) -> bool:
    """Whether the readers may see each other's work: both have signed."""
    return all(first_signature(events, seat) is not None for seat in SEATS)


def visible(events: Sequence[Event], seat: int) -> list[Event]:
    """Those that the reader in that seat may see: their own and the case's, and all once both have signed."""
    if is_open(events):
        return list(events)
    return [event for event in events if event.seat == seat or event.kind is EventKind.CLASS_ADDED]


@dataclass(frozen=True)
class ReaderAgreement:
    """How far two readers agree on the cells that both looked at, as each signed first, blind to the other.

    agreed: share of the cells that both hold to be the same. kappa: beyond chance. differing: each as the first and the
    second reader left it. alone: cells that only one of them framed.
    """

    agreed: Rate
    kappa: Interval
    differing: tuple[tuple[ReviewedCell, ReviewedCell], ...]
    alone: int


def agreement_of(predictions: Sequence[PhotoPrediction], events: Sequence[Event]) -> ReaderAgreement | None:
    """None until both have signed."""
    signatures = [first_signature(events, seat) for seat in SEATS]
    if None in signatures:
        return None
    first, second = (
        fold(predictions, [event for event in events if event.number <= (last or 0)], seat)
        for seat, last in zip(SEATS, signatures, strict=True)
    )
    pairs = [(cell, match) for cell in first.wanted if (match := second.at(cell.place)) and match.wanted]
    same = [one.held_as == other.held_as for one, other in pairs]
    return ReaderAgreement(
        agreed=wilson(sum(same), len(pairs)),
        kappa=cohen_kappa([one.held_as for one, _ in pairs], [other.held_as for _, other in pairs]),
        differing=tuple(pair for pair, alike in zip(pairs, same, strict=True) if not alike),
        alone=len(first.wanted) + len(second.wanted) - 2 * len(pairs),
    )


def review_sentence(state: CaseState) -> str:
    """How far a person stands behind the names of the cells."""
    total = len(state.wanted)
    if state.signature is None:
        if state.reviewed == 0:
            return "The cells are named by a model, and nobody has reviewed them."
        return f"{state.reviewed:,} of {count_of(total, 'cell')} are reviewed, and nobody has signed."
    return f"Signed by {state.signature.who}: {state.changed:,} of {count_of(total, 'cell')} changed by hand."
