"""What a worker does: it loads the model once, then reads shard after shard."""

import os
import socket
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from fer_core.errors import FerError, ImageError
from fer_core.inference.batch import PictureSettings, read_all
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import haar_detector, yunet_detector
from fer_core.inference.file_types import HEAD_SIZE, FileKind, kind_of, printable_path
from fer_core.inference.pictures.decode import read_bytes
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import ImageResult
from fer_core.inference.sources import Input, Kind, LeftOut, archive_inputs
from fer_core.inference.temporal import load_temporal
from fer_core.inference.video.file import VideoLimits
from fer_core.inference.video.reader import VideoSettings, read_video
from fer_core.runs.store import get_run
from fer_core.scale import parts, places
from fer_core.scale.folder import Folder
from fer_core.scale.parts import Counts
from fer_core.scale.shards import Manifest, Shard, read_shard

_AHEAD = 8  # pictures of a store that are fetched while one is read
_FETCHERS = 8
_TOLD = 3  # errors and remarks of a shard that are passed on; all stand in its part


@dataclass(frozen=True)
class Model:
    """What workers on other machines are sent: the run that answers, the recurrent network that
    does so over time in videos, None for exponential smoothing, the files of both, by run and name,
    and YuNet's, None for the cascade that OpenCV brings.
    """

    run_id: str
    temporal_id: str | None
    files: dict[str, dict[str, bytes]]
    detector: bytes | None

    def predictor(self) -> Predictor:
        """As `predict` on one machine has it, with one thread for everything."""
        import cv2

        cv2.setNumThreads(1)
        with tempfile.TemporaryDirectory(prefix="fer-model-") as own:
            for run_id, contents in self.files.items():
                (Path(own) / run_id).mkdir()
                for name, content in contents.items():
                    (Path(own) / run_id / name).write_bytes(content)
            run = get_run(self.run_id, Path(own))
            temporal = load_temporal(Path(own) / self.temporal_id) if self.temporal_id else None
            detector = haar_detector()
            if self.detector is not None:
                path = Path(own) / "detector.onnx"
                path.write_bytes(self.detector)
                detector = yunet_detector(path)
            unsure = run.config.abstain_below or 0.0
            return Predictor(Classifier(run), detector, unsure_below=unsure, temporal=temporal)


class ShardReader:
    """Reads the shards of one manifest into parts, on one core."""

    def __init__(self, out: str, manifest: Manifest, predictor: Predictor) -> None:
        self._folder = Folder(out)
        self._manifest = manifest
        self._predictor = predictor
        settings = manifest.asked["settings"]
        self._zip_encoding: str | None = settings["zip_encoding"]
        common = (settings["threshold"], settings["max_faces"], settings["min_face"])
        self._pictures = PictureSettings(*common, whole=settings["whole"])
        self._video = VideoSettings(
            settings["rate"], common[0], settings["smoothing"], common[1], common[2]
        )

    def read(self, number: int, offset: int, length: int) -> dict[str, Any]:
        """Reads a shard, unless its part is whole already, and says what is in it; `problem` says
        why there is no part, or is empty.
        """
        said: dict[str, Any] = {"shard": number, "kept": False, "problem": "", "remarks": []}
        said |= vars(Counts()) | {"seconds": 0.0}
        digest, begun = self._manifest.digest, time.monotonic()
        try:
            counts = parts.read_counts(self._folder, number, digest)
            if counts is not None:
                return said | vars(counts) | {"kept": True}
            shard = read_shard(self._folder, offset, length)
            self._check_roots(shard)
            counts, remarks, left_out = Counts(), list[str](), LeftOut()
            results = self._counted(self._results(shard, left_out), counts, remarks)
            parts.write_part(self._folder, number, digest, results, counts)
        except (FerError, OSError, MemoryError) as exc:
            reason = places.reason(exc) if isinstance(exc, OSError) else str(exc)
            return said | {"problem": f"{self._here()}: {reason or 'no memory'}"}
        seconds = round(time.monotonic() - begun, 3)
        remarks += left_out.sentences()
        return said | vars(counts) | {"seconds": seconds, "remarks": remarks}

    def _check_roots(self, shard: Shard) -> None:
        """A folder that is not there would give one wrong error a picture."""
        root = self._manifest.roots[shard.root]
        if root and not places.is_address(root) and not self._path(root).is_dir():
            raise FerError(
                f"{root} is not there on this machine. Every machine of the cluster must see the "
                "pictures under the same path, or read them by an address as s3://bucket/folder"
            )

    def _results(self, shard: Shard, left_out: LeftOut) -> Iterator[ImageResult]:
        for reading in read_all(
            self._inputs(shard, left_out), self._predictor, self._pictures, jobs=1
        ):
            if reading.result is not None:
                yield reading.result
            else:
                yield from self._read_video(reading.source)

    def _read_video(self, source: Input) -> Iterator[ImageResult]:
        try:
            video = source.path or source.read()
            for sample in read_video(
                video, source.name, self._predictor, self._video, limits=VideoLimits()
            ):
                yield sample.result
        except FerError as exc:
            yield self._predictor.failed(source.name, str(exc))

    def _inputs(self, shard: Shard, left_out: LeftOut) -> Iterator[Input]:
        root = self._manifest.roots[shard.root]
        if shard.kind is Kind.PICTURE:
            yield from _fetched(self._picture(root, path) for path in shard.paths)
            return
        (path,) = shard.paths
        assert isinstance(path, str)
        full = places.join(root, path)
        if not places.is_address(full):
            yield from self._alone(shard.kind, self._path(full), _name(full), left_out)
            return
        with tempfile.TemporaryDirectory(prefix="fer-") as own:
            copy = Path(own) / f"copy{Path(path).suffix}"
            try:
                places.copy(full, copy)
            except FileNotFoundError:
                yield _broken(_name(full), f"{_name(full)} does not exist.")
                return
            yield from self._alone(shard.kind, copy, _name(full), left_out)

    def _alone(self, kind: Kind, path: Path, name: str, left_out: LeftOut) -> Iterator[Input]:
        """Of a file that is a shard by itself."""
        if kind is Kind.ARCHIVE:
            yield from archive_inputs(path, name, left_out, self._zip_encoding)
        else:
            yield Input(Kind.VIDEO, name, Path(), path, lambda: b"")

    def _picture(self, root: str, path: str | list[str]) -> Input:
        if not isinstance(path, str):
            return _broken(*path)
        full = places.join(root, path)
        name = _name(full)
        if places.is_address(full):
            return Input(Kind.PICTURE, name, Path(), None, partial(places.read_picture, full))
        local = self._path(full)
        return Input(Kind.PICTURE, name, Path(), local, partial(read_bytes, local, name))

    def _path(self, path: str) -> Path:
        return Path(self._manifest.here, path)

    def _counted(
        self, results: Iterator[ImageResult], counts: Counts, remarks: list[str]
    ) -> Iterator[ImageResult]:
        video = ""
        for result in results:
            # Samples of one video are one input.
            if result.seconds is None or result.name != video:
                counts.inputs += not (result.error and result.name == video)
                video = result.name if result.seconds is not None else ""
            counts.faces += len(result.faces)
            counts.failed += result.error is not None
            if result.error is not None and len(remarks) < _TOLD:
                remarks.append(result.error)
            yield result

    def _here(self) -> str:
        return f"On {socket.gethostname()}, process {os.getpid()}"


def _fetched(inputs: Iterator[Input]) -> Iterator[Input]:
    """The same, those of a store with their bytes, a few of which are fetched ahead; one whose
    content is a video is one, whatever its name.
    """
    with ThreadPoolExecutor(_FETCHERS, "fetch") as threads:
        waiting: deque[tuple[Input, Any]] = deque()
        for source in inputs:
            is_stored = source.kind is Kind.PICTURE and source.path is None
            waiting.append((source, threads.submit(source.read) if is_stored else None))
            if len(waiting) > _AHEAD:
                yield _settled(*waiting.popleft())
        while waiting:
            yield _settled(*waiting.popleft())


def _settled(source: Input, fetched: Any) -> Input:
    if fetched is None:
        return source
    try:
        content = fetched.result()
    except ImageError as exc:
        return _broken(source.name, str(exc))
    is_video = kind_of(source.name, content[:HEAD_SIZE]) is FileKind.VIDEO
    return replace(source, kind=Kind.VIDEO if is_video else Kind.PICTURE, read=lambda: content)


def _broken(name: str, reason: str) -> Input:
    def refuse() -> bytes:
        raise ImageError(reason)

    return Input(Kind.BROKEN, name, Path(), None, refuse)


def _name(full: str) -> str:
    return places.shown(full) if places.is_address(full) else printable_path(Path(full))
