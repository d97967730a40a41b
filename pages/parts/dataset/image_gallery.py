"""Images of the data set as buttons; one that is chosen opens with all that is known of it."""

from collections.abc import Iterable

from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from pages.parts.dataset import image_dialog
from pages.parts.shared import gallery
from pages.parts.shared.gallery import Card


def show(dataset: Dataset, paths: list[str], captions: Iterable[str], *, key: str) -> None:
    """Draws the images that are there.

    Args:
        dataset: the images.
        paths: as `test/happy/im0.png`.
        captions: the words under each.
        key: unique on the page.
    """
    pixels = pixels_of(dataset, paths)
    kind = "Drawn face" if dataset.synthetic else "Face"
    cards = [
        Card(path, pixels[path], caption, f"{kind} {path}")
        for path, caption in zip(paths, captions, strict=True)
        if path in pixels
    ]
    if (chosen := gallery.choose(cards, key)) is not None:
        image_dialog.show(dataset, chosen)


def caption(path: str) -> str:
    """`test/happy/im0.png` as `happy test im0.png`."""
    split, label, name = path.split("/")
    return f"{label} {split} {name}"
