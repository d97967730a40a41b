"""Near copies: images that differ in bytes and show the same picture, by perceptual hash.

A perceptual hash says for the coarsest waves of an image (its discrete cosine transform)
which are stronger than their median, so that another compression, brightness or size
hardly changes it (Zauner 2010, "Implementation and benchmarking of perceptual image hash
functions", section 3.2; the ImageHash package computes it).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.data.measures import copy_groups
from fer_core.progress import Progress

HASH_SIDE = 12
"""Waves a direction. The package takes four times as many pixels, here 48: the image as
it is, neither shrunk nor enlarged."""

_REPORT_EVERY = 512
_ROWS_AT_ONCE = 32
_WORD = 64


@dataclass(frozen=True)
class NearCopies:
    """Groups of images that look alike and are not all identical, int (m,) each: numbers of the
    images, group by group; the group of each, from 0; and the bits in which its hash differs from
    that of the nearest image with other bytes.
    """

    rows: NDArray[np.intp]
    group: NDArray[np.intp]
    distance: NDArray[np.intp]


def perceptual_hashes(
    images: NDArray[np.uint8], progress: Progress | None = None
) -> NDArray[np.uint64]:
    """The hash of each image of uint8 (n, 48, 48, 1), as uint64 (n, 3): 144 bits, the rest 0."""
    import imagehash
    from PIL import Image

    words = -(-(HASH_SIDE**2) // _WORD)
    bits = np.zeros((len(images), words * _WORD), dtype=bool)
    for number, image in enumerate(images):
        found = imagehash.phash(Image.fromarray(image[..., 0]), hash_size=HASH_SIDE)
        bits[number, : HASH_SIDE**2] = found.hash.ravel()
        if progress is not None and ((number + 1) % _REPORT_EVERY == 0 or number + 1 == len(bits)):
            progress(number + 1, len(images))
    return np.packbits(bits, axis=1).view(np.uint64)


def near_pairs(
    hashes: NDArray[np.uint64], max_distance: int, progress: Progress | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every pair of hashes, uint64 (n, w), that differ in at most `max_distance` bits: int (m, 2),
    the smaller number first, and the bits in which they differ, int (m,).
    """
    pairs, distances = [np.empty((0, 2), np.intp)], [np.empty(0, np.intp)]
    for start in range(0, len(hashes), _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, len(hashes))
        apart = np.bitwise_count(hashes[start:stop, None, 0] ^ hashes[None, start:, 0])
        # Few pairs pass on their first word, so only those are compared in full.
        first, second = (numbers + start for numbers in np.nonzero(apart <= max_distance))
        later = second > first
        first, second = first[later], second[later]
        bits = np.bitwise_count(hashes[first] ^ hashes[second]).sum(axis=1, dtype=np.intp)
        near = bits <= max_distance
        pairs.append(np.column_stack([first[near], second[near]]))
        distances.append(bits[near])
        if progress is not None:
            progress(stop, len(hashes))
    return np.concatenate(pairs), np.concatenate(distances)


def find_near_copies(
    images: NDArray[np.uint8],
    hashes: NDArray[np.uint64],
    max_distance: int,
    *,
    without: NDArray[np.bool_] | None = None,
    progress: Progress | None = None,
) -> NearCopies:
    """Groups the images, uint8 (n, 48, 48, 1), whose `perceptual_hashes` differ in at most
    `max_distance` bits; chains of neighbours are one group.

    Identical images alone are no group here, but in a group all of them are named. The images
    `without` content, bool (n,), are ignored: all of them are alike.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    copy = copy_groups(images)
    kinds, first = np.unique(copy, return_index=True)
    if without is not None:
        kinds, first = kinds[~without[first]], first[~without[first]]
    pairs, distances = near_pairs(hashes[first], max_distance, progress)
    nearest = np.full(len(first), np.iinfo(np.intp).max)
    for side in pairs.T:
        np.minimum.at(nearest, side, distances)
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(first), len(first)))
    component = connected_components(links, directed=False)[1]
    shared = np.bincount(component, minlength=len(first))[component] > 1

    place = np.full(int(copy.max(initial=-1)) + 1, -1)
    place[kinds[shared]] = np.flatnonzero(shared)
    of_kind = place[copy]
    rows = np.flatnonzero(of_kind >= 0)
    group = component[of_kind[rows]]
    order = np.lexsort((rows, group))
    rows, group = rows[order], group[order]
    numbered: NDArray[np.intp] = np.unique(group, return_inverse=True)[1]
    return NearCopies(rows, numbered, nearest[of_kind[rows]])
