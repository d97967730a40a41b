"""Choices that several pages offer, and what an address may ask of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fer_core.runs.store import Run
from pages.parts.shared import cached, frame
from pages.parts.shared.address import tell_unknown


def one_of(label: str, options: Sequence[Any], key: str, **arguments: Any) -> Any:
    """One of a few options, the first by default; the address keeps it."""
    kept = {"default": options[0], "bind": "query-params"} | arguments
    return st.segmented_control(label, options, required=True, key=key, **kept)


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


def choose_model(runs: list[Run]) -> Run:
    """Asks which model to use, of at least one run; the URL keeps the answer."""
    names, default = {run.run_id: frame.run_name(run) for run in runs}, cached.default_run()
    first = default.run_id if default is not None and default.run_id in names else runs[0].run_id
    tell_unknown("model", "model", names, control="chosen-model")
    asked = st.query_params.get("model", first)
    chosen = st.selectbox(
        "Model",
        list(names),
        index=list(names).index(asked if asked in names else first),
        format_func=lambda run_id: names.get(run_id, run_id),
        key="chosen-model",
        help="Every run that has left a model. The one chosen at first is the app's default.",
    )
    # By hand, as Streamlit's binding would put the label, which changes as a run goes on.
    if chosen != first:
        st.query_params["model"] = chosen
    else:
        st.query_params.pop("model", None)
    return next(run for run in runs if run.run_id == chosen)


@dataclass(frozen=True)
class Part:
    """What one page shows of a list, and that in words: `25–48 shown`."""

    rows: slice
    words: str


@contextmanager
def part_of(count: int, size: int, *, key: str, in_address: bool = True) -> Iterator[Part]:
    """The part of a list of `count` to draw inside, `size` a page; page numbers stand under it.

    The control's value is the number of the page, from 1; the address keeps it if asked to.
    """
    slot, page = st.container(key=f"part-{key}" if count > size else None), 1
    if count > size:
        bind = "query-params" if in_address else None
        page = st.pagination(-(-count // size), key=key, max_visible_pages=5, bind=bind)
    first, end = size * (page - 1), min(size * page, count)
    with slot:
        yield Part(slice(first, end), f"{first + 1:,}–{end:,} shown")


def filters(page_key: str) -> dict[str, Any]:
    """Arguments of a control that filters a list: the address keeps it, and a change goes back to
    the first page.
    """

    def go_to_first() -> None:
        st.session_state[page_key] = 1

    return {"bind": "query-params", "on_change": go_to_first}


@contextmanager
def steps(
    step: Callable[[int], object], key: str, *, is_first: bool, is_last: bool
) -> Iterator[None]:
    """A row of Previous, what is drawn inside, and Next, by button and arrow key; each calls `step`
    with -1 or 1. `key` names the row, and its buttons.
    """
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-steps"):
        st.button(
            "Previous",
            on_click=step,
            args=(-1,),
            shortcut="Left",
            disabled=is_first,
            key=f"{key}-previous",
        )
        yield
        st.button(
            "Next", on_click=step, args=(1,), shortcut="Right", disabled=is_last, key=f"{key}-next"
        )
