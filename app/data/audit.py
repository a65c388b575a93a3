"""What an audit found in a data set: copies, conflicts, leaks, doubtful labels, and what betrays the class."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import streamlit as st

from app.data.dataset import Chosen
from app.shared import photos, words
from app.shared.saving import save_csv
from core.datasets.audit.summary import kept_of
from core.datasets.audit.traits import trait_in_words
from core.errors import SourceError

PAGE = 6
"""Pairs of photographs on a page."""

WEAK = 0.9
"""Share of labels that the features tell, below which doubts mean little."""

Found = Mapping[str, Any]


def show(chosen: Chosen) -> None:
    """The audit that is kept, or the command that makes one."""
    st.subheader("What is wrong with the data set itself?", anchor=False)
    command = f"python -m core data audit {chosen.name} --keep"
    try:
        found = kept_of(chosen.name)
    except SourceError as error:
        st.warning(words.plain(str(error)))
        found = None
    if found is None:
        st.markdown("This data set was not audited yet. With its images at hand, this command does it:")
        st.code(command, language="sh", wrap_lines=True)
        return
    st.markdown("\n".join(in_words(found)))
    st.caption(
        f"Audited on {words.plain(found['date'])}, {found['images']:,} images in {found['seconds']:.0f} seconds, with "
        f"`{found['command']}`. An audit proposes; nobody with a haematologist's training has looked at these."
    )
    views = {name: view for name, view in VIEWS.items() if found["numbers"].get(name) or name == "shortcuts"}
    name = st.segmented_control(
        "Found",
        list(views),
        default=next(iter(views)),
        format_func=_title,
        required=True,
        key="found",
        bind="query-params",
    )
    views.get(name, shortcuts)(chosen, found)


def in_words(found: Found) -> list[str]:
    """The findings, a sentence or two each."""
    numbers = found["numbers"]
    lines = [_copies(found), _leaks(found)]
    if found["noise"] is not None:
        share = f"{100 * numbers['suspect_labels'] / max(found['images'], 1):.1f}{words.SPACE}%"
        lines.append(
            f"**{words.count(numbers['suspect_labels'], 'label')}** ({share}) may be wrong, by what "
            f"{words.plain(found['doubted_by'])} sees in the images: confident learning, out of fold." + _weak(found)
        )
    else:
        lines.append(words.plain(found["doubted_by"]))
    return [f"- {line}" for line in [*lines, _files(numbers), _betrayed(found)] if line]


def _files(numbers: Mapping[str, int]) -> str:
    sizes = f"{words.count(numbers['odd_sizes'], 'size is', 'sizes are')} odd."
    if not numbers["files"]:
        return f"Every file is what it claims; {sizes}"
    return f"**{words.count(numbers['files'], 'file is', 'files are')}** not what the data set claims; {sizes}"


def _betrayed(found: Found) -> str:
    """Whether something beside the cell tells the class; the mean colour is the cell's own, too."""
    checked = [row for row in found["shortcuts"] if row["name"] != "colour"]
    beyond = [row for row in checked if row["beyond"]]
    if not beyond:
        return "Border, background, size and file do not tell the class." if checked else ""
    most = max(beyond, key=lambda row: row["balanced_accuracy"] / row["chance"])
    reached, chance = _percent(most["balanced_accuracy"]), _percent(most["chance"])
    return (
        f"The class can partly be told **without the cell**: {words.plain(most['looks_at'])} alone gives {reached} "
        f"balanced accuracy, where guessing gives {chance}."
    )


def _weak(found: Found) -> str:
    """A warning where the network tells the classes of this data set badly."""
    if found["agreement"] >= WEAK:
        return ""
    return f" It tells only {_percent(found['agreement'])} of them as they are, so **these doubts mean little**."


def _copies(found: Found) -> str:
    numbers = found["numbers"]
    kinds = [f"{number} {kind}" for kind, number in found["kind_counts"].items()]
    told = f" ({words.join(kinds)})" if kinds else ""
    pairs = words.count(numbers["duplicates"], "pair")
    shows = "shows" if numbers["duplicates"] == 1 else "show"
    conflicts = words.count(numbers["conflicts"], "pair has", "pairs have")
    return f"**{pairs}** of images {shows} the same{told}; **{conflicts}** one cell under two labels."


def _leaks(found: Found) -> str:
    number = found["numbers"]["leaks"]
    if not number:
        return "No image was found that one split shares with another."
    counted = words.count(number, "leak goes", "leaks go")
    tested = sum("test" in row["splits"] for row in found["leaks"])
    known = f" ({tested} with test images)" if number == len(found["leaks"]) else ""
    return f"**{counted}** across splits{known}: a test on such images is partly a test of memory."


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{words.SPACE}%"


def duplicates(chosen: Chosen, found: Found) -> None:
    """Pairs that show the same."""
    pairs = [(first, second, distance) for first, second, distance in found["duplicates"]]
    kinds = found["kinds"]
    notes = [f"{kind}, distance {distance:.3f}" for (_, _, distance), kind in zip(pairs, kinds, strict=True)]
    _side_by_side(chosen, [pair[:2] for pair in pairs], notes)
    table = pd.DataFrame(pairs, columns=["File", "Copy", "Distance"]).assign(Kind=kinds)
    _table(chosen, "duplicates", table, found)
    st.caption(
        "Distance: 0 equal pixels; otherwise one minus the correlation of the fine detail where both show the same. "
        "Shifted: crops of one field that overlap, so the cells in their middles may differ."
    )


def conflicts(chosen: Chosen, found: Found) -> None:
    """One cell under two labels."""
    rows = found["conflicts"]
    names = [[_class(chosen, label) for label in row["labels"]] for row in rows]
    _side_by_side(chosen, [tuple(row["files"]) for row in rows], [" or ".join(pair) + "?" for pair in names])
    table = pd.DataFrame(
        {"File": row["files"][0], "Label": one, "Copy": row["files"][1], "Its label": other}
        | {"Distance": row["distance"]}
        for row, (one, other) in zip(rows, names, strict=True)
    )
    _table(chosen, "conflicts", table, found)


def leaks(chosen: Chosen, found: Found) -> None:
    """What one split shows of another."""
    rows = found["leaks"]
    pairs = [row for row in rows if row["by"] == "image"]
    _side_by_side(chosen, [tuple(row["files"]) for row in pairs], [" and ".join(row["splits"]) for row in pairs])
    table = pd.DataFrame(
        {
            "By": row["by"],
            "Files": ", ".join(row["files"]),
            "Splits": ", ".join(row["splits"]),
            "Distance": row.get("distance"),
        }
        for row in rows
    )
    _table(chosen, "leaks", table, found)


def groups(chosen: Chosen, found: Found) -> None:
    """Images of one scene."""
    rows = found["groups"]
    table = pd.DataFrame({"Images": row["images"], "Files": ", ".join(row["files"])} for row in rows)
    _table(chosen, "groups", table, found)
    st.caption("Chains of pairs that show the same or parts of it. Of a large group only the first files are named.")


def suspect_labels(chosen: Chosen, found: Found) -> None:
    """Labels that may be wrong, the most doubtful first."""
    rows = found["suspect_labels"]
    table = pd.DataFrame(
        {
            "File": row["file"],
            "Label": _class(chosen, row["label"]),
            "Likelier": _class(chosen, row["likelier"]),
            "Margin": row["margin"],
            "Split": row["split"],
        }
        for row in rows
    )
    notes = [f"{one}, likelier {other}" for one, other in zip(table["Label"], table["Likelier"], strict=True)]
    _side_by_side(chosen, [(row["file"],) for row in rows], notes)
    _table(chosen, "suspect_labels", table, found)
    st.caption(
        "Margin: by how much the likelier class leads, from 0 to 1. The network learned from the training labels "
        "themselves, so a wrong one among the training cells is more easily missed than one among the test cells."
    )


def files(chosen: Chosen, found: Found) -> None:
    """Files that are not what they claim."""
    table = pd.DataFrame(found["files"]).rename(columns=str.capitalize)
    _table(chosen, "files", table, found)


def subpopulations(chosen: Chosen, found: Found) -> None:
    """Images that were made in another way than the rest."""
    table = pd.DataFrame(
        {
            "What": row["name"],
            "Images": row["images"],
            "What sets it apart": "; ".join(trait_in_words(trait) for trait in row["traits"]),
            "Classes": _counts({_class(chosen, label): number for label, number in row["classes"].items()}),
            "Splits": _counts(row["splits"]),
            "Tied to class": row["apart"],
        }
        for row in found["subpopulations"]
    )
    _table(chosen, "subpopulations", table, found)
    st.caption("Tied to class: Cramér's V, 0 spread over the classes as the rest is, 1 the class says it all.")


def shortcuts(chosen: Chosen, found: Found) -> None:
    """How far the class is told by what should not tell it."""
    if not found["shortcuts"]:
        st.markdown("Too few images or scenes to check for shortcuts.")
        return
    table = pd.DataFrame(
        {
            "Looks only at": row["looks_at"],
            "Balanced accuracy": _percent(row["balanced_accuracy"]),
            "95 %": f"{_percent(row['low'])} to {_percent(row['high'])}",
            "By guessing": _percent(row["chance"]),
            "Images": row["images"],
        }
        for row in found["shortcuts"]
    )
    _table(chosen, "shortcuts", table, None)
    st.caption(
        "Trees that see nothing else, in five folds that keep the images of a scene together. More than guessing gives "
        "means that a model could use it, not that it does; the colour of a cell is part of what it is."
    )


VIEWS: dict[str, Callable[[Chosen, Found], None]] = {
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


def _table(chosen: Chosen, name: str, table: pd.DataFrame, found: Found | None) -> None:
    st.dataframe(table, hide_index=True, alt=f"{_title(name)} that the audit found, one a row.")
    total = len(table) if found is None else int(found["numbers"][name])
    if total > len(table):
        st.caption(f"The first {len(table):,} of {total:,}; the command with --json prints all.")
    save_csv(f"audit-{name.replace('_', '-')}-{chosen.name}", lambda: table.to_csv(index=False))


def _side_by_side(chosen: Chosen, rows: Sequence[tuple[str, ...]], notes: Sequence[str]) -> None:
    """Photographs of a page of rows, where they are here."""
    if chosen.there is None or not rows:
        return
    pages = -(-len(rows) // PAGE)
    number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    first = (number - 1) * PAGE
    with st.container(horizontal=True, gap="medium"):
        for row, note in list(zip(rows, notes, strict=True))[first : first + PAGE]:
            with st.container(width=len(row) * photos.SIDE + 16, gap="xsmall"):
                with st.container(horizontal=True, gap="xsmall"):
                    for key in row:
                        _photo(chosen, key)
                st.caption(words.plain(note))


def _photo(chosen: Chosen, key: str) -> None:
    picture, label = photos.small(chosen.name, key), PurePosixPath(key).name
    if picture is None:
        st.markdown(f"{words.plain(label)} cannot be read.")
        return
    st.image(picture, width=photos.SIDE, caption=words.plain(label), alt=f"Photograph {label}.")


def _class(chosen: Chosen, key: str) -> str:
    return chosen.space[key].name if key in chosen.space.keys else key


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())
