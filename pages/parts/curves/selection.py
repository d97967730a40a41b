"""Which runs the Training curves page draws: those that the list of runs shows."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from fer_core.errors import RunError
from fer_core.evaluation.history import with_new_losses
from fer_core.plots.run_styles import Style, styles
from fer_core.reference import student_report
from fer_core.runs.store import Predictions, Run, State
from fer_core.runs.table import is_going, why_no_curve
from pages.parts.curves import run_list
from pages.parts.curves.run_list import Row
from pages.parts.shared import cached
from pages.parts.shared.address import tell_unknown

REPORT = student_report.NAME
_PARAMETER = "runs"
_NONE = "none"
"""In the address: all runs are hidden."""
_CHOSEN = "shown-runs"
"""In the session: the names shown last, for a visitor who comes back from another page."""
Histories = dict[str, pd.DataFrame]
"""The epochs of each name."""


@dataclass(frozen=True)
class Selection:
    """Of all `runs`, the latest first, those of `names`, which may hold `REPORT`."""

    runs: list[Run]
    names: list[str]

    @property
    def chosen(self) -> list[Run]:
        """The chosen runs of ours."""
        return [run for run in self.runs if run.run_id in self.names]

    @property
    def drawn_as(self) -> dict[str, Style]:
        """Colour and mark of every run, the same whatever is chosen."""
        return styles([run.run_id for run in reversed(self.runs)], REPORT)

    def histories(self) -> Histories:
        """The epochs so far of each chosen name that has a curve."""
        drawn = [run for run in self.chosen if not why_no_curve(run, cached.history(run))]
        found = histories_of(drawn)
        if REPORT in self.names:
            found[REPORT] = _report_history()
        return found


def histories_of(runs: Iterable[Run]) -> Histories:
    """The epochs so far of each run, with `new_loss` and `loss_kind`."""
    return {run.run_id: with_new_losses(cached.history(run), run.config.train) for run in runs}


def choose(runs: list[Run]) -> Selection:
    """Draws the list of runs; the address keeps which of them are shown."""
    names = [*(run.run_id for run in runs), REPORT]
    tell_unknown("run", _PARAMETER, [*names, _NONE], control=_CHOSEN)
    asked = st.query_params.get_all(_PARAMETER)
    if found := set(asked) & set(names):
        shown = sorted(found, key=names.index)
    else:
        before = [] if _NONE in asked else st.session_state.get(_CHOSEN)
        shown = [name for name in before or [] if name in names]
        if before is None or (before and not shown):  # where a run was removed, not hidden
            shown = _defaults(names)
    _keep(shown, names)
    selected = Selection(runs, shown)
    rows = _rows(runs, selected.drawn_as)
    with st.container(key="runs-beside"):
        run_list.show(rows, shown, lambda chosen: _keep(chosen, names))
    return selected


def predictions_of(run: Run) -> Predictions | None:
    """The run's; None where it has none yet, or they are damaged."""
    try:
        return cached.predictions(run)
    except RunError:
        return None


def _defaults(names: list[str]) -> list[str]:
    """The run that the app serves against the report."""
    served = cached.default_run()
    return list(dict.fromkeys([served.run_id if served else names[0], REPORT]))


def _keep(shown: list[str], names: list[str]) -> None:
    """Keeps them in the session and the address, where the same names in another order would be
    one more step for the browser's Back.
    """
    st.session_state[_CHOSEN] = shown
    if set(shown) != set(_defaults(names)):
        if set(st.query_params.get_all(_PARAMETER)) != set(shown or [_NONE]):
            st.query_params[_PARAMETER] = shown or _NONE
    else:
        st.query_params.pop(_PARAMETER, None)


def _rows(runs: list[Run], looks: dict[str, Style]) -> list[Row]:
    """A row a run, the best first, and the report where its accuracy puts it."""
    rows = [_row(run, looks[run.run_id]) for run in cached.best_first(runs)]
    better = [row.test > student_report.ACCURACY for row in rows]
    rows.insert(better.index(False) if False in better else len(rows), _report_row(looks[REPORT]))
    return rows


def _row(run: Run, style: Style) -> Row:
    status, history, train = run.status(), cached.history(run), run.config.train
    why, total = why_no_curve(run, history), train.epochs
    served = cached.default_run()
    notes = ["default"] if served is not None and served.run_id == run.run_id else []
    notes += [why] if why else []
    if is_going(status):
        notes.append("in training")
    elif status.state is not State.DONE:
        notes.append(status.state.value)
    if run.config.synthetic:
        notes.append("drawn faces")
    epochs = "" if why else f"{len(history)}"
    return Row(
        name=run.run_id,
        style=style,
        test=cached.test_accuracy(run),
        epochs=0 if why else len(history),
        epochs_text=f"{epochs}/{total}" if epochs and status.state is not State.DONE else epochs,
        note=", ".join(notes),
        draws=not why,
        words=f"{train.preset} {train.model} {status.state.value}",
    )


def _report_row(style: Style) -> Row:
    epochs = len(_report_history())
    accuracy = student_report.ACCURACY
    return Row(REPORT, style, accuracy, epochs, f"{epochs}", "", True, "published")


def _report_history() -> pd.DataFrame:
    return student_report.history().rename(columns={"epoch_seconds": "seconds"})
