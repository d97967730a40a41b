"""Out-of-fold scores: each training image judged by a model that saw neither it nor a copy.

The training folder is dealt into folds; byte-identical images always fall into the same
one. For each fold a model is trained on the others and scores it, so the scores tell what
the rest of the data set makes of an image's label. A fold that is done is kept in the
cache folder: a run that was stopped continues where it was.

    python -m fer_core data label-quality --preset hog-svm --folds 5
"""

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core import formats, paths
from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.data.measures import copy_groups
from fer_core.errors import ConfigError, DataError
from fer_core.evaluation.calibration import fit_temperature_by_loss, rescale
from fer_core.files import write_file
from fer_core.models.classical.features import Features
from fer_core.models.classical.systems import CLASSIC, ClassicSystem
from fer_core.models.temporal import TEMPORAL
from fer_core.progress import StageProgress, of_stage, silent
from fer_core.training.targets import loss_weights

FEWEST_FOLDS = 2
MOST_FOLDS = 20


@dataclass(frozen=True)
class OutOfFold:
    """Scores of every training image by a model that was trained without it.

    `setting` is what was chosen on the way, as `C=0.003`; of networks, how long each was trained,
    as `12 epochs`.
    """

    fold: NDArray[np.int8]  # int8 (n,), from 0
    y_score: NDArray[np.float32]  # float32 (n, 7), probabilities in class order, calibrated
    setting: str

    def __post_init__(self) -> None:
        expected = (len(self.fold), NUM_CLASSES)
        if self.y_score.shape != expected:
            raise DataError(f"Scores must have the shape {expected}, got {self.y_score.shape}.")


def deal_folds(faces: Faces, folds: int, seed: int = 0) -> NDArray[np.int8]:
    """The fold of each image, int8 (n,), from 0, with the classes evenly spread over 2 to 20 folds.

    Copies share a fold; a group of identical images counts for the class of its first one.

    Raises:
        ConfigError: another number of folds.
        DataError: a class has fewer images than there are folds.
    """
    if not FEWEST_FOLDS <= folds <= MOST_FOLDS:
        raise ConfigError(f"{folds} folds are not possible. Use {FEWEST_FOLDS} to {MOST_FOLDS}.")
    fewest = int(np.bincount(faces.labels, minlength=NUM_CLASSES).min())
    if fewest < folds:
        raise DataError(
            f"The smallest class has {fewest} training images, too few for {folds} folds. "
            "Use fewer folds or add images."
        )
    # scikit-learn's StratifiedGroupKFold deals 27,000 groups in minutes; this takes no time.
    group = copy_groups(faces.images)
    first = np.unique(group, return_index=True)[1]
    sizes = np.bincount(group)
    rng = np.random.default_rng(seed)
    fold_of_group = np.empty(len(first), dtype=np.int8)
    for label in range(NUM_CLASSES):
        shuffled = rng.permutation(np.flatnonzero(faces.labels[first] == label))
        # The large groups first, so that the single images even out what they leave.
        dealt = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
        fold_of_group[dealt] = np.arange(len(dealt)) % folds
    return fold_of_group[group]


def out_of_fold(
    dataset: Dataset, config: TrainConfig, folds: int = 5, progress: StageProgress | None = None
) -> OutOfFold:
    """Scores every image of the training folder by models trained without it.

    `config` says what is trained, a classical system or a network. `validation` matters for
    networks alone: inside each fold it stops and calibrates the training. Test images are not
    used.

    Raises:
        ConfigError: the number of folds or the configuration is not possible.
        DataError: too few images of a class.
        TrainingError: as training says.
    """
    faces = dataset.train
    work = _work(dataset, config, folds, progress)
    if config.model in CLASSIC:
        raw, setting = _classic_scores(faces, work)
    else:
        raw, setting = _network_scores(dataset, work), formats.counted(config.epochs, "epoch")
    scores = rescale(raw, fit_temperature_by_loss(raw, faces.labels)).astype(np.float32)
    return OutOfFold(work.fold, scores, setting)


def fold_folder(dataset: Dataset, config: TrainConfig, folds: int) -> Path:
    """Where the folds that are done are kept, made where it is missing; raises as `deal_folds`."""
    return _work(dataset, config, folds).folder


def train_fold(
    dataset: Dataset,
    config: TrainConfig,
    folds: int,
    number: int,
    folder: Path,
    progress: StageProgress | None = None,
) -> None:
    """Trains the network of fold `number` (from 0) and keeps its scores in `folder`, that of
    `fold_folder`, for `out_of_fold`; what is done is not done again.
    """
    _fold_scores(dataset, _work(dataset, config, folds, progress, folder), number)


def _work(
    dataset: Dataset,
    config: TrainConfig,
    folds: int,
    progress: StageProgress | None = None,
    folder: Path | None = None,
) -> "_Work":
    """What is done, in the cache folder where none is given."""
    if config.model == TEMPORAL:
        raise ConfigError(f"'{TEMPORAL}' judges no single images. Use another preset, as compact.")
    if taught_by := config.learns_from():
        raise ConfigError(
            "The network of a fold learns from no other run, which has seen the images that the "
            f"fold holds out: omit {', '.join(taught_by)}. Set initial_run=null, teachers=[] or, "
            "where a phase names them, phases=[]."
        )
    report = progress or silent
    report("dealing folds", 0, 1)
    fold = deal_folds(dataset.train, folds, config.seed)
    if folder is None:
        # Without the defaults, so that a field added later does not change the key.
        text = config.model_dump_json(exclude_defaults=True)
        parts = "|".join((dataset.fingerprint, text, fold.tobytes().hex()))
        name = hashlib.sha256(parts.encode()).hexdigest()[:20]
        folder = paths.cache_dir() / "folds" / name
        folder.mkdir(parents=True, exist_ok=True)
    return _Work(config, fold, folds, folder, report)


@dataclass(frozen=True)
class _Work:
    config: TrainConfig
    fold: NDArray[np.int8]
    folds: int
    folder: Path
    progress: StageProgress = field(repr=False)

    def file(self, number: int) -> Path:
        """Scores of one fold that is done, in the order of its images."""
        return self.folder / f"fold-{number}.npy"


def _classic_scores(faces: Faces, work: _Work) -> tuple[NDArray[np.float64], str]:
    """Uncalibrated scores, and the setting that served best on the first fold."""
    system = CLASSIC[work.config.model]
    first = faces.labels[work.fold == 0]
    tried = []
    for value in system.learner.grid:
        file = work.folder / f"choice-{value:g}.npy"
        scores = _fit_and_score(system, faces, value, 0, file, work)
        tried.append((float((scores.argmax(axis=1) == first).mean()), value, scores))
    _, value, scores = max(tried, key=lambda entry: entry[0])
    result = np.empty((len(faces), NUM_CLASSES))
    result[work.fold == 0] = scores
    for number in range(1, work.folds):
        file = work.file(number)
        result[work.fold == number] = _fit_and_score(system, faces, value, number, file, work)
    # Many times as large as the images; the scores are all that is needed again.
    _features_file(work).unlink(missing_ok=True)
    return result, f"{system.learner.parameter}={value:g}"


def _features_file(work: _Work) -> Path:
    return work.folder / "features.npy"


def _features(system: ClassicSystem, faces: Faces, work: _Work) -> Features:
    """Features of all training images, mapped from the file where they are kept."""
    kept = _kept(_features_file(work))
    if kept is not None:
        return kept.astype(np.float32, copy=False)
    images = np.asarray(faces.images)
    features = system.features.extract(images, of_stage(work.progress, "features"))
    _keep(_features_file(work), features)
    return features


def _fit_and_score(
    system: ClassicSystem, faces: Faces, value: float, number: int, file: Path, work: _Work
) -> NDArray[np.float64]:
    """Scores of fold `number` by the system fitted to the others, kept in `file`."""
    kept = _kept(file)
    if kept is not None:
        return kept
    features = _features(system, faces, work)
    name = f"fold {number + 1} of {work.folds}, {system.learner.parameter} {value:g}"
    work.progress(name, 0, 1)
    others = np.flatnonzero(work.fold != number)
    known = faces.take(others)
    weights = dict(enumerate(loss_weights(known, work.config).tolist()))
    estimator = system.learner.unfitted(value, class_weight=weights, random_state=work.config.seed)
    progress = of_stage(work.progress, name)
    system.learner.fit(estimator, features[others], known.labels, progress)
    scores = system.learner.probabilities(estimator, features[work.fold == number])
    _keep(file, scores)
    return scores


def _network_scores(dataset: Dataset, work: _Work) -> NDArray[np.float64]:
    """Scores by a network a fold, each trained by the ordinary trainer in a folder of its own."""
    result = np.empty((len(dataset.train), NUM_CLASSES))
    for number in range(work.folds):
        result[work.fold == number] = _fold_scores(dataset, work, number)
    return result


def _fold_scores(dataset: Dataset, work: _Work, number: int) -> NDArray[np.float64]:
    scores = _kept(work.file(number))
    if scores is None:
        scores = _train_network(dataset, work, number)
        _keep(work.file(number), scores)
    # Gone only when its scores are kept, whenever this process is killed.
    shutil.rmtree(work.folder / _run_id(number), ignore_errors=True)
    return scores


def _train_network(dataset: Dataset, work: _Work, number: int) -> NDArray[np.float64]:
    """Probabilities of fold `number`, which stands where the test images stand otherwise."""
    from fer_core.export.finish import finish
    from fer_core.runs.store import get_run
    from fer_core.training import loop
    from fer_core.training.create import create_run, resume_run

    parts = Dataset(
        train=dataset.train.take(np.flatnonzero(work.fold != number)),
        test=dataset.train.take(np.flatnonzero(work.fold == number)),
        fingerprint=f"{dataset.fingerprint[:32]}-fold-{number}-of-{work.folds}",
        synthetic=dataset.synthetic,
        skipped=(),
    )
    run_id = _run_id(number)
    if not (work.folder / run_id / "config.json").exists():
        run = create_run(work.config, parts, run_id, work.folder)
    else:
        run = get_run(run_id, work.folder)
    if run.config.finished is None:
        pretrained = loop.first_weights(run)
        resumed = resume_run(run_id, parts, work.folder)
        loop.train(resumed, parts, _Steps(work, number), pretrained=pretrained)
        finish(run, parts)
    test = run.predictions().subset("test")
    return test.y_score.astype(np.float64)


def _run_id(number: int) -> str:
    return f"fold-{number}"


class _Steps:
    """Observer of the trainer: an epoch after the other, as steps of the fold."""

    def __init__(self, work: _Work, number: int) -> None:
        self._work = work
        self._name = f"fold {number + 1} of {work.folds}"

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        done = (epoch - 1) * steps + step
        self._work.progress(self._name, done, self._work.config.epochs * steps)

    def on_epoch(self, row: dict[str, float]) -> None: ...


def _kept(path: Path) -> NDArray[np.float64] | None:
    """What `_keep` wrote; None where there is none or it is damaged."""
    try:
        kept: NDArray[np.float64] = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return kept


def _keep(path: Path, values: NDArray[np.floating]) -> None:
    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.save(file, values)

    write_file(path, write)
