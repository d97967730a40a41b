"""Images of the data set as buttons; one that is chosen opens with all that is known of it:
where it stands, what annotators and runs say, and its copies.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import ANSWERS
from fer_core.evaluation.error_analysis import score_table
from fer_core.images import png_url
from fer_core.quality.audit_report import Finding
from fer_core.reference.images import FINGERPRINT, ferplus_majority
from pages.parts.dataset import kept
from pages.parts.shared import cached, faces, frame, tables

_COPIES_SHOWN = 12


def show(dataset: Dataset, paths: list[str], captions: Iterable[str], *, key: str) -> None:
    """Draws those images of `paths` (as `test/happy/im0.png`) that are there, in rows that wrap
    with the window; each is a button, so mouse, touch and keyboard reach it alike.
    """
    pixels = pixels_of(dataset, paths)
    kind = "Drawn face" if dataset.synthetic else "Face"
    chosen = None
    with st.container(horizontal=True, key=f"gallery-{key}"):
        there = [pair for pair in zip(paths, captions, strict=True) if pair[0] in pixels]
        for number, (path, words) in enumerate(there):
            picture = f"![{_plain(f'{kind} {path}')}]({png_url(pixels[path])})"
            if st.button(f"{picture} {_plain(words)}", key=f"{key}-{number}", wrap=True):
                chosen = path
    if chosen is not None:
        _open(dataset, chosen)


def caption(path: str) -> str:
    """`test/happy/im0.png` as `happy test im0.png`."""
    split, label, name = path.split("/")
    return f"{label} {split} {name}"


def _plain(text: str) -> str:
    """`text` without what Markdown would read as something else."""
    return "".join(character for character in text if character not in "[]*`$<>\\")


@st.dialog("Image", width="medium")
def _open(dataset: Dataset, path: str) -> None:
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
        label = int(ferplus_majority(pd.Series([path]).to_numpy(dtype=str))[0])
        if not path.startswith("test/"):
            st.caption("FER+ votes of training images need the votes' file (FER_FERPLUS).")
        elif label < 0:
            st.caption("FER+ has no majority for one of the seven classes.")
        else:
            st.markdown(f"FER+ majority: {CLASS_NAMES[label]}.")
        return
    rows = (votes.paths == path).nonzero()[0]
    if not len(rows):
        st.caption("FER+ has no votes for this image.")
        return
    counts = votes.counts[rows[0]]
    given = [(int(count), name) for name, count in zip(ANSWERS, counts, strict=True) if count]
    words = [
        f"{'not a face' if name == 'NF' else name} {count}"
        for count, name in sorted(given, reverse=True)
    ]
    st.markdown(f"FER+ votes of {int(counts.sum())} annotators: {', '.join(words)}.")


def _predictions(dataset: Dataset, path: str) -> None:
    """The answer of every run that was made with these images."""
    rows = []
    for run in cached.runs():
        if run.config.data_fingerprint != dataset.fingerprint or not run.has_predictions():
            continue
        with frame.error_box():
            predictions = cached.predictions(run)
            for row in score_table(predictions.where(predictions.path == path)).to_dict("records"):
                rows.append(
                    {
                        "run": frame.run_name(run),
                        "predicted": row["predicted"],
                        # Rounded, as a screen reader and the clipboard get every digit.
                        "confidence": round(100 * row["confidence"], 1),
                        "p_label": round(100 * row[row["true"]], 1),
                        "right": "yes" if row["predicted"] == row["true"] else "no",
                    }
                )
    st.markdown("**What the runs say**")
    if not rows:
        st.caption("No run predicted this image: those that are here were trained on it.")
        return
    tables.grid(
        pd.DataFrame(rows),
        {
            "run": "run",
            "confidence": tables.percent("confidence"),
            "p_label": tables.percent("probability of the label"),
            "right": "as labelled",
        },
        key="image-predictions",
        alt=f"Predictions of {len(rows)} runs for {path}",
        height="content",
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
