"""Runs a trained network in ONNX Runtime: faces in, seven probabilities out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, FACE_SIZE, NUM_CLASSES, check_faces
from fer_core.errors import RunError
from fer_core.runs.store import Run, default_run, get_run, why_no_model

BATCH_SIZE = 64  # faces a call of the network; bounds the memory of large inputs


class Classifier:
    """The network of a run with a `model.onnx`, with so many `threads` of ONNX Runtime a call.
    Threads may share it.

    Raises:
        RunError: the run has no model, or the model is damaged, has other inputs or
            outputs than every model here, or other classes.
    """

    def __init__(self, run: Run, threads: int = 1) -> None:
        self.run_id = run.run_id
        self._session = open_session(run, threads)
        self.stamp = run.model_stamp()
        _check(run, self._session)
        names = [output.name for output in self._session.get_outputs()]
        self.has_activations = names[1:2] == ["activations"]  # for class-activation maps
        self.has_features = names[2:3] == ["features"]  # for the map of faces

    def predict(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities, float32 (n, 7) in class order, of faces uint8 (n, 48, 48, 1), gray."""
        if not len(faces):
            check_faces(faces)
            return np.empty((0, NUM_CLASSES), dtype=np.float32)
        return self._run(["probabilities"], faces)[0]

    def features(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the last layer sees, pooled over the picture: float32 (n, c), of at least one face,
        uint8 (n, 48, 48, 1), gray.

        Raises:
            RunError: the network gives none (`has_features`).
        """
        self._need_features()
        return self._run(["features"], faces)[0]

    def read(self, faces: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`predict` and `features` of at least one face by one pass.

        Raises:
            RunError: the network gives no features (`has_features`).
        """
        self._need_features()
        scores, features = self._run(["probabilities", "features"], faces)
        return scores, features

    def activations(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """A map for each class, whose mean is its logit but for a constant: float32 (n, h, w, 7),
        in class order, of 1 to `BATCH_SIZE` faces, uint8 (n, 48, 48, 1), gray.

        Raises:
            ValueError: another shape or dtype, or the network gives none (`has_activations`).
        """
        check_faces(faces)
        if not self.has_activations:
            raise ValueError(f"The model of run '{self.run_id}' gives no activations.")
        maps = self._session.run(["activations"], {"faces": np.ascontiguousarray(faces)})[0]
        return np.asarray(maps, dtype=np.float32)

    def _need_features(self) -> None:
        if not self.has_features:
            raise RunError(
                f"The model of run '{self.run_id}' gives no features: its network does not end in "
                "global average pooling. Choose a run of `compact` or `tiny`."
            )

    def _run(self, outputs: list[str], faces: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Outputs of the network for one face or more, `BATCH_SIZE` a call."""
        check_faces(faces)
        parts = [
            self._session.run(
                outputs, {"faces": np.ascontiguousarray(faces[start : start + BATCH_SIZE])}
            )
            for start in range(0, len(faces), BATCH_SIZE)
        ]
        return [
            np.concatenate(found).astype(np.float32, copy=False)
            for found in zip(*parts, strict=True)
        ]


def served_run(run_id: str | None = None) -> Run:
    """The run of this name, or the app's own; raises `RunError` where there is none."""
    run = default_run() if run_id is None else get_run(run_id)
    if run is None:
        command = "python -m fer_core train --preset compact"
        raise RunError(
            "There is no trained model yet; runs on drawn faces do not count unless they are "
            f"named. Train one with `{command}`."
        )
    return run


def open_session(run: Run, threads: int) -> Any:
    """ONNX Runtime's session of a run's model, with so many threads a call; raises `RunError`."""
    import onnxruntime

    if not run.onnx_path.exists():
        raise RunError(why_no_model(run))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A waiting thread that spins takes the processor from training and other sessions.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            str(run.onnx_path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as exc:  # ONNX Runtime's own exceptions share no base class
        raise RunError(
            f"The model of run '{run.run_id}' is damaged: ONNX Runtime cannot load it. "
            "Export it again, or choose another run."
        ) from exc


def _check(run: Run, session: Any) -> None:
    if run.config.temporal is not None:
        raise RunError(
            f"Run '{run.run_id}' is a recurrent network over frames, not of single images. "
            f"Choose '{run.config.temporal.features_of[0]}', which it reads."
        )
    face = next((i for i in session.get_inputs() if i.name == "faces"), None)
    output = session.get_outputs()[0]
    if (
        face is None
        or len(session.get_inputs()) != 1
        or face.type != "tensor(uint8)"
        or list(face.shape[1:]) != [FACE_SIZE, FACE_SIZE, 1]
        or output.name != "probabilities"
        or output.shape[-1] != NUM_CLASSES
    ):
        raise RunError(
            f"The model of run '{run.run_id}' must take uint8 'faces' (n, 48, 48, 1) and give "
            "'probabilities' (n, 7) first. Export it with this version."
        )
    stored = session.get_modelmeta().custom_metadata_map.get("class_names")
    for names in (tuple(stored.split(",")) if stored else CLASS_NAMES, run.config.class_names):
        if tuple(names) != CLASS_NAMES:
            raise RunError(
                f"Run '{run.run_id}' knows other classes ({', '.join(names)}) than "
                f"{', '.join(CLASS_NAMES)}. Train it again with this version."
            )
