"""Takes the images of a source one by one: each is decoded before it is kept."""

from pathlib import Path
from typing import NoReturn

import cv2

from fer_core.data.decode import WrongSizeError, decode
from fer_core.data.layout import Sorted, class_folders
from fer_core.errors import DataError, ImageError
from fer_core.progress import Progress


class Taking:
    """Writes the usable images of a source into an empty folder, and remembers the others.

    Args:
        folder: the data set's folder in the making.
        total: how many images the source announces; 0 where it does not.
        resize: whether square images of other sizes are brought to 48x48.
        progress: is told how many images were looked at.
    """

    def __init__(
        self, folder: Path, total: int, *, resize: bool = False, progress: Progress | None = None
    ) -> None:
        self._folder = folder
        self._total = total
        self._resize = resize
        self._progress = progress
        self._taken: dict[str, str] = {}
        self._skipped: list[tuple[str, str]] = []
        self._of_wrong_size = 0
        for key in class_folders():
            (folder / key).mkdir(parents=True, exist_ok=True)

    def take(self, name: str, place: str, data: bytes) -> None:
        """Keeps the file `name` at `place`, if it can be used."""
        try:
            place, data = self._fit(place, data)
        except ImageError as exc:
            self._of_wrong_size += isinstance(exc, WrongSizeError)
            self.leave(name, str(exc))
            return
        (self._folder / place).write_bytes(data)
        self._taken[name] = place
        self._tell()

    def leave(self, name: str, reason: str) -> None:
        """Remembers that the file `name` is no image to be used."""
        self._skipped.append((name, reason))
        self._tell()

    def finish(self, contents: Sorted) -> Sorted:
        """What was taken of the source's `contents`, and all that was skipped.

        Raises:
            DataError: no image of a class, or less than half of all, can be used.
        """
        present = {place.rpartition("/")[0] for place in self._taken.values()}
        missing = [key for key in class_folders() if key not in present]
        if missing or len(self._skipped) > len(self._taken):
            self._refuse(missing)
        return Sorted(
            self._taken, (*contents.skipped, *self._skipped), synthetic=contents.synthetic
        )

    def _fit(self, place: str, data: bytes) -> tuple[str, bytes]:
        """The file as it is, or what it becomes by resizing."""
        try:
            decode(data)
        except WrongSizeError:
            if not self._resize:
                raise
            image = decode(data, resize=True)
            place = place if place.endswith(".png") else f"{place}.png"
            data = cv2.imencode(".png", image)[1].tobytes()
        return place, data

    def _refuse(self, missing: list[str]) -> NoReturn:
        if not self._skipped:
            raise DataError(
                f"The data set is not whole: it has no image of {', '.join(missing)}. Nothing was "
                "changed."
            )
        name, reason = self._skipped[0]
        none = f" None of {', '.join(missing)} is left." if missing and self._taken else ""
        may = self._of_wrong_size and not self._resize
        option = " `data download --resize` brings them to 48x48." if may else ""
        count = len(self._skipped)
        raise DataError(
            f"{count:,} of {count + len(self._taken):,} images cannot be used: {name} {reason}."
            f"{none} Nothing was changed.{option}"
        )

    def _tell(self) -> None:
        done = len(self._taken) + len(self._skipped)
        if self._progress is not None and (done % 100 == 0 or done == self._total):
            self._progress(done, self._total)
