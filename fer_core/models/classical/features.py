"""Hand-made features of faces: what a classical system sees instead of pixels."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE, check_faces
from fer_core.progress import Progress

Images = NDArray[np.uint8]
Features = NDArray[np.float32]
_REPORT_EVERY = 256
"""Images between two calls of a progress callback."""
_MARGIN = 16
"""Pixels around a face, mirrored, that the long waves of a Gabor filter reach into."""


class FaceFeatures(ABC):
    """What describes a face by numbers."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Numbers a face."""

    @abstractmethod
    def describe(self, image: Images) -> NDArray[np.floating]:
        """Numbers (size,), 0-1, of one face (48, 48)."""

    def extract(self, images: Images, progress: Progress | None = None) -> Features:
        """Describes faces, uint8 (n, 48, 48, 1), gray, 0-255, n may be 0, by float32 (n, size);
        `progress` is called with (faces done, faces in all).

        Raises:
            ValueError: another shape or dtype.
        """
        check_faces(images)
        features = np.empty((len(images), self.size), dtype=np.float32)
        for i, image in enumerate(images):
            features[i] = self.describe(image[..., 0])
            if progress is not None and ((i + 1) % _REPORT_EVERY == 0 or i + 1 == len(images)):
                progress(i + 1, len(images))
        return features


@dataclass(frozen=True)
class HogFeatures(FaceFeatures):
    """Histograms of oriented gradients (Dalal & Triggs 2005, CVPR, "Histograms of oriented
    gradients for human detection", section 6; L2-Hys normalization).

    Attributes:
        orientations: bins over 0-180 degrees.
        cell: side of a cell in pixels; divides 48. With a linear SVM at C 0.03, 6 was right
            on 43.9 % of the validation images (grouped split) and 8 on 42.0 %.
        block: side of a block in cells; blocks overlap by all but one cell.
    """

    orientations: int = 9
    cell: int = 6
    block: int = 2

    @property
    def size(self) -> int:
        blocks = FACE_SIZE // self.cell - self.block + 1
        return blocks**2 * self.block**2 * self.orientations

    def describe(self, image: Images) -> NDArray[np.floating]:
        """Block-normalized histograms."""
        from skimage.feature import hog

        histograms: NDArray[np.floating] = hog(
            image,
            orientations=self.orientations,
            pixels_per_cell=(self.cell, self.cell),
            cells_per_block=(self.block, self.block),
            block_norm="L2-Hys",
        )
        return histograms


@dataclass(frozen=True)
class LbpFeatures(FaceFeatures):
    """Histograms of uniform local binary patterns over a grid of regions (Ojala et al. 2002,
    IEEE TPAMI 24(7), "Multiresolution gray-scale and rotation invariant texture
    classification with local binary patterns"; regions of a face after Ahonen et al. 2006,
    IEEE TPAMI 28(12), "Face description with local binary patterns").

    Each pixel is compared with `points` neighbours on a circle of `radius` pixels; `grid` is the
    number of regions a side and divides 48.
    """

    points: int = 8
    radius: int = 1
    grid: int = 6

    @property
    def patterns(self) -> int:
        """Uniform patterns, told apart by direction, and one bin for all others."""
        return self.points * (self.points - 1) + 3

    @property
    def size(self) -> int:
        return self.grid**2 * self.patterns

    def describe(self, image: Images) -> NDArray[np.floating]:
        """Share of each pattern in its region."""
        from skimage.feature import local_binary_pattern

        side = FACE_SIZE // self.grid
        region = np.arange(FACE_SIZE) // side
        first_bin = (region[:, None] * self.grid + region) * self.patterns
        codes = local_binary_pattern(image, self.points, self.radius, "nri_uniform")
        bins = (first_bin + codes.astype(np.intp)).ravel()
        shares: NDArray[np.floating] = np.bincount(bins, minlength=self.size) / side**2
        return shares


@dataclass(frozen=True)
class GaborFeatures(FaceFeatures):
    """How strongly each Gabor filter answers in each region of a grid (Daugman 1985, J. Opt. Soc.
    Am. A 2; for expressions Lyons et al. 1998, FG, "Coding facial expressions with Gabor
    wavelets").

    Attributes:
        wavelengths: pixels a wave, an octave apart; a filter's Gaussian is 0.56 of that wide, so
            that its bandwidth is one octave.
        orientations: over 180 degrees.
        grid: regions a side; divides 48.
    """

    wavelengths: tuple[int, ...] = (4, 8, 16)
    orientations: int = 8
    grid: int = 6

    @property
    def size(self) -> int:
        return len(self.wavelengths) * self.orientations * self.grid**2

    @cached_property
    def _filters(self) -> NDArray[np.float32]:
        """Each filter over the frequencies of a face with its margin; none answers to light."""
        frequency = np.fft.fftfreq(FACE_SIZE + 2 * _MARGIN)
        y, x = np.meshgrid(frequency, frequency, indexing="ij")
        angles = np.pi * np.arange(self.orientations) / self.orientations
        filters = [
            np.exp(
                -2
                * (np.pi * 0.56 * length) ** 2
                * ((x - np.cos(angle) / length) ** 2 + (y - np.sin(angle) / length) ** 2)
            )
            for length in self.wavelengths
            for angle in angles
        ]
        bank = np.array(filters, np.float32)
        bank[:, 0, 0] = 0
        return bank

    def describe(self, image: Images) -> NDArray[np.floating]:
        """Mean magnitude of each filter in each region, of length 1 whatever the contrast."""
        from scipy import fft

        padded = np.pad(image.astype(np.float32), _MARGIN, mode="reflect")
        answers = np.abs(fft.ifft2(fft.fft2(padded) * self._filters))
        inside = answers[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
        side = FACE_SIZE // self.grid
        means = inside.reshape(-1, self.grid, side, self.grid, side).mean(axis=(2, 4)).ravel()
        strength: NDArray[np.floating] = means / max(float(np.linalg.norm(means)), 0.01)
        return strength
