"""Choices that several pages offer, and what an address may ask of them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fer_core import formats
from fer_core.runs.store import Run
from pages.parts.shared import cached, frame, keys, reveal
from pages.parts.shared.address import tell_unknown


def one_of(label: str, options: Sequence[Any], key: str, **arguments: Any) -> Any:
    """One of a few options, the first by default; the address keeps it."""
    if st.session_state.get(key, options[0]) not in options:  # then the address would keep it
        st.session_state[key] = options[0]
    kept: dict[str, Any] = {"bind": "query-params"} | arguments
    if kept["bind"] is not None or key not in st.session_state:  # a default beside a value is odd
        kept = {"default": options[0]} | kept
    return st.segmented_control(label, options, required=True, key=key, **kept)


def whole_number(label: str, low: int, high: int | None, key: str, **arguments: Any) -> int | None:
    """A field of whole numbers from `low` to `high`, empty at first unless `value` says otherwise;
    the address keeps it.
    """
    kept = {"value": None, "bind": "query-params"} | arguments
    if any(map(_is_infinite, st.query_params.get_all(key))):  # a bound field fails at it
        tell_unknown("number", key, ())
        kept["bind"] = None
    return st.number_input(label, low, high, step=1, key=key, **kept)


def _is_infinite(value: str) -> bool:
    try:
        return math.isinf(float(value))
    except ValueError:
        return False


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


def choose_model(runs: list[Run], first: str | None = None, first_note: str = "") -> Run:
    """Asks which model to use, of at least one run; the address keeps the answer.

    Args:
        runs: to choose from.
        first: name of the one chosen at first; the app's default when None or not there.
        first_note: said beside the name of `first`.
    """
    help = "Every run that has left a model, with its accuracy on all test images."
    return one_run(
        "Model",
        runs,
        "model",
        first=first,
        first_note=first_note,
        lacks="has no model yet",
        key="chosen-model",
        help=help,
    )


def one_run(
    label: str,
    runs: Sequence[Run],
    parameter: str,
    *,
    lacks: str,
    first: str | None = None,
    first_note: str = "",
    what: str = "",
    **arguments: Any,
) -> Run:
    """Asks for one of at least one run, the best first, each with its accuracy; the address keeps
    the answer under `parameter`.

    Args:
        label: of the select box.
        runs: to choose from.
        parameter: of the address.
        lacks: why a run may not be among them, as `has no model yet`.
        first: name of the one chosen at first; the app's default when None or not there.
        first_note: said beside the name of `first`.
        what: what a link asks for by that parameter; its name when empty.
        arguments: passed on, as `key` and `help`.
    """
    by_id = {run.run_id: run for run in cached.best_first(runs)}
    served = cached.default_run()
    default_id = served.run_id if served is not None else None
    notes = {first: first_note}
    names = {
        run_id: _with_figures(run, "default" if run_id == default_id else "", notes.get(run_id, ""))
        for run_id, run in by_id.items()
    }
    start = next(name for name in (first, default_id, *by_id) if name in by_id)
    what = what or parameter
    chosen = by_name(label, names, parameter, first=start, what=what, lacks=lacks, **arguments)
    return by_id[str(chosen)]


def _with_figures(run: Run, *notes: str) -> str:
    """As `compact, 70.2 %, default`."""
    tested = cached.test_accuracy(run)
    parts = [frame.run_name(run)]
    parts += [formats.percent(tested)] if tested == tested else []
    return ", ".join([*parts, *filter(None, notes)])


def by_name(
    label: str,
    options: Mapping[str, str],
    parameter: str,
    *,
    first: str | None,
    what: str,
    lacks: str = "",
    key: str = "",
    **arguments: Any,
) -> str | None:
    """A select box of `options`, whose labels it shows and whose names the address keeps.

    Streamlit's own binding would put labels there, which change as a run goes on. What the
    address says is shown, so Back and Forward change it too.

    Args:
        label: of the select box.
        options: the label of each name.
        parameter: of the address.
        first: the name that is shown where the address has none; nothing is when None.
        what: what a link asks for by that parameter, as `run`.
        lacks: why a run that a link asks for may not be among the options.
        key: of the select box; that of the parameter when empty.
        arguments: passed to `st.selectbox`.
    """
    key = key or parameter
    tell_unknown(what, parameter, options, control=key, lacks=lacks)
    asked = st.query_params.get(parameter)
    if asked is not None and asked not in options:
        del st.query_params[parameter]
    st.session_state[key] = asked if asked in options else first

    def changed() -> None:
        set_name(parameter, st.session_state[key], first)

    chosen: str | None = st.selectbox(
        label,
        list(options),
        format_func=lambda name: options.get(name, name),
        key=key,
        on_change=changed,
        **arguments,
    )
    return chosen


def set_name(parameter: str, name: str | None, first: str | None = None) -> None:
    """Has a select box of `by_name` show `name`, by the address."""
    if name is None or name == first:
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = name


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
        reveal.back_to(f"part-{key}", str(page))
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
    """A row of Previous, what is drawn inside, and Next, by button and arrow key; calls `step` with
    -1 or 1, or with the sum of what is pressed while the page is drawn. `key` names the row, and
    its buttons.
    """
    previous, following = f"{key}-previous", f"{key}-next"
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-steps"):
        st.button(
            "Previous",
            on_click=step,
            args=(-1,),
            shortcut="Left",
            disabled=is_first,
            key=previous,
        )
        yield
        st.button(
            "Next", on_click=step, args=(1,), shortcut="Right", disabled=is_last, key=following
        )
        keys.listen(
            key,
            {"arrowleft": previous, "arrowright": following},
            steps={previous: -1, following: 1},
            on_steps=step,
        )
