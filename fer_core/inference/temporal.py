"""A recurrent network over the frames of a face, one frame a step, in ONNX Runtime.

    model = load_temporal(run.folder)
    state = model.initial(1)
    probabilities, state = model.step(features, state, seconds)

It reads the features of another run's network (`features_of`), is causal, and answers for many
faces at once, each with a state of its own.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.errors import RunError
from fer_core.inference.classifier import open_session
from fer_core.runs.records import Place, TemporalFacts
from fer_core.runs.store import Run, get_run, list_runs

FIRST_SECONDS = 1.0
"""What stands for the seconds before a face's first frame; longer ones count as this many."""

INPUTS = ("features", "state", "seconds")
OUTPUTS = ("probabilities", "next_state")


class TemporalModel:
    """The recurrent network of a run. Threads may share it.

    Attributes:
        features_of: runs whose features it reads.
        default_in: where it smooths better than exponential smoothing, by validation clips.
        unsure_below: probability below which a face gets no answer, 0-1.

    Raises:
        RunError: the run has no such model, or the model is damaged or has other inputs or outputs.
    """

    def __init__(self, run: Run) -> None:
        facts = run.config.temporal
        if facts is None:
            raise RunError(
                f"Run '{run.run_id}' is no recurrent network over the frames of a face. Train one: "
                "python -m fer_core train --preset temporal --run-id mine"
            )
        self.run_id = run.run_id
        self.features_of = facts.features_of
        self.default_in: tuple[Place, ...] = facts.default_in
        self.unsure_below = run.config.abstain_below or 0.0
        self._session = open_session(run, threads=1)
        self.stamp = run.model_stamp()
        inputs = {item.name: item.shape for item in self._session.get_inputs()}
        outputs = {item.name: item.shape for item in self._session.get_outputs()}
        if (
            tuple(inputs) != INPUTS
            or tuple(outputs) != OUTPUTS
            or outputs["probabilities"][-1] != NUM_CLASSES
            or run.config.class_names != CLASS_NAMES
        ):
            raise RunError(
                f"The model of run '{run.run_id}' must take {', '.join(INPUTS)} and give "
                f"{', '.join(OUTPUTS)}. Train it again with this version."
            )
        self.features: int = inputs["features"][-1]
        self._state: int = inputs["state"][-1]

    def initial(self, faces: int) -> NDArray[np.float32]:
        """The state of so many faces before their first frame, float32 (n, h)."""
        return np.zeros((faces, self._state), np.float32)

    def step(
        self,
        features: NDArray[np.float32],
        state: NDArray[np.float32],
        seconds: NDArray[np.floating[Any]],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The next frame of n faces.

        Args:
            features: float32 (n, c), as `Classifier.read` gives them.
            state: float32 (n, h), `initial` or what the step before gave.
            seconds: (n,), since each face's frame before; `FIRST_SECONDS` at its first.

        Returns:
            Probabilities, float32 (n, 7) in class order, and the next state.
        """
        if features.ndim != 2 or features.shape[1] != self.features:
            raise ValueError(f"Features must be (n, {self.features}), got {features.shape}.")
        passed = np.asarray(seconds, np.float32).reshape(-1, 1)
        given = dict(zip(INPUTS, (features, state, passed), strict=True))
        scores, after = self._session.run(list(OUTPUTS), given)
        return scores, after

    def follow(
        self, features: NDArray[np.float32], elapsed: NDArray[np.floating[Any]]
    ) -> NDArray[np.float32]:
        """All frames of n faces, from the first on.

        Args:
            features: float32 (n, t, c).
            elapsed: (n, t), seconds since each face's frame before.

        Returns:
            Float32 (n, t, 7).
        """
        state = self.initial(len(features))
        answers = []
        for frame in range(features.shape[1]):
            scores, state = self.step(features[:, frame], state, elapsed[:, frame])
            answers.append(scores)
        return np.stack(answers, axis=1)


def load_temporal(folder: Path) -> TemporalModel:
    """The recurrent network in a run folder; raises `RunError` where it is none."""
    return TemporalModel(get_run(folder.name, folder.parent))


def find_temporal(network: str, root: Path | None = None) -> Run | None:
    """The latest recurrent network over the features of the run named `network` that is better than
    exponential smoothing somewhere, or else the latest; None without one.

    Raises:
        RunError: there is no such run.
    """
    source, latest = get_run(network, root), None
    for run in list_runs(root):
        facts = run.config.temporal
        if facts is None or not run.onnx_path.exists() or not _reads(facts, source):
            continue
        if facts.default_in:
            return run
        latest = latest or run
    return latest


def network_of(run: Run) -> Run:
    """The run beside a recurrent network's whose features it was trained on.

    Raises:
        RunError: there is no such run, or it holds another network by now.
    """
    facts = run.config.temporal
    assert facts is not None
    source = get_run(facts.features_of[0], run.folder.parent)
    if not _reads(facts, source):
        raise RunError(
            f"Run '{run.run_id}' was trained on another network than run '{source.run_id}' holds "
            "now. Train it again under another name."
        )
    return source


def _reads(facts: TemporalFacts, source: Run) -> bool:
    """Whether the features are those of `source`'s network, and not of another of its name."""
    if source.run_id not in facts.features_of:
        return False
    return facts.stamps.get(source.run_id) in (None, source.model_stamp())
