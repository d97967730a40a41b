"""Upload: what does it see in this face?"""

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.inference.results import FacePrediction, to_frame, to_json
from fer_core.labels import CLASS_NAMES
from fer_core.runs.store import Run
from views.ui import cached, choices, faces, frame, handover, pictures
from views.ui.pictures import Picture, Reading

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
DEFAULT_THRESHOLD = 0.6


def choose_pictures() -> list[Picture]:
    """The drop zone, the camera and the samples: what the visitor gave, in that order."""
    uploads = st.file_uploader(
        f"Pictures, up to {pictures.MAX_PICTURES} at a time",
        TYPES,
        accept_multiple_files=True,
        key="uploads",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        samples = st.pills(
            "Or try a sample",
            pictures.SAMPLES,
            selection_mode="multi",
            key="sample",
            bind="query-params",
        )
        camera = st.toggle("Use the camera", key="camera")
    st.caption(
        "Pictures are read in memory and forgotten when you close the page; "
        "nothing is written to disk."
    )
    shot = st.camera_input("Take a picture", key="shot", width=420) if camera else None
    chosen = [Picture(file.file_id, file.name, file.getvalue) for file in uploads]
    if shot is not None:
        chosen.append(Picture(shot.file_id, "Camera picture", shot.getvalue))
    chosen += handover.offer()
    chosen += [pictures.sample(name) for name in samples]
    if len(chosen) > pictures.MAX_PICTURES:
        left_out = len(chosen) - pictures.MAX_PICTURES
        st.warning(
            f"{pictures.MAX_PICTURES} pictures are read at a time; the last {left_out} of yours "
            "were left out. Remove some to read the others."
        )
    return chosen[: pictures.MAX_PICTURES]


def show_detector(predictor: "Predictor") -> None:
    """Names the face detector; offers another attempt where it is the fallback."""
    detector = predictor.detector
    if not detector.note:
        st.caption(f"Face detector: {detector.name}.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Face detector: {detector.name}. {detector.note}", width="stretch")
        if st.button("Try again", key="retry-detector", help="Fetch the better detector again"):
            from fer_core.inference.faces import load_detector

            with st.spinner("Fetching the face detector, at most 5 seconds"):
                load_detector(retry=True)
            st.rerun()


def show_downloads(readings: list[Reading]) -> None:
    results = [reading.result for reading in readings]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{pictures.summary(readings)}**", width="stretch")
        st.download_button(
            "Download CSV",
            to_frame(results).to_csv(index=False).encode(),
            "faces.csv",
            "text/csv",
            on_click="ignore",
        )
        st.download_button(
            "Download JSON",
            to_json(results).encode(),
            "faces.json",
            "application/json",
            on_click="ignore",
        )


@st.fragment
def show_reading(reading: Reading, run: Run) -> None:
    """One picture: with boxes at the left, the chosen face and its seven bars at the right."""
    picture, result = reading.picture, reading.result
    if result.error is not None or reading.preview is None:
        st.error(pictures.plain(result.error or "The picture could not be read."))
        return
    with st.container(border=True):
        st.subheader(pictures.plain(picture.name), anchor=False)
        left, right = st.columns([4, 5], gap="medium")
        with left:
            st.image(reading.preview, alt=picture_alt(reading), width="content")
        with right:
            if result.faces:
                index = choose_face(picture, result.faces)
                show_face(reading, index, run)
                if picture.data is None:
                    st.caption(
                        f"Drawn as {CLASS_NAMES[index]}. A drawing says nothing about how well "
                        "the model reads photographs."
                    )
            else:
                show_no_face(picture)


def picture_alt(reading: Reading) -> str:
    found = [face.label for face in reading.result.faces]
    if not found:
        return f"{reading.picture.name}, no face found"
    boxed = "boxes around" if reading.result.faces[0].box is not None else "read as"
    return f"{reading.picture.name}, {boxed} {len(found)} faces: {', '.join(found)}".replace(
        "1 faces", "1 face"
    )


def choose_face(picture: Picture, found: tuple[FacePrediction, ...]) -> int:
    """Index of the face to show; asks only where there are several."""
    if len(found) == 1:
        return 0
    index = st.pills(
        "Face" if found[0].box is None else "Face, the largest first",
        range(len(found)),
        default=0,
        required=True,
        format_func=lambda index: f"{index + 1} {found[index].label}",
        key=f"face-{picture.key}",
        wrap=True,
    )
    return min(index or 0, len(found) - 1)


def show_face(reading: Reading, index: int, run: Run) -> None:
    picture, face = reading.picture, reading.result.faces[index]
    st.markdown(f"Looks most **{face.label}**, {frame.percent(face.confidence)}")
    pixels, bars = st.columns([2, 4], gap="medium")
    with pixels:
        faces.face(
            face.face,
            caption="As the model sees it, 48×48",
            alt=f"The face cut out of {picture.name}, gray, 48 by 48 pixels",
        )
    with bars:
        faces.emotion_bars(face.probabilities)
    if face.box is not None and reading.result.detector == "YuNet":  # Haar gives no confidence
        found = f"The detector is {frame.percent(face.box.confidence)} sure of this face. "
    elif face.box is None and picture.data is not None:
        found = "The whole picture was read as one face. "
    else:
        found = ""
    st.caption(f"{found}Model: {frame.run_name(run)}.")


def show_no_face(picture: Picture) -> None:
    st.markdown("**No face found.**")
    st.write(
        "The detector saw no face that it was sure enough of. Lower the detection threshold, "
        "or read the whole picture as one face if it shows little else."
    )
    if st.button("Read the whole picture as a face", key=f"whole-{picture.key}"):
        st.session_state.setdefault("whole", set()).add(picture.key)
        st.rerun()


frame.page_header("Upload", "What does it see in this face?")

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

model_column, threshold_column = st.columns(2, gap="medium")
with model_column:
    run = choices.choose_model(with_model, cached.default_run())
with threshold_column:
    threshold = st.slider(
        "Detection threshold",
        min_value=0.3,
        max_value=0.95,
        value=DEFAULT_THRESHOLD,
        step=0.05,
        key="threshold",
        bind="query-params",
        help="Faces that the detector is less sure of are left out.",
    )
chosen = choose_pictures()

if chosen:
    with frame.error_box():
        with st.spinner("Loading the model"):
            predictor = cached.predictor(run)
        bar = st.empty()
        readings = pictures.read_all(
            chosen,
            predictor,
            min_confidence=threshold,
            whole=st.session_state.get("whole", set()),
            progress=lambda done, total: bar.progress(
                done / total, f"Reading picture {done + 1} of {total}"
            ),
        )
        bar.empty()
        show_downloads(readings)
        for reading in readings:
            show_reading(reading, run)
        show_detector(predictor)

frame.footer()
