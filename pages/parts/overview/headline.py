"""What this is and how good it is: a sentence, and three figures with their meaning."""

import streamlit as st

from fer_core import formats
from fer_core.errors import RunError
from fer_core.evaluation.metrics import Report
from fer_core.evaluation.timing import command
from fer_core.reference import published, student_report
from fer_core.reporting.facts import weakest_class
from fer_core.runs.store import Run
from pages.parts.shared import cached, figures, frame
from pages.parts.shared.figures import Figure


def sentence(run: Run | None) -> None:
    """Says what the app does and, from the run's predictions, how often it is right."""
    people = f"about {100 * published.people()['accuracy']:.0f} %"
    others = (
        f"people reach {people} on a sample of FER2013, and the student report that this project "
        f"began from reached {formats.percent(student_report.ACCURACY)}."
    )
    if run is None:
        said = f"On FER2013's test faces {others}"
    elif (report := cached.report(run)).n == student_report.TEST_IMAGES:
        accuracy = formats.percent(report.accuracy)
        said = f"Right on **{accuracy}** of FER2013's test faces; {others}"
    else:
        accuracy = formats.percent(report.accuracy)
        said = f"Right on **{accuracy}** of {formats.count(report.n)} test faces of its own."
    if run is not None and (name := frame.run_name(run)) != run.run_id:
        said += f" The model is {name}."
    st.markdown(f"Reads seven facial expressions. {said}")


def three_figures(run: Run) -> None:
    """Accuracy, the hardest class, and the time that a face takes."""
    report = cached.report(run)
    name, recall = weakest_class(report)
    shown = [
        Figure(
            "Accuracy",
            formats.percent(report.accuracy),
            formats.bounds(report.accuracy_interval),
            _on(report),
        ),
        Figure("Hardest class", name, "", f"Finds {formats.percent(recall)} of {name} faces."),
        _time(run),
    ]
    with st.container(key="headline-figures"):
        figures.show(shown, key="key-figures")


def _on(report: Report) -> str:
    """What the accuracy was measured on. The small figures beside it are told here as well."""
    images = f"{formats.count(report.n)} test images"
    own = " of its own" if report.n != student_report.TEST_IMAGES else ""
    return f"On {images}{own}, with its 95 % interval."


def _time(run: Run) -> Figure:
    name = "Time per face"
    try:
        timing = cached.timing(run)
    except RunError as exc:
        return Figure(name, "not known", "", str(exc))
    if timing is None:
        return Figure(name, "not measured", "", f"To measure it: {command(run)}")
    return Figure(name, formats.milliseconds(timing.ms_per_face), "", f"On {timing.machine}.")
