"""Cases: what is kept of counts and of what people did with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar
from core.cli.options import NOBODY, AsJson
from core.cli.printing import log, print_json, print_table
from core.wording import count_of

if TYPE_CHECKING:
    from core.cases.predictions import PhotoPrediction
    from core.cases.state import CaseState
    from core.cases.store import Case, CaseStore

app = typer.Typer(name="cases", no_args_is_help=True, help="Cases: photos, counts, and what people did with them.")

Address = Annotated[str, typer.Argument(help="A case by its address; see `cases list`.", show_default=False)]
Seat = Annotated[int, typer.Option(min=1, max=2, help="As reader 1 or reader 2 sees it.")]
ArchiveFile = Annotated[Path, typer.Argument(help="A zip file of cases.", show_default=False)]
Who = Annotated[str, typer.Option("--by", help="The person who does it.")]


def _store() -> "CaseStore":
    from core.cases.store import open_store

    return open_store()


@app.command("list")
def list_cases(
    search: Annotated[str, typer.Option(help="Words that stand in the name, note or address.")] = "",
    archived: Annotated[bool, typer.Option("--archived", help="Also those that were put away.")] = False,
    as_json: AsJson = False,
) -> None:
    """Cases, those changed last first."""
    cases = _store().cases(search, archived=archived)
    if as_json:
        return print_json([case.model_dump(mode="json") for case in cases])
    print_table(
        ["case", "name", "photos", "events", "changed", ""],
        [
            [
                case.id,
                case.name,
                str(case.photos),
                str(case.last_event),
                case.changed[:16].replace("T", " "),
                _mark(case),
            ]
            for case in cases
        ],
    )


def _mark(case: "Case") -> str:
    return "archived" if case.archived else ""


@app.command()
def show(case: Address, seat: Seat = 1, as_json: AsJson = False) -> None:
    """One case: its photos, how far it is reviewed, what its cells are held to be, and how far two readers agree."""
    from core.cases.signing import agreement_of, review_sentence, visible
    from core.cases.state import fold

    store = _store()
    facts, photos = store.open(case), store.photos_of(case)
    predictions, events = store.predictions(case), store.events(case)
    state = fold(predictions, visible(events, seat), seat, facts.settings.types)
    agreement = agreement_of(predictions, events)
    if as_json:
        return print_json(
            {
                **facts.model_dump(mode="json"),
                "photos": [vars(photo) for photo in photos],
                "models": _models(predictions),
                "seat": seat,
                **_state_data(state),
                "agreement": None
                if agreement is None
                else {
                    "agreed": vars(agreement.agreed),
                    "kappa": vars(agreement.kappa),
                    "differing": len(agreement.differing),
                    "alone": agreement.alone,
                },
            }
        )
    typer.echo(f"{facts.id}: {facts.name} ({count_of(len(photos), 'photo')}, {count_of(len(events), 'event')})")
    typer.echo(review_sentence(state))
    if state.counts:
        print_table(["held to be", "cells"], [[name, str(cells)] for name, cells in state.counts.items()])
    if agreement is not None:
        from core.cli.printing import interval_text

        typer.echo(
            f"Two readers agree on {interval_text(vars(agreement.agreed))} of {count_of(agreement.agreed.n, 'cell')}; "
            f"kappa {interval_text(vars(agreement.kappa))}."
        )


def _models(predictions: "Sequence[PhotoPrediction]") -> list[dict[str, str]]:
    return [
        dict(pair) for pair in sorted({(("name", each.checkpoint), ("sha256", each.sha256)) for each in predictions})
    ]


def _state_data(state: "CaseState") -> dict[str, Any]:
    return {
        "wanted": len(state.wanted),
        "reviewed": state.reviewed,
        "unidentified": len(state.unidentified),
        "changed": state.changed,
        "counts": state.counts,
        "extra_classes": list(state.extra_classes),
        "signed": None if state.signature is None else {"who": state.signature.who, "at": state.signature.at},
        "cells": [
            {
                "photo": cell.place.photo,
                "box": [cell.place.left, cell.place.top, cell.place.right, cell.place.bottom],
                "model": cell.model,
                "verdict": cell.verdict,
                "status": cell.status,
                "label": cell.label,
                "added": cell.added,
            }
            for cell in state.wanted
        ],
    }


@app.command()
def verify(
    cases: Annotated[
        list[str] | None,
        typer.Argument(help="Cases by address, or files of events (.jsonl); all cases if none is named."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at every event and photo: whether all is as it was saved."""
    from core.cases.transfer import EVENTS_FILE, verify_file

    names = cases or [case.id for case in _store().cases(archived=True)]
    rows: list[dict[str, Any]] = []
    for name in names:
        if name.endswith(EVENTS_FILE):
            report, problems = verify_file(Path(name)), list[str]()
        else:
            store = _store()
            report, problems = store.journal.verify(name), store.photo_problems(name)
        rows.append(
            {
                "case": report.case,
                "events": report.events,
                "broken": report.broken,
                "problems": [*([report.problem] if report.problem else []), *problems],
            }
        )
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            typer.echo(f"{row['case']}: {' '.join(row['problems']) or 'as it was saved'}")
    if any(row["problems"] for row in rows):
        raise typer.Exit(1)


@app.command()
def sweep() -> None:
    """Remove photos that no case has, as a computer leaves them that stops while one is saved."""
    typer.echo(f"{count_of(_store().sweep(), 'photo')} removed.")


@app.command()
def export(
    case: Address,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="A file: .csv or .jsonl of events, .zip of it all; or a folder of named cells."
        ),
    ],
    seat: Seat = 1,
) -> None:
    """Write what people did as a table or JSON lines, the whole case as one file, or named cells in class folders."""
    from core.cases.labelled import write_labelled
    from core.cases.transfer import write_archive, write_events
    from core.errors import CaseError

    store, kind = _store(), out.suffix.lower()
    store.open(case)
    if kind == ".zip":
        _say_missing(write_archive(store, out, [case]))
    elif kind in (".csv", ".jsonl"):
        write_events(out, store.events(case))
    elif not kind:
        _say_missing(write_labelled(store, case, out, seat).missing)
    else:
        raise CaseError(f"A case is written as .csv, .jsonl or .zip, or as a folder, and {out.name} is none of these.")
    typer.echo(out)


@app.command("import")
def import_cases(file: ArchiveFile, as_json: AsJson = False) -> None:
    """Take in cases that another computer exported; those that are here already stay as they are."""
    _take_in(file, as_json=as_json)


@app.command()
def duplicate(case: Address, by: Who = NOBODY, as_json: AsJson = False) -> None:
    """Make a new case of the same photos; what people did stays with the first."""
    copy = _store().duplicate(case, who=by)
    print_json(copy.model_dump(mode="json")) if as_json else typer.echo(f"{copy.id}: {copy.name}")


@app.command()
def archive(
    case: Address,
    back: Annotated[bool, typer.Option("--back", help="Take it out again.")] = False,
) -> None:
    """Put a case away: it is kept, and not listed."""
    facts = _store().change(case, archived=not back)
    typer.echo(f"{facts.id}: {facts.name} is {'archived' if facts.archived else 'listed again'}.")


@app.command()
def delete(
    case: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a case for good, with its events and the photos that no other case has."""
    store = _store()
    facts = store.open(case)
    if not yes:
        typer.confirm(f"Delete {facts.id}, {facts.name}, for good?", abort=True)
    gone = store.delete(case)
    typer.echo(f"{facts.id} is deleted, and {count_of(gone, 'photo')} with it.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The zip file to be written.", show_default=False)]) -> None:
    """Write all cases with their photos into one file, while others go on working."""
    from core.cases.transfer import write_archive

    with Bar(log, "Photos") as progress:
        missing = write_archive(_store(), file, progress=progress)
    _say_missing(missing)
    typer.echo(file)


@app.command()
def restore(file: ArchiveFile, as_json: AsJson = False) -> None:
    """Take in all cases of a backup, whichever database it came from; those that are here stay as they are."""
    _take_in(file, as_json=as_json)


def _take_in(file: Path, *, as_json: bool) -> None:
    from core.cases.transfer import read_archive

    with Bar(log, "Cases") as progress:
        restored = read_archive(_store(), file, progress)
    if as_json:
        print_json(vars(restored))
    else:
        typer.echo(f"{count_of(len(restored.added), 'case')} taken in; {len(restored.there):,} were here already.")
        for case in restored.differing:
            typer.echo(f"{case} has gone on otherwise here, and was left as it is.", err=True)
    _say_missing(restored.missing)
    if restored.differing:
        raise typer.Exit(1)


def _say_missing(photos: Sequence[str]) -> None:
    for key in photos:
        log.print(f"Photo {key[:8]} is not in its folder; all else is there.", highlight=False)
