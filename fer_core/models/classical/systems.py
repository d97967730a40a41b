"""Systems from before deep networks: hand-made features and a shallow classifier.

They stand on the scoreboard to show what a network adds. A system is an entry of
`CLASSIC`: features of the face, a learner, and the values among which validation images
choose its one free setting.

    python -m fer_core train --preset hog-svm --run-id mine  # lbp-forest, gabor-svm

Each is one scikit-learn pipeline, from faces to classes:

    CLASSIC["hog-svm"].pipeline(0.003).fit(faces, labels).predict(faces)
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.models.classical.features import (
    FaceFeatures,
    Features,
    GaborFeatures,
    HogFeatures,
    LbpFeatures,
)
from fer_core.progress import Progress


class Learner(ABC):
    """A classifier of features with one setting that validation images choose: `parameter`, as
    scikit-learn names it, from the values in `grid`; the first of equals wins.
    """

    parameter: ClassVar[str]
    grid: tuple[float, ...]

    def fit(
        self,
        estimator: Any,
        features: Features,
        labels: NDArray[np.int8],
        progress: Progress | None = None,
    ) -> None:
        """Fits an `unfitted` estimator in place to features (n, d) and labels (n,), with every one
        of the seven classes among them; `progress` is called with (steps done, steps in all).
        """
        steps = self.steps()
        for done, settings in steps.items():
            estimator.set_params(**settings).fit(features, labels)
            if progress is not None:
                progress(done, max(steps))

    def steps(self) -> dict[int, dict[str, Any]]:
        """The fits that the whole one is made of: what each sets, by how much is then done."""
        return {1: {}}

    @abstractmethod
    def unfitted(self, value: float, **settings: Any) -> Any:
        """A scikit-learn estimator before its fit, with `value` of `parameter`; equal seeds as
        `random_state` give equal ones.
        """

    @abstractmethod
    def probabilities(self, estimator: Any, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """Uncalibrated scores (n, 7), 0-1, rows sum to 1, in class order, of features by a fitted
        estimator, or of faces by the whole pipeline.
        """

    @abstractmethod
    def count_numbers(self, estimator: Any) -> int:
        """Numbers that the fitted estimator holds."""


@dataclass(frozen=True)
class LinearSvm(Learner):
    """Linear support vector machines, one against the rest, squared hinge loss (Fan et al.
    2008, "LIBLINEAR", JMLR 9). C is the weight of training errors against the margin,
    `tolerance` of the solver's stopping rule.
    """

    parameter: ClassVar[str] = "C"
    grid: tuple[float, ...] = (0.001, 0.003, 0.01)
    tolerance: float = 1e-3

    def unfitted(self, value: float, **settings: Any) -> Any:
        """A `LinearSVC`; its primal solver draws nothing at random and is the faster one where
        images outnumber features.
        """
        from sklearn.svm import LinearSVC

        return LinearSVC(C=value, dual=False, tol=self.tolerance, **settings)

    def probabilities(self, estimator: Any, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """Softmax of the seven margins."""
        margins = estimator.decision_function(inputs)
        shares = np.exp(margins - margins.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
        return probabilities

    def count_numbers(self, estimator: Any) -> int:
        """Coefficients and intercepts."""
        return int(estimator.coef_.size + estimator.intercept_.size)


@dataclass(frozen=True)
class RandomForest(Learner):
    """A forest of decision trees (Breiman 2001, "Random forests", Machine Learning 45); its grid
    holds sizes of the smallest leaf, in training images.
    """

    parameter: ClassVar[str] = "min_samples_leaf"
    grid: tuple[float, ...] = (1, 3)
    trees: int = 300
    trees_a_step: int = 10

    def unfitted(self, value: float, **settings: Any) -> Any:
        """A `RandomForestClassifier`, which keeps its trees when it is fitted to have more."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            min_samples_leaf=int(value), n_jobs=-1, warm_start=True, **settings
        )

    def steps(self) -> dict[int, dict[str, Any]]:
        """Some trees at a time, so that progress shows and Ctrl-C is heard; the forest is the
        same as if it were grown at once.
        """
        ends = (*range(self.trees_a_step, self.trees, self.trees_a_step), self.trees)
        return {trees: {"n_estimators": trees} for trees in ends}

    def fit(
        self,
        estimator: Any,
        features: Features,
        labels: NDArray[np.int8],
        progress: Progress | None = None,
    ) -> None:
        """Grows the trees on every core, and has one core ask them."""
        super().fit(estimator, features, labels, progress)
        # Several threads would add up the trees in the order in which they finish.
        estimator.set_params(n_jobs=1)

    def probabilities(self, estimator: Any, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """Mean over the trees of the class shares in the leaf that a face falls into."""
        shares: NDArray[np.float64] = estimator.predict_proba(inputs)
        return shares

    def count_numbers(self, estimator: Any) -> int:
        """Feature, threshold and two children of each inner node, class shares of each leaf."""
        trees = [tree.tree_ for tree in estimator.estimators_]
        leaves = sum(int(tree.n_leaves) for tree in trees)
        inner = sum(int(tree.node_count) for tree in trees) - leaves
        return 4 * inner + NUM_CLASSES * leaves


@dataclass(frozen=True)
class ClassicSystem:
    """Features and learner under the name of a preset, what they are in a few words, and one line
    on why they are there.
    """

    name: str
    title: str
    features: FaceFeatures
    learner: Learner
    why: str

    def pipeline(self, value: float, **settings: Any) -> Any:
        """Features and learner, not fitted, as one scikit-learn pipeline from faces uint8
        (n, 48, 48, 1) to classes; its last step alone takes features that were computed before.
        """
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer

        features = FunctionTransformer(self.features.extract)
        return make_pipeline(features, self.learner.unfitted(value, **settings))


CLASSIC: dict[str, ClassicSystem] = {
    system.name: system
    for system in (
        ClassicSystem(
            "hog-svm",
            "gradient histograms and a linear classifier",
            HogFeatures(),
            LinearSvm(),
            "Gradient histograms and a linear classifier: the standard before deep networks.",
        ),
        ClassicSystem(
            "lbp-forest",
            "texture histograms and decision trees",
            LbpFeatures(),
            RandomForest(),
            "Texture histograms and decision trees, another standard before deep networks.",
        ),
        ClassicSystem(
            "gabor-svm",
            "Gabor filters and a linear classifier",
            GaborFeatures(),
            LinearSvm(grid=(0.3, 1, 3)),
            "Gabor filters and a linear classifier, which read expressions before deep networks.",
        ),
    )
}
