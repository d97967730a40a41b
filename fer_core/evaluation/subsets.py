"""Which test images count, and by whose labels: the views of the test set.

Every view is cut from a run's stored predictions; nothing is predicted again.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fer_core import formats
from fer_core.data import fer2013
from fer_core.data.ferplus import NO_MAJORITY
from fer_core.errors import RunError
from fer_core.reference import images
from fer_core.runs.store import Predictions


class Subset(StrEnum):
    """ALL: the whole test folder. PUBLIC, PRIVATE: FER2013's own halves of it; papers
    report on PRIVATE. LEAK_FREE: without the images that stand byte-identical in the
    training folder, which a network may have memorised.
    """

    ALL = "all"
    PUBLIC = "PublicTest"
    PRIVATE = "PrivateTest"
    LEAK_FREE = "leak-free"


class LabelView(StrEnum):
    """FER2013: the data set's labels, the names of its folders. FERPLUS: FER+'s majority
    (`fer_core.data.ferplus.majority`); images without one for one of the seven classes leave.
    """

    FER2013 = "FER2013"
    FERPLUS = "FER+ majority"


SUBSET_TITLES: dict[str, str] = {
    Subset.ALL: "all test images",
    Subset.PUBLIC: "PublicTest",
    Subset.PRIVATE: "PrivateTest",
    Subset.LEAK_FREE: "leak-free test images",
}


MEANINGS: dict[str, str] = {
    Subset.ALL: "The whole test folder",
    Subset.PUBLIC: "FER2013's public half of the test images",
    Subset.PRIVATE: "FER2013's other half, on which papers report",
    Subset.LEAK_FREE: "Without the test images that have an identical copy among the training "
    "images, which a network may have memorised",
}
"""What each subset is, in words for readers."""


@dataclass(frozen=True)
class View:
    """Test images of a run under one choice of subset and labels, which `y_true` follows.

    Of all test images those `outside` the subset leave, and of the subset those `unlabelled`,
    for which FER+ has no majority. `groups`, int (n,), are equal for byte-identical images that
    stay; None where it is not known which are.
    """

    predictions: Predictions
    subset: Subset
    labels: LabelView
    outside: int
    unlabelled: int
    groups: NDArray[np.intp] | None

    @property
    def title(self) -> str:
        """The images in words, as `PrivateTest` or `PrivateTest by FER+ majority`."""
        title = SUBSET_TITLES[self.subset]
        return title if self.labels is LabelView.FER2013 else f"{title} by {self.labels}"

    @property
    def counted(self) -> str:
        """The images with their number, as `all 7,178 test images`."""
        words = {
            Subset.ALL: "{} {} test images",
            Subset.LEAK_FREE: "{} {} leak-free test images",
        }.get(self.subset, f"{{}} {{}} images of {self.subset}")
        majority = self.labels is LabelView.FERPLUS
        whole = self.subset is Subset.ALL and not majority
        counted = words.format("all" if whole else "the", formats.count(len(self.predictions)))
        return f"{counted} with a FER+ majority" if majority else counted


def view_test(
    predictions: Predictions,
    subset: str = Subset.ALL,
    labels: str = LabelView.FER2013,
    *,
    data_fingerprint: str | None = None,
) -> View:
    """Cuts one view of the test set.

    FER2013's halves, which images leak and what FER+ says are known for the published data set
    alone, told by its fingerprint; other images may bear the same file names.

    Raises:
        RunError: no such subset or label view, or it is not known for these images.
    """
    if labels not in tuple(LabelView):
        raise RunError(f"There is no label view '{labels}'. Valid: {', '.join(LabelView)}.")
    test = predictions.subset("test")
    inside = test.where(subset_mask(test, subset))
    if not is_known(subset, labels, data_fingerprint):
        raise RunError(
            "FER2013's halves, leak-free images and FER+ labels are known for the published data "
            "set only, and this run was trained on other images. Choose all, with the labels of "
            "the folders."
        )
    shown = inside if labels == LabelView.FER2013 else _by_ferplus(inside)
    return View(
        predictions=shown,
        subset=Subset(subset),
        labels=LabelView(labels),
        outside=len(test) - len(inside),
        unlabelled=len(inside) - len(shown),
        groups=images.copy_groups(shown.path, data_fingerprint),
    )


def known_views(data_fingerprint: str | None) -> list[tuple[Subset, LabelView]]:
    """Every view that a run made with these images can be shown in."""
    every = [(subset, labels) for labels in LabelView for subset in Subset]
    return [pair for pair in every if is_known(*pair, data_fingerprint)]


def is_known(subset: str, labels: str, data_fingerprint: str | None) -> bool:
    """Whether the repository knows what this view needs of these images."""
    needs_nothing = subset == Subset.ALL and labels == LabelView.FER2013
    return needs_nothing or data_fingerprint == images.FINGERPRINT


def describe(view: View) -> str:
    """One sentence: which images the view leaves out, and how many; empty where none."""
    parts = []
    if view.subset is Subset.LEAK_FREE:
        parts.append(f"{view.outside:,} with an identical copy among the training images")
    elif view.subset is not Subset.ALL:
        parts.append(f"{view.outside:,} outside {view.subset}")
    if view.labels is LabelView.FERPLUS:
        parts.append(f"{view.unlabelled:,} without a FER+ majority for one of the seven classes")
    return f"Test images left out: {'; '.join(parts)}." if parts else ""


def subset_mask(predictions: Predictions, subset: str) -> NDArray[np.bool_]:
    """Marks the test images of one `Subset`, bool (n,); all but `all` go by the names of the
    published data set's images, so `view_test` asks for their fingerprint.

    Raises:
        RunError: no such subset.
    """
    if subset not in tuple(Subset):
        raise RunError(f"There is no subset '{subset}'. Valid: {', '.join(Subset)}.")
    mask: NDArray[np.bool_] = predictions.split == "test"
    if subset == Subset.ALL:
        return mask
    mask = mask.copy()
    rows = np.flatnonzero(mask)
    image_paths = predictions.path[rows]
    if subset == Subset.LEAK_FREE:
        mask[rows] = ~images.is_leaked(image_paths)
    else:
        mask[rows] = fer2013.usage(image_paths.tolist()) == subset
    return mask


def _by_ferplus(predictions: Predictions) -> Predictions:
    """The images with a FER+ majority, which becomes their label."""
    labels = images.ferplus_majority(predictions.path)
    known = labels != NO_MAJORITY
    relabelled = Predictions(predictions.path, predictions.split, labels, predictions.y_score)
    return relabelled.where(known)
