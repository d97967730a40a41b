"""Accuracy on corrupted images: what `robustness.csv` says, beside what each corruption does."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fer_core import formats
from fer_core.errors import RunError
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.robustness.corruptions import examples_of
from fer_core.images import png_url
from fer_core.plots.robustness import STRONGEST_RATIO, accuracy_headline, share_figure
from fer_core.runs.store import Run
from pages.parts.evaluation import sample_face
from pages.parts.evaluation.question import Question, of_all_images, of_single_pass
from pages.parts.shared import cached, charts, frame, tables
from pages.parts.shared.tables import Cell

_MOST_OTHERS = 3


def show(asked: Question) -> None:
    """The run under each corruption beside other runs, or how to measure it."""
    asked = of_single_pass(asked)
    run = asked.run
    table = _table_of(run)
    if table is None and not run.onnx_path.exists():
        st.caption(
            f"{run.run_id} left no model file, so it cannot be measured on corrupted images."
        )
        return
    if table is None:
        frame.empty_state(
            f"{run.run_id} has not been measured on corrupted images yet",
            "It takes minutes and the data set: every test image is predicted again, "
            "blurred, dark, noisy, rotated and more.",
            "Measure it, then reload this page:",
            command=measure.command(run),
        )
        return
    if run.onnx_path.exists() and table["model"].iloc[0] != cached.kept(Run.model_stamp, run):
        st.warning(
            "The model has been re-exported since this was measured. Measure it again: "
            f"`{measure.command(run)}`",
            icon=":material/history:",
        )
    st.markdown(f"**{accuracy_headline(table)}**")
    with st.container(horizontal=True, vertical_alignment="bottom", key="robustness-controls"):
        others = _choose_others(run, table)
        sample = sample_face.choose()
    _show_table(run, table, others, sample_face.face_of(sample))
    st.caption(_about(table))
    of_all_images(asked).csv_button(table, "robustness", "robustness", "robustness_csv")
    _show_shares(run, table)


def _table_of(run: Run) -> pd.DataFrame | None:
    return cached.kept(measure.read, run, files=[run.folder / measure.FILE_NAME])


def _choose_others(run: Run, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of the runs to set beside it, by name: of those measured on the same images."""
    known, unlike = {}, []
    for other in cached.best_first(cached.runs()):
        if other.run_id == run.run_id:
            continue
        try:
            theirs = _table_of(other)
            if theirs is not None:
                measure.compare(table, theirs)
                known[other.run_id] = theirs
        except RunError:
            unlike.append(other.run_id)
    chosen = st.multiselect(
        "Compare with",
        list(known),
        [measure.BASELINE] if measure.BASELINE in known else [],
        max_selections=_MOST_OTHERS,
        key="beside",
        bind="query-params",
        placeholder="Other runs" if known else "No other run was measured on these images",
        disabled=not known,
        help=f"Measured on other images or corruptions, so not offered: {', '.join(unlike)}."
        if unlike
        else None,
        width="stretch",
    )
    return {run_id: known[run_id] for run_id in chosen}


def _show_table(
    run: Run, table: pd.DataFrame, others: dict[str, pd.DataFrame], face: NDArray[np.uint8]
) -> None:
    """A row a corruption: what it looks like, what it costs, and how others fare."""
    pictures = {kind.name: (kind, png_url(changed)) for kind, changed in examples_of(face)}
    costs = measure.points_lost(table)
    rows = []
    for place, row in enumerate(table.to_dict("records")):
        kind, url = pictures[row["corruption"]]
        interval = formats.bounds((row["accuracy_low"], row["accuracy_high"]))
        rows.append(
            [
                Cell(row["title"], kind.meaning, picture=url, alt=f"A face, {row['title']}"),
                tables.share(row["accuracy"], interval),
                Cell(formats.signed(costs[place]) if place else formats.MISSING),
                *(tables.share(theirs["accuracy"].iloc[place]) for theirs in others.values()),
            ]
        )
    head = [Cell("images"), Cell(run.run_id), Cell("change", "points"), *map(Cell, others)]
    with st.container(key="robustness"):
        tables.show(
            f"Accuracy of {', '.join([run.run_id, *others])} under each corruption",
            head,
            rows,
            key="robustness_table",
        )


def _about(table: pd.DataFrame) -> str:
    """What was measured."""
    count = formats.count(table["n"].iloc[0])
    return (
        f"Accuracy on all {count} test images by the data set's labels, whatever is chosen above. "
        "Change: against the clean images. Small figures: 95 % intervals."
    )


def _show_shares(run: Run, table: pd.DataFrame) -> None:
    charts.titled(
        share_figure(table),
        f"Share of the predictions of {run.run_id} that each class gets under each corruption, "
        "shaded by how that compares with the class's true share; the CSV has the values.",
        key="robustness_shares",
    )
    st.caption(
        "Cells are percent of all answers. The stronger the shade, the more often the class is "
        f"answered, compared with how often it occurs; full from {STRONGEST_RATIO:g} times on."
    )
