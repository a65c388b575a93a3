"""What an audit found in a data set: copies, conflicts, leaks, doubtful labels, and what betrays the class."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import streamlit as st

from app.data.dataset import ChosenDataset
from app.shared import alarm, photos, words
from app.shared.saving import save_csv
from core.datasets.audit.remarks import WEAK
from core.datasets.audit.summary import read_summary
from core.datasets.audit.traits import trait_in_words
from core.errors import SourceError
from core.wording import portion

PAGE = 6
"""Pairs of photographs on a page."""

Found = Mapping[str, Any]


def show(dataset: ChosenDataset) -> None:
    """The audit that is kept, or the command that makes one."""
    st.header("What is wrong with the data set itself?", anchor=False)
    command = f"python -m core data audit {dataset.name} --keep"
    try:
        audit_result = read_summary(dataset.name)
    except SourceError as error:
        alarm.show([str(error)])
        audit_result = None
    if audit_result is None:
        st.markdown("No audit of this data set is recorded here. With its images at hand, this command audits it:")
        st.code(command, language="sh", wrap_lines=True)
        return
    st.markdown("\n".join(in_words(audit_result)))
    st.caption(
        f"Audited on {words.plain(audit_result['date'])}, {audit_result['images']:,} images in "
        f"{audit_result['seconds']:.0f} seconds, with `{audit_result['command']}`. An audit only proposes: no "
        "haematologist has looked at these."
    )
    views = {name: view for name, view in VIEWS.items() if audit_result["numbers"].get(name) or name == "shortcuts"}
    name = st.segmented_control(
        "Found",
        list(views),
        default=next(iter(views)),
        format_func=_title,
        required=True,
        key="found",
        bind="query-params",
    )
    views.get(name, shortcuts)(dataset, audit_result)


def in_words(audit_result: Found) -> list[str]:
    """The findings, a sentence or two each."""
    numbers = audit_result["numbers"]
    lines = [_copies(audit_result), _leaks(audit_result)]
    if audit_result["noise"] is not None:
        share = f"{100 * numbers['suspect_labels'] / max(audit_result['images'], 1):.1f}{words.SPACE}%"
        lines.append(
            f"**{words.count(numbers['suspect_labels'], 'label')}** ({share}) may be wrong, judging by what "
            f"{words.plain(audit_result['doubted_by'])} sees in the images (confident learning, out of fold)."
            + _weak(audit_result)
        )
    else:
        lines.append(words.plain(audit_result["doubted_by"]))
    return [f"- {line}" for line in [*lines, _files(numbers), _betrayed(audit_result)] if line]


def _files(numbers: Mapping[str, int]) -> str:
    sizes = f"{words.count(numbers['odd_sizes'], 'size is', 'sizes are')} odd."
    if not numbers["files"]:
        return f"Every file is what it claims; {sizes}"
    return f"**{words.count(numbers['files'], 'file is', 'files are')}** not what the data set claims; {sizes}"


def _betrayed(audit_result: Found) -> str:
    """Whether something beside the cell tells the class; the mean colour is the cell's own, too."""
    shortcuts_checked = [row for row in audit_result["shortcuts"] if row["name"] != "colour"]
    beyond = [row for row in shortcuts_checked if row["beyond"]]
    if not beyond:
        return "Border, background, size and file do not give the class away." if shortcuts_checked else ""
    most = max(beyond, key=lambda row: row["balanced_accuracy"] / row["chance"])
    reached, chance = portion(most["balanced_accuracy"]), portion(most["chance"])
    return (
        f"The class can partly be guessed **without the cell**. From "
        f"{words.plain(most['looks_at'])} alone, trees reach {reached} balanced accuracy, where chance gives {chance}."
    )


def _weak(audit_result: Found) -> str:
    """A warning where the network tells the classes of this data set badly."""
    if audit_result["agreement"] >= WEAK:
        return ""
    return f" It agrees with only {portion(audit_result['agreement'])} of the labels, so **these doubts mean little**."


def _copies(audit_result: Found) -> str:
    numbers = audit_result["numbers"]
    kinds = [f"{number} {kind}" for kind, number in audit_result["kind_counts"].items()]
    listed_kinds = f" ({words.join(kinds)})" if kinds else ""
    pairs = words.count(numbers["duplicates"], "pair")
    shows = "shows" if numbers["duplicates"] == 1 else "show"
    conflicts = words.count(numbers["conflicts"], "pair has", "pairs have")
    return f"**{pairs}** of images {shows} the same{listed_kinds}; **{conflicts}** one cell under two labels."


def _leaks(audit_result: Found) -> str:
    number = audit_result["numbers"]["leaks"]
    if not number:
        return "No image was found in more than one split."
    counted = words.count(number, "leak goes", "leaks go")
    tested = sum("test" in row["splits"] for row in audit_result["leaks"])
    of_test = f" ({tested} with test images)" if number == len(audit_result["leaks"]) else ""
    return f"**{counted}** across splits{of_test}: testing on such images partly tests memory."


def duplicates(dataset: ChosenDataset, audit_result: Found) -> None:
    """Pairs that show the same."""
    pairs = [(first, second, distance) for first, second, distance in audit_result["duplicates"]]
    kinds = audit_result["kinds"]
    notes = [f"{kind}, distance {distance:.3f}" for (_, _, distance), kind in zip(pairs, kinds, strict=True)]
    _side_by_side(dataset, [pair[:2] for pair in pairs], notes)
    table = pd.DataFrame(pairs, columns=["File", "Copy", "Distance"]).assign(Kind=kinds)
    _table(dataset, "duplicates", table, audit_result)
    st.caption(
        "Distance: 0 for equal pixels; otherwise one minus the correlation of fine detail where both show the same. "
        "Shifted: overlapping crops of one field, so the cells in their centres may differ."
    )


def conflicts(dataset: ChosenDataset, audit_result: Found) -> None:
    """One cell under two labels."""
    rows = audit_result["conflicts"]
    names = [[_class(dataset, label) for label in row["labels"]] for row in rows]
    _side_by_side(dataset, [tuple(row["files"]) for row in rows], [" or ".join(pair) + "?" for pair in names])
    table = pd.DataFrame(
        {"File": row["files"][0], "Label": first, "Copy": row["files"][1], "Its label": second}
        | {"Distance": row["distance"]}
        for row, (first, second) in zip(rows, names, strict=True)
    )
    _table(dataset, "conflicts", table, audit_result)


def leaks(dataset: ChosenDataset, audit_result: Found) -> None:
    """What one split shows of another."""
    rows = audit_result["leaks"]
    pairs = [row for row in rows if row["by"] == "image"]
    _side_by_side(dataset, [tuple(row["files"]) for row in pairs], [" and ".join(row["splits"]) for row in pairs])
    table = pd.DataFrame(
        {
            "By": row["by"],
            "Files": ", ".join(row["files"]),
            "Splits": ", ".join(row["splits"]),
            "Distance": row.get("distance"),
        }
        for row in rows
    )
    _table(dataset, "leaks", table, audit_result)


def groups(dataset: ChosenDataset, audit_result: Found) -> None:
    """Images of one scene."""
    rows = audit_result["groups"]
    table = pd.DataFrame({"Images": row["images"], "Files": ", ".join(row["files"])} for row in rows)
    _table(dataset, "groups", table, audit_result)
    st.caption("Chains of pairs that show the same or parts of it. Only the first files of a large group are named.")


def suspect_labels(dataset: ChosenDataset, audit_result: Found) -> None:
    """Labels that may be wrong, the most doubtful first."""
    rows = audit_result["suspect_labels"]
    table = pd.DataFrame(
        {
            "File": row["file"],
            "Label": _class(dataset, row["label"]),
            "Likelier": _class(dataset, row["likelier"]),
            "Margin": row["margin"],
            "Split": row["split"],
        }
        for row in rows
    )
    notes = [f"{label}, likelier {likelier}" for label, likelier in zip(table["Label"], table["Likelier"], strict=True)]
    _side_by_side(dataset, [(row["file"],) for row in rows], notes)
    _table(dataset, "suspect_labels", table, audit_result)
    st.caption(
        "Margin: by how much the likelier class leads, from 0 to 1. The network was trained on the training labels "
        "themselves, so a wrong one among the training cells is missed more easily than one among the test cells."
    )


def files(dataset: ChosenDataset, audit_result: Found) -> None:
    """Files that are not what they claim."""
    table = pd.DataFrame(audit_result["files"]).rename(columns=str.capitalize)
    _table(dataset, "files", table, audit_result)


def subpopulations(dataset: ChosenDataset, audit_result: Found) -> None:
    """Images that were made in another way than the rest."""
    table = pd.DataFrame(
        {
            "What": row["name"],
            "Images": row["images"],
            "What sets it apart": "; ".join(trait_in_words(trait) for trait in row["traits"]),
            "Classes": _counts({_class(dataset, label): number for label, number in row["classes"].items()}),
            "Splits": _counts(row["splits"]),
            "Tied to class": row["apart"],
        }
        for row in audit_result["subpopulations"]
    )
    _table(dataset, "subpopulations", table, audit_result)
    st.caption("Tied to class: Cramér's V; 0 means spread over the classes like the rest, 1 fully given by the class.")


def shortcuts(dataset: ChosenDataset, audit_result: Found) -> None:
    """How far the class is told by what should not tell it."""
    if not audit_result["shortcuts"]:
        st.markdown("Too few images or scenes to check for shortcuts.")
        return
    table = pd.DataFrame(
        {
            "Looks only at": row["looks_at"],
            "Balanced accuracy": portion(row["balanced_accuracy"]),
            "95 %": f"{portion(row['low'])} to {portion(row['high'])}",
            "By chance": portion(row["chance"]),
            "Images": row["images"],
        }
        for row in audit_result["shortcuts"]
    )
    _table(dataset, "shortcuts", table, None)
    st.caption(
        "Decision trees that see nothing else, in five folds that keep the images of a scene together. A figure above "
        "chance means that a model could use it, not that it does; the colour of a cell is part of what it is."
    )


VIEWS: dict[str, Callable[[ChosenDataset, Found], None]] = {
    "duplicates": duplicates,
    "conflicts": conflicts,
    "leaks": leaks,
    "groups": groups,
    "suspect_labels": suspect_labels,
    "files": files,
    "subpopulations": subpopulations,
    "shortcuts": shortcuts,
}


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _table(dataset: ChosenDataset, name: str, table: pd.DataFrame, audit_result: Found | None) -> None:
    st.dataframe(table, hide_index=True, alt=f"{_title(name)} that the audit found, one a row.")
    total = len(table) if audit_result is None else int(audit_result["numbers"][name])
    if total > len(table):
        st.caption(f"The first {len(table):,} of {total:,}; the command with --json prints all.")
    save_csv(f"audit-{name.replace('_', '-')}-{dataset.name}", lambda: table.to_csv(index=False))


def _side_by_side(dataset: ChosenDataset, rows: Sequence[tuple[str, ...]], notes: Sequence[str]) -> None:
    """Photographs of a page of rows, where they are here."""
    if dataset.source is None or not rows:
        return
    pages = -(-len(rows) // PAGE)
    number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    first = (number - 1) * PAGE
    with st.container(horizontal=True, gap="medium"):
        for row, note in list(zip(rows, notes, strict=True))[first : first + PAGE]:
            with st.container(width=len(row) * photos.SIDE + 16, gap="xsmall"):
                with st.container(horizontal=True, gap="xsmall"):
                    for key in row:
                        _photo(dataset, key)
                st.caption(words.plain(note))


def _photo(dataset: ChosenDataset, key: str) -> None:
    picture, label = photos.small(dataset.name, key), PurePosixPath(key).name
    if picture is None:
        st.markdown(f"{words.plain(label)} cannot be read.")
        return
    st.image(picture, width=photos.SIDE, caption=words.plain(label), alt=f"Photograph {label}.")


def _class(dataset: ChosenDataset, key: str) -> str:
    return dataset.space[key].name if key in dataset.space.keys else key


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())
