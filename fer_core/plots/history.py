"""Training curves of one run: accuracy or loss by epoch.

Training is dashed, validation solid, the gap between them shaded. A thin line stands where a
phase of the run begins. Runs beside each other are drawn by `fer_core.plots.curves`.
"""

from enum import StrEnum

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer_core import formats
from fer_core.evaluation.history import best_epoch, stretches
from fer_core.plots import theme
from fer_core.plots.run_styles import Style

_MARKS_A_LINE = 8
_WORDS = ("training", "validation")
_EACH_EPOCH = 5
"""Epochs up to which each has a tick of its own; Plotly would put others between them."""


class Metric(StrEnum):
    """ACCURACY: share of images classified rightly, drawn in percent. LOSS: what training
    minimises, in nats. GAP: training accuracy minus validation accuracy, in points, which
    grows as a network overfits. LEARNING_RATE: of each epoch's end. SECONDS: what an epoch
    took. The value is the history's column.
    """

    ACCURACY = "accuracy"
    LOSS = "loss"
    GAP = "gap"
    LEARNING_RATE = "learning_rate"
    SECONDS = "seconds"

    @property
    def scale(self) -> float:
        return 100.0 if self in (Metric.ACCURACY, Metric.GAP) else 1.0

    @property
    def unit(self) -> str:
        return {Metric.ACCURACY: " %", Metric.GAP: " points", Metric.SECONDS: " s"}.get(self, "")

    @property
    def digits(self) -> str:
        return {Metric.LOSS: ".3f", Metric.LEARNING_RATE: ".3g"}.get(self, ".1f")

    @property
    def is_paired(self) -> bool:
        """Whether training and validation each have a line."""
        return self in (Metric.ACCURACY, Metric.LOSS)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of a history: training and validation, or the only one."""
        return (self, f"val_{self}") if self.is_paired else (self,)


AXIS_TITLES = {
    Metric.ACCURACY: "accuracy (%)",
    Metric.LOSS: "loss (nats)",
    Metric.GAP: "training minus validation (points)",
    Metric.LEARNING_RATE: "learning rate",
    Metric.SECONDS: "seconds an epoch",
}


def run_figure(
    history: pd.DataFrame,
    metric: Metric,
    *,
    height: int = 380,
    style: Style | None = None,
    epochs: int = 0,
) -> go.Figure:
    """ACCURACY or LOSS of one run, with a legend; axes alone before the first epoch has ended.

    `history` has the columns of `evaluation.history.with_new_losses` where the run has phases;
    a loss of another kind than the first has the axis on the right. `epochs` is the length of the
    whole training, which the axis shows.
    """
    fig = theme.figure(
        _statement(history, metric),
        height=height,
        showlegend=True,
        margin=theme.MARGIN_WITH_LEGEND,
        hovermode="x unified",
        xaxis_title="epoch",
        uirevision=metric,  # zoom and hidden lines stay as they are while a run goes on
    )
    fig.update_yaxes(title_text=AXIS_TITLES[metric])
    if metric is Metric.LOSS:
        fig.update_yaxes(rangemode="tozero")
    _add_lines(fig, history, metric, (style or Style()).color)
    _add_best(fig, history, metric, (style or Style()).color)
    _add_phases(fig, history, metric)
    end = max(epochs, len(history))
    fig.update_xaxes(range=[0, end], dtick=1 if end <= _EACH_EPOCH else None)
    if history.empty and metric is Metric.ACCURACY:
        fig.update_yaxes(range=[0, 100])
    return fig


def in_words(history: pd.DataFrame, metric: Metric) -> str:
    """What `run_figure` shows, for those who do not see it."""
    title = metric.capitalize()
    if history.empty:
        return f"{title} before the end of the first epoch"
    last = history.iloc[-1]
    values = ", ".join(
        f"{word} {last[column]:.3f}"
        for word, column in zip(_WORDS, metric.columns, strict=True)
        if last[column] == last[column]
    )
    return f"{title} after {formats.counted(len(history), 'epoch')}: {values}"


def _statement(history: pd.DataFrame, metric: Metric) -> str:
    """What the run shows."""
    if history.empty:
        return f"{metric.capitalize()}: after the first epoch"
    best, losses = best_epoch(history), stretches(history)[-1]["val_loss"].dropna()
    if metric is Metric.ACCURACY and best is not None:
        top = formats.percent(history["val_accuracy"].max())
        return f"Validation peaks at {top} in epoch {best}"
    if metric is Metric.LOSS and len(losses):
        lowest = history["epoch"][losses.idxmin()]
        return f"Validation loss is lowest in epoch {lowest:.0f} of {len(history)}"
    value = history[metric].dropna().iloc[-1] if history[metric].notna().any() else np.nan
    if metric is Metric.ACCURACY:
        return f"Training accuracy ends at {formats.percent(value)}"
    return f"Training loss ends at {value:.3f}"


def _add_lines(fig: go.Figure, history: pd.DataFrame, metric: Metric, color: str) -> None:
    """Adds the lines of training and validation, cut where a loss measures something else."""
    parts = stretches(history) if metric is Metric.LOSS else [history]
    for number, part in enumerate(parts):
        for word, column in zip(_WORDS, metric.columns, strict=True):
            if not part[column].notna().any():
                continue
            is_training = word == "training"
            fig.add_scatter(
                x=part["epoch"],
                y=metric.scale * part[column],
                mode="lines+markers",
                name=word,
                showlegend=not number,
                legendgroup=word,
                yaxis="y2" if _is_other_loss(parts, part) else "y",
                line={
                    "color": color,
                    "width": 1.6 if is_training else 2,
                    "dash": "dash" if is_training else "solid",
                },
                marker={
                    "symbol": "circle-open" if is_training else "circle",
                    "size": 7,
                    "maxdisplayed": _MARKS_A_LINE,
                },
                fill="none" if is_training else "tonexty",
                fillcolor=theme.faded(color, 0.10),
                hovertemplate=f"{word}: %{{y:{metric.digits}}}<extra></extra>",
            )
    if any(_is_other_loss(parts, part) for part in parts):
        fig.update_layout(
            yaxis2={
                "title": {"text": "new loss (nats)"},
                "overlaying": "y",
                "side": "right",
                "showgrid": False,
                "tickmode": "auto",
            }
        )


def _is_other_loss(parts: list[pd.DataFrame], part: pd.DataFrame) -> bool:
    """Whether the losses of `part` are of another kind than those that the run began with."""
    if "loss_kind" not in part or part.empty:
        return False
    return bool(part["loss_kind"].iloc[0] != parts[0]["loss_kind"].iloc[0])


def _add_best(fig: go.Figure, history: pd.DataFrame, metric: Metric, color: str) -> None:
    """Adds a ring at the epoch of the best validation accuracy."""
    for row in history[history["epoch"] == best_epoch(history)].to_dict("records"):
        other = "loss_kind" in row and row["loss_kind"] != history["loss_kind"].iloc[0]
        fig.add_scatter(
            x=[row["epoch"]],
            y=[metric.scale * row[f"val_{metric}"]],
            mode="markers",
            name="best accuracy",
            yaxis="y2" if other and metric is Metric.LOSS else "y",
            marker={
                "symbol": "circle-open",
                "size": 15,
                "color": color,
                "line": {"width": 2.5, "color": color},
            },
            cliponaxis=False,  # whole at the last epoch too
            hovertemplate=f"best accuracy, epoch {row['epoch']:.0f}: "
            f"%{{y:{metric.digits}}}<extra></extra>",
        )


def _add_phases(fig: go.Figure, history: pd.DataFrame, metric: Metric) -> None:
    """Adds a thin line where a phase begins; its number, and that its loss is another."""
    if "phase" not in history:
        return
    begins = history["phase"].diff().gt(0)
    for row in history[begins].to_dict("records"):
        x, is_new = row["epoch"] - 0.5, metric is Metric.LOSS and row.get("new_loss", False)
        line = {"color": theme.NEUTRAL_COLOR, "width": 1, "dash": "dash" if is_new else "solid"}
        fig.add_shape(type="line", x0=x, x1=x, yref="paper", y0=0, y1=1, line=line)
        late = x > 0.7 * history["epoch"].max()
        fig.add_annotation(
            x=x,
            yref="paper",
            y=1,
            text=f"phase {row['phase']}" + (", new loss" if is_new else ""),
            showarrow=False,
            xanchor="right" if late else "left",
            yanchor="top",
            font={"size": 12},
        )
