"""Many pictures at once: shares by class, filters, and a gallery or a table of them."""

import base64
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import FACE_SIZE
from fer_core.inference.pictures.table import (
    NO_FACE,
    ORDERS,
    batch_table,
    class_shares,
    counts,
    filter_table,
    in_words,
    short_name,
    sort_table,
)
from pages.parts.shared import charts, choices, frame, pictures
from pages.parts.shared.pictures import Reading
from pages.parts.upload import opened
from pages.parts.upload.settings import ReadingSettings

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

COLUMNS = {
    "thumbnail": st.column_config.ImageColumn("Face", width=60, help="As the model sees it"),
    "answer": st.column_config.TextColumn("Answer", width=150),
    "percent": st.column_config.ProgressColumn(
        "Confidence", width=130, min_value=0, max_value=100, format="%.1f %%", color="#7D8794"
    ),
    "picture": st.column_config.TextColumn("Picture", width="medium"),
    "error": st.column_config.TextColumn("Reason", width="large"),
    "note": st.column_config.TextColumn("Note", width="medium"),
    "runner_up": st.column_config.TextColumn("Runner-up", width=100),
    "size": st.column_config.NumberColumn("Size, px", width=80, help="Side of the face's box"),
    "turn": st.column_config.NumberColumn(
        "Turned by", width=80, format="%d°", help="The picture was turned for the face"
    ),
    "face": st.column_config.NumberColumn("Number", width=70, help="The largest face is 1"),
}

_GALLERY, _TABLE = "Gallery", "Table"
_A_PAGE = 24
_ROWS_IN_VIEW = 8
_ROW_HEIGHT = FACE_SIZE + 4
_PAGE = "batch-page"
_LAST = "batch-last-row"


def show(readings: list[Reading], settings: ReadingSettings, predictor: "Predictor") -> None:
    """Shares by class over all, and those pictures that the filters leave."""
    table = batch_table([reading.result for reading in readings])
    left, right = st.columns([2, 5], gap="medium")
    with left:
        _show_shares(table)
        detector = f"face detector {predictor.detector.name}"
        how = "each picture read as one face" if settings.is_whole else detector
        st.caption(f"Model {frame.run_name(settings.run)}; {how}.")
    with right:
        shown = _filtered(table)
        keys = [readings[index].picture.key for index in shown["index"]]
        if shown.empty:
            st.info("No face is left by these filters. Remove one to see the others.")
        elif st.session_state["view"] == _TABLE:
            _show_table(shown, keys)
        else:
            found = [readings[index] for index in dict.fromkeys(shown["index"])]
            _show_gallery([reading for reading in found if reading.thumbnail is not None])
    opened.show(readings, settings, predictor)


def _show_shares(table: pd.DataFrame) -> None:
    shares, unsure = class_shares(table)
    numbers = counts(table)
    charts.class_bars(
        shares.tolist(),
        [formats.percent(share) for share in shares],
        caption=f"Shares of {formats.counted(int(table['face'].notna().sum()), 'face')}",
        note=f"not sure in {formats.percent(unsure)}" if unsure else "",
        strong=int(shares.argmax()) if shares.any() else None,
        test_id="batch-shares",
    )
    if NO_FACE in numbers:
        st.caption(f"{formats.counted(numbers[NO_FACE], 'picture')} without a face")
    parts = table[table["note"].notna()]["index"].nunique()
    if parts:
        st.caption(
            f"{formats.counted(parts, 'file')} of several pictures, of which the first was read; "
            "the table names them."
        )


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    found = counts(table)
    back = choices.filters(_PAGE)["on_change"]
    outcomes = st.pills(
        "Show only",
        list(found),
        selection_mode="multi",
        format_func=lambda name: f"{name} {found.get(name, 0)}",
        key="batch-outcomes",
        wrap=True,
        on_change=back,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices.one_of("View", [_GALLERY, _TABLE], "view")
        order = st.selectbox("Sort by", ORDERS, key="batch-order", on_change=back, width=210)
        least = st.slider(
            "Confidence from",
            0.0,
            0.95,
            0.0,
            0.05,
            format="percent",
            key="batch-confidence",
            on_change=back,
            width=210,
        )
    shown = sort_table(filter_table(table, outcomes, least), order)
    return shown.reset_index(drop=True)


def _show_gallery(shown: list[Reading]) -> None:
    if not shown:
        st.caption("These files could not be read; the reasons stand above.")
        return
    keys = [reading.picture.key for reading in shown]
    with choices.part_of(len(shown), _A_PAGE, key=_PAGE, in_address=False) as part:
        words = formats.counted(len(shown), "picture")
        words += f", {part.words}" if len(shown) > _A_PAGE else ""
        st.caption(f"{words}. Open one to see its faces.")
        with st.container(horizontal=True, key="gallery-upload"):
            names = [reading.picture.name for reading in shown]
            for at in range(len(shown))[part.rows]:
                _thumbnail(shown[at], short_name(names[at], names), keys, at)


def _thumbnail(reading: Reading, name: str, keys: list[str], at: int) -> None:
    words = pictures.plain(in_words(reading.result)).replace(" %", "\u00a0%")
    name = pictures.plain(name)
    encoded = base64.b64encode(reading.thumbnail or b"").decode()
    st.button(
        f"![{name}](data:image/jpeg;base64,{encoded}) **{words}** {name}",
        key=f"open-{reading.picture.key}",
        on_click=opened.open_at,
        args=(keys, at),
        wrap=True,
    )


def _show_table(shown: pd.DataFrame, keys: list[str]) -> None:
    st.caption(f"{len(shown):,} rows. Select one to see its picture.")
    among = list(dict.fromkeys(keys))
    # Another key with other filters, so that no selection is left on another picture's row.
    key = f"batch-table-{hash(tuple(shown['index']))}"

    def open_row() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        # A click on the selected row takes the selection back, and means that row too.
        row = rows[0] if rows else st.session_state.get(_LAST, 0)
        st.session_state[_LAST] = row
        if row < len(keys):
            opened.open_at(among, among.index(keys[row]))

    st.dataframe(
        shown,
        hide_index=True,
        column_config=COLUMNS,
        column_order=[name for name in COLUMNS if shown[name].notna().any()],
        on_select=open_row,
        selection_mode="single-row",
        key=key,
        row_height=_ROW_HEIGHT,
        height=(min(len(shown), _ROWS_IN_VIEW) + 1) * _ROW_HEIGHT - 10,
        placeholder="",
        alt=f"{len(shown):,} faces with answer and confidence",
    )
