"""Dataset: what is in it, and what is wrong with it?"""

import pandas as pd
import streamlit as st

from fer_core import paths
from fer_core.data import fer2013
from fer_core.data.copies import Copies, count_copies, published_copies
from fer_core.data.kaggle import DATASET_URL
from fer_core.data.samples import Part, pick
from fer_core.data.summary import PARTS, class_table
from fer_core.evaluation.balance import imbalance, published_class_table
from fer_core.labels import CLASS_INDEX, CLASS_NAMES
from views.ui import bars, cached, faces, frame, install

ALL_CLASSES = "all classes"
SAMPLES_SHOWN = 21
COLUMNS = {
    "class": st.column_config.TextColumn("Class", pinned=True),
    **{
        part: st.column_config.NumberColumn(part.capitalize(), format="localized") for part in PARTS
    },
    "public_test": st.column_config.NumberColumn("PublicTest", format="localized"),
    "private_test": st.column_config.NumberColumn("PrivateTest", format="localized"),
    **{
        f"{part}_share": st.column_config.NumberColumn(
            f"{part.capitalize()} share", format="percent"
        )
        for part in PARTS
    },
    "weight": st.column_config.NumberColumn(
        "Class weight",
        format="%.3f",
        help="Images in train over seven times the images of the class.",
    ),
}


@st.cache_resource(show_spinner=False)
def prepared() -> set[str]:
    """Data folders whose images this process has decoded."""
    return set()


def load_dataset() -> fer2013.Dataset | None:
    """The data set with progress while its images are decoded; None where it cannot be read."""
    folder = str(paths.data_dir())
    with frame.error_box():
        if folder not in prepared():
            bar = st.empty()
            fer2013.load(
                progress=lambda done, total: bar.progress(
                    done / total, f"Decoding images, {done:,} of {total:,}; once on a machine"
                )
            )
            bar.empty()
            prepared().add(folder)
        return cached.dataset()
    return None


@st.cache_data(show_spinner=False, max_entries=4)
def table_of(fingerprint: str, _dataset: fer2013.Dataset) -> pd.DataFrame:
    return class_table(_dataset)


@st.cache_data(show_spinner=False, max_entries=4)
def copies_of(fingerprint: str, _dataset: fer2013.Dataset) -> Copies:
    return count_copies(_dataset)


def show_copies(copies: Copies, where: str) -> None:
    """What byte-identical images do to the figures of this data set."""
    st.subheader("What is wrong with it", anchor=False)
    st.markdown(f"""
- **Copies.** {copies.groups:,} groups of byte-identical images, {copies.copied_images:,} images.
- **Copies across the split.** {copies.leaking_groups:,} of the groups stand in both train and
  test: {copies.leaked_test_images:,} test images can be seen in training, which flatters
  accuracy.
- **An optimistic validation.** {copies.leaked_validation_images:,} validation images have an
  identical copy in the part that is trained on.
- **Contradicting labels.** {copies.conflicting_groups:,} groups of identical images carry
  different labels.
""")
    st.caption(f"Counted by comparing the bytes of all {copies.images:,} images {where}.")


def show_balance(table: pd.DataFrame, shares: bool) -> None:
    """The bars of each part side by side, in class order with their values at the ends."""
    for column, part in zip(st.columns(3, gap="medium"), PARTS, strict=True):
        counts, parts = table[part].map(frame.count), table[f"{part}_share"].map(frame.percent)
        most, least, ratio = imbalance(table, part)
        with column:
            bars.class_bars(
                (table[part] / table[part].max()).tolist(),
                parts if shares else counts,
                caption=f"{part.capitalize()}, {table[part].sum():,} images",
                note=f"{ratio:.1f} {most} for each {least}" if ratio > 1 else "all classes alike",
                hints=counts + " images, " + parts,
            )


@st.fragment
def show_table(table: pd.DataFrame) -> None:
    """Every figure, put together only when somebody opens the box."""
    box = st.expander(
        "Counts, shares and class weights as a table", key="balance-table", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        st.dataframe(
            table,
            hide_index=True,
            column_config=COLUMNS,
            column_order=[name for name in COLUMNS if name in table],
            alt="Counts, shares and class weights of the seven classes",
        )
        st.download_button(
            "Download CSV",
            table.to_csv(index=False).encode(),
            "class_balance.csv",
            "text/csv",
            on_click="ignore",
        )


def other_samples() -> None:
    st.session_state["seed"] = int(st.session_state.get("seed", 0)) + 1


@st.fragment
def show_samples(dataset: fer2013.Dataset) -> None:
    st.subheader("Samples (drawn faces)" if dataset.synthetic else "Samples", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        part = st.segmented_control(
            "Part",
            [part.value for part in Part],
            default=Part.TRAIN.value,
            required=True,
            key="part",
            bind="query-params",
        )
        name = st.selectbox(
            "Class", [ALL_CLASSES, *CLASS_NAMES], key="class", bind="query-params", width=170
        )
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=10**6,
            step=1,
            key="seed",
            bind="query-params",
            width=130,
            help="The same seed shows the same samples.",
        )
        st.button("Other samples", on_click=other_samples)
    picked = pick(dataset, Part(part), SAMPLES_SHOWN, label=CLASS_INDEX.get(name), seed=int(seed))
    labels = [CLASS_NAMES[label] for label in picked.labels]
    faces.sample_grid(
        picked.images,
        labels,
        [
            f"{'Drawn' if dataset.synthetic else 'Sample'} face labelled {label}, {path}"
            for label, path in zip(labels, picked.paths, strict=True)
        ],
    )


def show_missing() -> None:
    """Why there are no pictures, and the ways to get them."""
    with st.container(border=True):
        st.subheader("The images are not on this machine", anchor=False)
        st.write(
            f"The figures above are the published counts. The images come from "
            f"[Kaggle]({DATASET_URL}), 64 MB, without an account."
        )
        show_installer()
        if install.local_paths_allowed() and not install.installer().running:
            path = st.text_input(
                "Or a ZIP or folder on this computer",
                key="local-path",
                placeholder="/home/me/Downloads/archive.zip",
            )
            if st.button("Use it", disabled=not path):
                with frame.error_box():
                    install.installer().start(install.from_path(path))
                    st.rerun()


def show_progress() -> None:
    """How far the attempt is that somebody has started; ends in a rerun of the page."""
    job = install.installer()
    if not job.running:
        st.rerun()
    what, done, total = job.step
    st.progress(job.fraction, f"{what}: {done:,} of {total:,}" if total else what)
    st.button("Cancel", on_click=job.cancel)


def show_installer() -> None:
    """The button, or the progress of the attempt that somebody has started."""
    job = install.installer()
    if job.running:
        st.fragment(show_progress, run_every=0.5)()
        return
    if job.message:
        st.error(job.message)
    if st.button("Download data set"):
        job.start(install.from_kaggle)
        st.rerun()


frame.page_header("Dataset", "What is in it, and what is wrong with it?")

dataset = load_dataset() if cached.has_data() else None
table = published_class_table() if dataset is None else table_of(dataset.fingerprint, dataset)
if dataset is not None and dataset.synthetic:
    st.info("This is a synthetic data set: drawn faces for trying the pipeline, no photographs.")

unit = st.segmented_control(
    "Show",
    ["counts", "shares"],
    default="counts",
    required=True,
    key="unit",
    bind="query-params",
)
show_balance(table, shares=unit == "shares")
show_table(table)

if dataset is None:
    show_missing()
else:
    show_samples(dataset)
    if dataset.skipped:
        with st.expander(f"{len(dataset.skipped)} files were passed over"):
            st.dataframe(pd.DataFrame(dataset.skipped, columns=["file", "reason"]), hide_index=True)
if dataset is None:
    show_copies(published_copies(), "of the published data set")
elif not dataset.synthetic:
    show_copies(copies_of(dataset.fingerprint, dataset), "on this machine")

frame.footer()
