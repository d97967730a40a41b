"""Reads a video for `predict`: a result a sample, an annotated copy, and at the end what was not
seen.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fer_core.cli.predict_annotated import AnnotatedFolder
from fer_core.formats import count

if TYPE_CHECKING:
    from fer_core.inference.predictor import ImageResult, Predictor
    from fer_core.inference.sources import Input
    from fer_core.inference.video.reader import VideoSettings


def read_video_file(
    source: "Input",
    predictor: "Predictor",
    settings: "VideoSettings",
    folder: AnnotatedFolder | None,
    at: Callable[[float, float | None], None],
    say: Callable[[str], None],
) -> Iterator["ImageResult"]:
    """Results of a video's samples. `at` is called with the seconds read and those in all, where
    known; `say` with a sentence; an annotated copy goes into `folder`.

    Raises:
        ImageError, VideoError: it cannot be read, or not to its end; results before that are good.
    """
    from fer_core.inference.video.file import VideoLimits
    from fer_core.inference.video.reader import read_video

    seen = _Seen()
    kept = folder.video(source.stem, settings.rate) if folder else None
    try:
        with kept or nullcontext() as frames:
            video = source.path or source.read()
            for sample in read_video(video, source.name, predictor, settings, limits=VideoLimits()):
                at(sample.result.seconds or 0.0, sample.duration)
                seen.add(sample.result)
                if frames is not None:
                    frames.add(sample.frame_bgr, sample.result)
                yield sample.result
    finally:
        for sentence in seen.sentences(source.name, settings.max_faces):
            say(sentence)


@dataclass
class _Seen:
    """Counts of a video's samples."""

    samples: int = 0
    without_face: int = 0
    capped: int = 0  # samples with more faces than were read
    most: int = 0  # faces in one sample

    def add(self, result: "ImageResult") -> None:
        self.samples += 1
        self.without_face += not result.faces and not result.left_out
        self.capped += result.left_out > 0
        self.most = max(self.most, len(result.faces) + result.left_out)

    def sentences(self, name: str, max_faces: int | None) -> Iterator[str]:
        """What to say of a video at its end."""
        of_samples = f"of {count(self.samples)} samples"
        if self.without_face:
            yield f"{name}: no face found in {count(self.without_face)} {of_samples}."
        if self.capped:
            yield (
                f"{name}: faces were left out in {count(self.capped)} {of_samples}; up to "
                f"{self.most} were found, and --max-faces is {max_faces}."
            )
