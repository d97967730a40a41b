"""A user's own clips: a folder with one folder a class and a video of one person in each file.

    train/happy/anna-1.mp4, train/happy/ben-2.mov, train/sad/anna-3.mp4 ...

Frames are read and faces found as for any video; of each frame the largest face is taken. What
cannot be read is named with a sentence, and the rest goes on.
"""

import hashlib
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.data.layout import refuse_parts
from fer_core.errors import DataError, RunError, VideoError
from fer_core.evaluation.temporal.course import Course
from fer_core.files import write_file
from fer_core.formats import counted
from fer_core.inference import file_types
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import load_detector
from fer_core.inference.file_types import FileKind
from fer_core.inference.pictures.labelled import class_of
from fer_core.inference.predictor import Predictor
from fer_core.inference.video.file import VideoLimits
from fer_core.inference.video.reader import VideoSettings, read_video
from fer_core.progress import Progress, StageProgress
from fer_core.runs.store import Run
from fer_core.temporal.features import SeenClip

RATE = 15.0
"""Frames a second that are read; every frame where a video has fewer."""
MOST_SECONDS = 120.0
"""Of each video from its start."""
FEWEST_FRAMES = 5
"""With a face, for a clip to say anything."""
KEPT_FILE = "clips.npz"
_HELD_OUT = 0.2
"""Share of a class's clips for validation, and as many for test; at least one each."""
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class LabelledVideo:
    """A video file, its path below the folder and the index of its class."""

    path: Path
    name: str
    label: int


@dataclass
class FolderClips:
    """The clips of a folder as a network sees them.

    Attributes:
        clips: one a video, of one class throughout.
        names: of their files.
        problems: a sentence for each file or folder that was left out.
    """

    clips: list[SeenClip] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def labels(self) -> NDArray[np.int8]:
        """Int8 (n,): the class of each clip."""
        return np.array([clip.course.labels[0] for clip in self.clips], np.int8)


def find_videos(folder: Path) -> tuple[list[LabelledVideo], list[str]]:
    """The videos in folders named as classes, and a sentence on each kind of file left out.

    Raises:
        DataError: there is no such folder, or no video in a folder named as a class.
    """
    if not folder.is_dir():
        problem = "is no folder" if folder.exists() else "does not exist"
        raise DataError(f"{folder} {problem}. Name a folder with one folder of videos a class.")
    videos: list[LabelledVideo] = []
    unknown, others, above = Counter[str](), [], set[str]()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = PurePosixPath(path.relative_to(folder))
        name = file_types.printable_path(relative)
        if file_types.is_hidden(name):
            continue
        labels = [class_of(part) for part in relative.parts[:-1]]
        label = next((found for found in reversed(labels) if found is not None), None)
        if file_types.kind_of_file(path) is not FileKind.VIDEO:
            others.append(name)
        elif label is None:
            unknown[relative.parts[-2] if len(relative.parts) > 1 else "no folder"] += 1
        else:
            videos.append(LabelledVideo(path, name, label))
            above |= {*relative.parts[:-1]}
    refuse_parts(str(folder), above)
    told = []
    if unknown:
        parts = ", ".join(f"{name} ({counted(n, 'video')})" for name, n in unknown.items())
        told.append(f"Left out, as the folder names none of the seven classes: {parts}.")
    if others:
        listed = file_types.listed(others)
        told.append(f"Left out, as no videos: {counted(len(others), 'file')} ({listed}).")
    if not videos:
        raise DataError(
            f"{folder} has no video in a folder named as a class. Make one folder a class: "
            f"{', '.join(CLASS_NAMES)}. {' '.join(told)}".strip()
        )
    return videos, told


def see_folder(folder: Path, network: Run, progress: Progress) -> FolderClips:
    """Every video of the folder, as the network of a run sees it; `progress` is called before each.

    Raises:
        DataError: as `find_videos`, or no video has a face.
    """
    videos, told = find_videos(folder)
    classifier = Classifier(network)
    predictor = Predictor(classifier, load_detector())
    found = FolderClips(problems=told)
    for done, video in enumerate(videos):
        progress(done, len(videos))
        try:
            clip = _see(video, predictor)
        except VideoError as exc:
            found.problems.append(str(exc))
            continue
        if clip is None:
            found.problems.append(
                f"{video.name} was left out: a face was found in fewer than {FEWEST_FRAMES} frames."
            )
            continue
        found.clips.append(clip)
        found.names.append(video.name)
    progress(len(videos), len(videos))
    if not found.clips:
        raise DataError(
            f"None of the {counted(len(videos), 'video')} in {folder} could be used. "
            f"{' '.join(found.problems[:5])}"
        )
    return found


def _see(video: LabelledVideo, predictor: Predictor) -> SeenClip | None:
    """One video; None where it shows too few faces."""
    settings = VideoSettings(rate=RATE, half_life=0.0, max_faces=1)
    limits = VideoLimits(seconds=MOST_SECONDS)
    crops, times = [], []
    for sample in read_video(video.path, video.name, predictor, settings, limits=limits):
        if sample.result.faces:
            crops.append(sample.result.faces[0].face)
            times.append(sample.result.seconds or 0.0)
    if len(crops) < FEWEST_FRAMES:
        return None
    scores, features = predictor.classifier.read(np.stack(crops)[..., None])
    return SeenClip(Course.of_one_class(video.label, np.array(times)), features, scores)


def split_clips(labels: NDArray[np.int8], seed: int) -> tuple[NDArray[np.intp], list[str]]:
    """The part of each clip, index into `train`, `validation`, `test`, drawn class by class, and a
    sentence for each class that has too few clips to be in all of them.
    """
    rng = np.random.default_rng(seed)
    part = np.zeros(len(labels), np.intp)
    told = []
    for label in range(NUM_CLASSES):
        rows = rng.permutation(np.flatnonzero(labels == label))
        if not len(rows):
            told.append(f"There is no clip of {CLASS_NAMES[label]}.")
            continue
        held_out = max(1, round(_HELD_OUT * len(rows)))
        if len(rows) < 3:
            spared = "the validation and test" if len(rows) == 1 else "the test"
            told.append(
                f"{CLASS_NAMES[label]} has {counted(len(rows), 'clip')}: {spared} part has none of "
                "it. Three or more are needed."
            )
        part[rows[1 : 1 + held_out]] = 1
        part[rows[1 + held_out : 1 + 2 * held_out]] = 2
    return part, told


def to_keep(found: FolderClips, part: NDArray[np.intp]) -> dict[str, NDArray[np.generic]]:
    """What a run keeps of the clips until it is done: what the network saw, and no pictures."""
    return {
        "lengths": np.array([len(clip.scores) for clip in found.clips]),
        "part": part,
        "labels": found.labels,
        "elapsed": np.concatenate([clip.course.elapsed for clip in found.clips]),
        "features": np.concatenate([clip.features for clip in found.clips]),
        "scores": np.concatenate([clip.scores for clip in found.clips]),
    }


def fingerprint_of(kept: dict[str, NDArray[np.generic]]) -> str:
    """Tells these clips from all others."""
    return hashlib.sha256(b"".join(array.tobytes() for array in kept.values())).hexdigest()


def keep_clips(run_folder: Path, kept: dict[str, NDArray[np.generic]]) -> None:
    """Writes the clips into a run's folder."""
    write_file(run_folder / KEPT_FILE, lambda path: np.savez(path, **kept))  # type: ignore[arg-type]


@dataclass(frozen=True)
class KeptClips:
    """A `See`: a user's own clips, as a run keeps them until it is done."""

    run: Run

    @property
    def networks(self) -> tuple[str, ...]:
        return (str(self.run.config.train.features_of),)

    def __call__(self, part: str, network: str, progress: StageProgress) -> list[SeenClip]:
        try:
            with np.load(self.run.folder / KEPT_FILE, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, EOFError, ValueError, zipfile.BadZipFile) as exc:
            raise RunError(
                f"The clips of run '{self.run.run_id}' are damaged. Start a new run."
            ) from exc
        clips, end = [], 0
        for length, at, label in zip(
            arrays["lengths"].tolist(), arrays["part"].tolist(), arrays["labels"], strict=True
        ):
            start, end = end, end + length
            if _PARTS[at] != part:
                continue
            passed = arrays["elapsed"][start:end]
            course = Course.of_one_class(int(label), np.cumsum(passed, dtype=np.float64))
            clips.append(
                SeenClip(course, arrays["features"][start:end], arrays["scores"][start:end])
            )
        return clips
