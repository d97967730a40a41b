"""Follows faces from one frame to the next, for live video and for video files.

A face keeps its number while its box overlaps the box it had in the frame before
("intersection over union", IoU: Bochinski et al., "High-Speed Tracking-by-Detection
Without Using Image Information", AVSS 2017). Where frames are far apart a quick face
overlaps no more; it keeps its number if it has a like size and is nearby. No clock runs
inside: each frame comes with its time, so a file is followed the same way at any speed of
reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist

from fer_core.inference.box import Box

MIN_OVERLAP = 0.25  # IoU from which two boxes are the same face
MAX_STEP = 1.2  # distance, in sizes of the box, up to which a face without overlap is the same
MAX_GROWTH = 1.6  # factor by which its size may differ
MAX_GAP = 1.0  # seconds for which a face that is not seen keeps its number


@dataclass(eq=False)
class _Track:
    number: int
    box: Box
    seen: float


class Tracker:
    """Gives each face of a video a number that it keeps.

    A face that is not seen keeps its number for `max_gap` seconds, at least the distance of two
    frames.
    """

    def __init__(self, max_gap: float = MAX_GAP) -> None:
        if max_gap < 0:
            raise ValueError(f"max_gap must be at least 0 seconds, got {max_gap}.")
        self._max_gap = max_gap
        self._tracks: list[_Track] = []
        self._next = 1
        self._time: float | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the faces that are followed, seen in the last frame or not."""
        return tuple(track.number for track in self._tracks)

    def update(self, boxes: Sequence[Box], time: float) -> list[int]:
        """Numbers of the faces of one frame, from 1, in the order of `boxes`; never reused.

        The pair that overlaps most is matched first, then the pair that is nearest; a box
        without a match is a new face. `time` is in seconds, never less than before: another video
        needs a new tracker.
        """
        if self._time is not None and time < self._time:
            raise ValueError(
                f"Time runs backwards, from {self._time:.3f} to {time:.3f} s. "
                "Use a new Tracker for another video."
            )
        # Who was seen in the frame before is followed, however long a slow reader took since.
        recent = {track for track in self._tracks if track.seen == self._time}
        self._tracks = [t for t in self._tracks if t in recent or time - t.seen <= self._max_gap]
        self._time = time
        matched = self._match(boxes)
        numbers = []
        for index, box in enumerate(boxes):
            track = matched.get(index)
            if track is None:
                track = _Track(self._next, box, time)
                self._next += 1
                self._tracks.append(track)
            track.box, track.seen = box, time
            numbers.append(track.number)
        self._tracks = [t for t in self._tracks if time - t.seen <= self._max_gap]
        return numbers

    def _match(self, boxes: Sequence[Box]) -> dict[int, _Track]:
        """Track of each box that has one, by the box's index."""
        matched: dict[int, _Track] = {}
        free = list(self._tracks)
        for closeness in (_overlap, _nearness):
            pairs = [
                (closeness(box, track.box), index, track)
                for index, box in enumerate(boxes)
                if index not in matched
                for track in free
            ]
            for value, index, track in sorted(pairs, key=lambda pair: -pair[0]):
                if value > 0 and index not in matched and track in free:
                    matched[index] = track
                    free.remove(track)
        return matched


def _overlap(first: Box, second: Box) -> float:
    """IoU; 0 where it is too little."""
    overlap = iou(first, second)
    return overlap if overlap >= MIN_OVERLAP else 0.0


def _nearness(first: Box, second: Box) -> float:
    """1 in the same place to 0 at `MAX_STEP` and beyond, or where the sizes differ too much."""
    small, large = sorted((first.size, second.size))
    if small <= 0 or large / small > MAX_GROWTH:
        return 0.0
    return max(0.0, 1.0 - dist(first.center, second.center) / (MAX_STEP * large))


def iou(first: Box, second: Box) -> float:
    """Shared area of two boxes over the area that they cover together, 0-1."""
    left, top = map(max, first.xyxy[:2], second.xyxy[:2])
    right, bottom = map(min, first.xyxy[2:], second.xyxy[2:])
    shared = max(right - left, 0.0) * max(bottom - top, 0.0)
    together = first.width * first.height + second.width * second.height - shared
    return shared / together if together > 0 else 0.0
