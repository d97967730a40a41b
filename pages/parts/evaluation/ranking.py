"""How well scores rank: ROC and precision-recall by class, their areas, top-2 accuracy."""

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.intervals import wilson_interval
from fer_core.evaluation.roc import curve_table, one_against_rest, ranking_table, top_k_accuracy
from fer_core.plots.roc import precision_recall_figure, roc_figure
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, tables


def show(asked: Question) -> None:
    """The curves of each class against the rest, and the table of their areas."""
    predictions, images = asked.predictions, asked.images
    curves = [one_against_rest(predictions, label) for label in range(len(CLASS_NAMES))]
    table = ranking_table(predictions, curves)
    by_class = zip(CLASS_NAMES, curves, strict=True)
    drawn = {name: curve for name, curve in by_class if curve.auc == curve.auc}
    n, second = len(predictions), top_k_accuracy(predictions, 2)
    st.markdown(
        f"The right class is among the two most probable on **{formats.percent(second)}** "
        f":small[({formats.bounds(wilson_interval(second, n))})] of {images} (top-2 "
        f"accuracy); it is the first on {formats.percent(top_k_accuracy(predictions, 1))}."
    )
    if not drawn:
        st.info("All of these images are of one class, so there is nothing to rank.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        charts.titled(
            roc_figure(drawn),
            f"ROC curve of each class of {asked.run.run_id} against the other six on {images}; the "
            "areas are in the table below.",
            key="roc",
        )
    with right:
        charts.titled(
            precision_recall_figure(drawn),
            f"Precision over recall for each class of {asked.run.run_id} against the other six on "
            f"{images}; the average precisions are in the table below.",
            key="precision_recall",
        )
    st.caption(
        "Both charts have the same lines; the legend gives the area under the ROC curve (AUC). "
        "Hover over a line to see its class."
    )
    rows = [
        [
            tables.Cell(row["class"]),
            tables.area(row["auc"]),
            tables.area(row["average_precision"]),
            tables.Cell(formats.percent(row["share"])),
            tables.Cell(formats.count(row["support"])),
        ]
        for row in table.to_dict("records")
    ]
    head = [
        tables.Cell("class"),
        tables.Cell("ROC AUC", "chance: 0.5"),
        tables.Cell("average precision", "chance: the class's share"),
        tables.Cell("share of images"),
        tables.Cell("images"),
    ]
    caption = "Area under the ROC curve and average precision of each class"
    with st.container(width=640):
        tables.show(caption, head, rows, key="ranking_table", apart=len(CLASS_NAMES))
    with st.container(horizontal=True):
        asked.csv_button(table, "areas", "ranking", "ranking_csv")
        name = st.selectbox(
            "Curve to download",
            list(CLASS_NAMES),
            label_visibility="collapsed",
            key="curve-class",
            width=140,
        )
        curve = curve_table(curves[CLASS_NAMES.index(name)])
        asked.csv_button(curve, "its curve", f"curve-{name}", "curve_csv")
