"""Choices that several pages offer, and what an address may ask of them."""

from collections.abc import Collection

import streamlit as st

from fer_core.runs.store import Run
from pages.parts.shared import cached, frame


def tell_unknown(what: str, key: str, known: Collection[str]) -> None:
    """Says that the address asks for something that is not here, where it does.

    Call it before the control of that key is drawn, which takes the value out of the address.

    Args:
        what: is asked for, as `run`.
        key: of the query parameter.
        known: its valid values.
    """
    unknown = [value for value in st.query_params.get_all(key) if value and value not in known]
    if unknown:
        named = ", ".join(f"`{value.replace('`', '')[:60]}`" for value in unknown[:3])
        st.warning(f"There is no {what} {named} here. This page shows what it shows by default.")


def models_or_stop() -> list[Run]:
    """The runs that have left a model; without any the page ends with what to do about it."""
    with_model = [run for run in cached.runs() if run.onnx_path.exists()]
    if not with_model:
        frame.empty_state(
            "No trained model yet",
            "Faces can be read once a run has left a model in the runs folder.",
            "Train one; the report's network takes a few hours on two cores:",
            command=frame.TRAIN_COMMAND,
        )
        frame.footer()
        st.stop()
    return with_model


def choose_model(runs: list[Run], default: Run | None) -> Run:
    """Asks which run's model to use and keeps the answer in the URL.

    Args:
        runs: at least one, each with a model.
        default: chosen at first, where it is among them.
    """
    names = {run.run_id: frame.run_name(run) for run in runs}
    first = default.run_id if default is not None and default.run_id in names else runs[0].run_id
    tell_unknown("model", "model", names)
    asked = st.query_params.get("model", first)
    chosen = st.selectbox(
        "Model",
        list(names),
        index=list(names).index(asked if asked in names else first),
        format_func=lambda run_id: names.get(run_id, run_id),
        key="chosen-model",
        help="Every run that has left a model. The first choice is the best on validation images.",
    )
    # By hand, as Streamlit's binding would put the label, which changes as a run goes on.
    if chosen != first:
        st.query_params["model"] = chosen
    else:
        st.query_params.pop("model", None)
    return next(run for run in runs if run.run_id == chosen)
