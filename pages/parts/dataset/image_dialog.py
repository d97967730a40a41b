"""One image in full: where it stands, what annotators and runs say, and its copies."""

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import ANSWERS
from fer_core.quality.audit_report import Finding
from fer_core.reference.images import FINGERPRINT, ferplus_majority
from fer_core.runs.answers import answer_to
from pages.parts.dataset import kept
from pages.parts.shared import cached, faces, frame

_COPIES_SHOWN = 12


@st.dialog("Image", width="medium")
def show(dataset: Dataset, path: str) -> None:
    """Opens the dialog of the image at `path`."""
    pixels = pixels_of(dataset, [path])
    if path not in pixels:
        st.error(f"There is no image {path} in this data set.")
        return
    index = kept.index(dataset)
    row = index[index["path"] == path].iloc[0]
    left, right = st.columns([1, 2], gap="medium")
    with left:
        faces.face(pixels[path], alt=f"Face labelled {row['label']}, {path}", zoom=4)
    with right:
        st.markdown(f"**{path}**")
        part = f"{row['part']}, {row['usage']}" if row["usage"] else str(row["part"])
        st.markdown(
            f"Label **{row['label']}**. Part: {part}. Mean gray {row['brightness']:.0f}, "
            f"standard deviation {row['contrast']:.0f} of 0–255."
        )
        with frame.error_box():
            _votes(dataset, path)
    _predictions(dataset, path)
    with frame.error_box():
        _copies(dataset, index, path)


def _votes(dataset: Dataset, path: str) -> None:
    """FER+'s votes; its majority alone where the file with the votes is not here."""
    votes = kept.votes()
    if dataset.fingerprint != FINGERPRINT:
        st.caption("FER+ has votes for the published images only.")
        return
    if votes is None:
        _majority(path)
        return
    rows = (votes.paths == path).nonzero()[0]
    if not len(rows):
        st.caption("FER+ has no votes for this image.")
        return
    counts = votes.counts[rows[0]]
    given = [(int(count), name) for name, count in zip(ANSWERS, counts, strict=True) if count]
    words = ", ".join(f"{_answer(name)} {count}" for count, name in sorted(given, reverse=True))
    st.markdown(f"FER+ votes of {int(counts.sum())} annotators: {words}.")


def _answer(name: str) -> str:
    return "not a face" if name == "NF" else name


def _majority(path: str) -> None:
    label = int(ferplus_majority(pd.Series([path]).to_numpy(dtype=str))[0])
    if path.startswith("test/") and label >= 0:
        st.markdown(f"FER+ majority: {CLASS_NAMES[label]}.")
    elif path.startswith("test/"):
        st.caption("FER+ has no majority for one of the seven classes.")
    else:
        st.caption("FER+ votes of training images need the votes' file (FER_FERPLUS).")


def _predictions(dataset: Dataset, path: str) -> None:
    """The answer of every run that was made with these images."""
    rows = []
    for run in cached.runs():
        if run.config.data_fingerprint != dataset.fingerprint or not run.has_predictions():
            continue
        with frame.error_box():
            answer = answer_to(cached.predictions(run), path)
            if answer is not None:
                rows.append(
                    {
                        "run": frame.run_name(run),
                        "predicted": answer.predicted,
                        # Rounded, as a screen reader and the clipboard get every digit.
                        "confidence": round(100 * answer.confidence, 1),
                        "p_label": round(100 * answer.p_label, 1),
                        "right": "yes" if answer.is_right else "no",
                    }
                )
    st.markdown("**What the runs say**")
    if not rows:
        st.caption("No run predicted this image: those that are here were trained on it.")
        return
    number = st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        alt=f"Predictions of {len(rows)} runs for {path}",
        column_config={
            "run": st.column_config.TextColumn("run", pinned=True),
            "confidence": number("confidence", format="%.1f %%"),
            "p_label": number("probability of the label", format="%.1f %%"),
            "right": st.column_config.TextColumn("as labelled"),
        },
    )


def _copies(dataset: Dataset, index: pd.DataFrame, path: str) -> None:
    """Identical images by their bytes, and near ones where an audit was made."""
    group = index.loc[index["path"] == path, "group"].iloc[0]
    same = index.loc[(index["group"] == group) & (index["path"] != path), "path"].tolist()
    audit = kept.audit(dataset)
    near = [] if audit is None else [p for p, f in audit.copies_of(path) if f is Finding.NEAR]
    near = [other for other in near if other not in same]
    st.markdown("**Its copies**")
    if not same and not near:
        looked = "identical" if audit is None else "identical or nearly identical"
        st.caption(f"There is no {looked} image.")
        return
    kinds = [(other, "identical") for other in same]
    kinds += [(other, "nearly identical") for other in near]
    shown = kinds[:_COPIES_SHOWN]
    pixels = pixels_of(dataset, [other for other, _ in shown])
    faces.sample_grid(
        np.stack([pixels[other][..., None] for other, _ in shown]),
        [
            f"{other.rpartition('/')[0]}\n{other.rpartition('/')[2]}\n{kind}"
            for other, kind in shown
        ],
        [f"{kind} image {other}" for other, kind in shown],
    )
    if len(kinds) > len(shown):
        st.caption(f"and {len(kinds) - len(shown):,} more")
