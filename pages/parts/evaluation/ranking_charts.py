"""How well scores rank: ROC and precision-recall by class, their areas, the second guess."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.evaluation.metrics import wilson_interval
from fer_core.evaluation.roc import (
    Curve,
    curve_table,
    one_against_rest,
    ranking_table,
    thinned,
    top_k_accuracy,
)
from fer_core.runs.store import Predictions, Run
from pages.parts.shared import charts, downloads, tables

_HEIGHT = 440


def section(run: Run, predictions: Predictions, images: str, file_name: str) -> None:
    """Draws the curves of each class against the rest, and the table of their areas.

    Args:
        run: whose predictions these are.
        predictions: of the images shown, at least one.
        images: these in words, with their count.
        file_name: start of the names of downloads.
    """
    curves = [one_against_rest(predictions, label) for label in range(len(CLASS_NAMES))]
    table = ranking_table(predictions, curves)
    n, second = len(predictions), top_k_accuracy(predictions, 2)
    st.subheader("Does it at least rank the right class high?", anchor=False)
    st.markdown(
        f"The right class is among the two most probable on "
        f"**{formats.percent(second, wilson_interval(second, n))}** of {images} (top-2 accuracy, "
        f"Wilson interval); it is the first on {formats.percent(top_k_accuracy(predictions, 1))}."
    )
    left, right = st.columns(2, gap="medium")
    drawn = {
        name: thinned(curve)
        for name, curve in zip(CLASS_NAMES, curves, strict=True)
        if curve.auc == curve.auc
    }
    with left:
        charts.show(
            roc_figure(drawn),
            f"ROC curve of each class of {run.run_id} against the other six on {images}; the "
            "areas stand in the table below.",
            key="roc",
        )
    with right:
        charts.show(
            precision_recall_figure(drawn),
            f"Precision over recall for each class of {run.run_id} against the other six on "
            f"{images}; the average precisions stand in the table below.",
            key="precision_recall",
        )
    st.caption(
        "Both charts have the same lines; the legend gives the area under the ROC curve (AUC). "
        "Pointing at a line tells its class."
    )
    table["share"] = table["support"] / n
    _areas_table(table)
    with st.container(horizontal=True):
        downloads.csv_button(
            table, "Download areas (CSV)", f"{file_name}-ranking.csv", "ranking_csv"
        )
        name = st.selectbox(
            "Curve to download",
            list(CLASS_NAMES),
            label_visibility="collapsed",
            key="curve-class",
            width=140,
        )
        downloads.csv_button(
            curve_table(curves[CLASS_NAMES.index(name)]),
            "Download its curve (CSV)",
            f"{file_name}-curve-{name}.csv",
            "curve_csv",
        )


def _areas_table(table: pd.DataFrame) -> None:
    rows = [
        [
            tables.Cell(row["class"]),
            tables.score(row["auc"]),
            tables.score(row["average_precision"]),
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


def roc_figure(curves: dict[str, Curve]) -> go.Figure:
    """True over false positives, a line a class.

    Args:
        curves: by class; those without images left out.
    """
    best = max(curves, key=lambda name: curves[name].auc, default=None)
    worst = min(curves, key=lambda name: curves[name].auc, default=None)
    fig = _figure(
        f"ROC: {best} ranks best, {worst} worst" if len(curves) > 1 else "ROC",
        "false positives (share of the other classes)",
        "recall (share of the class)",
    )
    fig.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": charts.NEUTRAL_COLOR, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
    for name, curve in curves.items():
        fig.add_scatter(
            x=[0.0, *curve.false_positive_rate],
            y=[0.0, *curve.recall],
            name=f"{name} {curve.auc:.2f}",
            hovertemplate="false positives %{x:.3f}<br>recall %{y:.3f}"
            f"<extra>{name}, AUC {curve.auc:.4f}</extra>",
            **_line(name),
        )
    fig.update_layout(legend={"x": 0.99, "y": 0.02, "xanchor": "right", "yanchor": "bottom"})
    return fig


def precision_recall_figure(curves: dict[str, Curve]) -> go.Figure:
    """Precision over recall, a line a class.

    Args:
        curves: by class; those without images left out.
    """
    fig = _figure(
        "What recall costs in precision",
        "recall (share of the class that is found)",
        "precision (share of the found that is right)",
    )
    for name, curve in curves.items():
        fig.add_scatter(
            x=curve.recall,
            y=curve.precision,
            name=name,
            hovertemplate="recall %{x:.3f}<br>precision %{y:.3f}"
            f"<extra>{name}, average precision {curve.average_precision:.4f}</extra>",
            **_line(name),
        )
    # The lines are those of the ROC chart, whose legend names them.
    fig.update_layout(showlegend=False)
    return fig


def _figure(title: str, x: str, y: str) -> go.Figure:
    fig = charts.figure(title, height=_HEIGHT, xaxis_title=x, yaxis_title=y, showlegend=True)
    fig.update_layout(legend={"orientation": "v", "font": {"size": 12}})
    fig.update_xaxes(range=[0, 1.005])
    fig.update_yaxes(range=[0, 1.005])
    return fig


def _line(name: str) -> dict[str, object]:
    dash = charts.DASHES[CLASS_NAMES.index(name)]
    return {"mode": "lines", "line": {"color": CLASS_COLORS[name], "width": 2, "dash": dash}}
