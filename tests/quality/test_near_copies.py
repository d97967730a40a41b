"""Images that show the same picture are found; others and identical ones are no near copies."""

import numpy as np
import pytest

from fer_core.quality.near_copies import find_near_copies, near_pairs, perceptual_hashes


def _pictures(count: int) -> np.ndarray:
    """Smooth pictures without anything in common, uint8 (count, 48, 48, 1)."""
    import cv2

    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (count, 8, 8), dtype=np.uint8)
    return np.stack([cv2.resize(c, (48, 48), interpolation=cv2.INTER_CUBIC) for c in coarse])[
        ..., None
    ]


def test_brighter_and_compressed_pictures_are_near_and_others_far():
    import cv2

    pictures = _pictures(6)
    brighter = (pictures[:1] * 0.8 + 30).astype(np.uint8)
    packed = cv2.imencode(".jpg", pictures[1], [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    compressed = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)[None, ..., None]
    images = np.concatenate([pictures, brighter, compressed])

    near = find_near_copies(images, perceptual_hashes(images), 24)

    assert near.rows.tolist() == [0, 6, 1, 7]
    assert near.group.tolist() == [0, 0, 1, 1]
    assert (near.distance <= 24).all()


def test_identical_images_alone_are_no_near_copies():
    pictures = _pictures(3)
    images = np.concatenate([pictures, pictures])

    assert not len(find_near_copies(images, perceptual_hashes(images), 24).rows)


def test_identical_images_join_the_group_of_a_near_copy():
    pictures = _pictures(3)
    brighter = (pictures[:1] * 0.8 + 30).astype(np.uint8)
    images = np.concatenate([pictures, pictures[:1], brighter])

    near = find_near_copies(images, perceptual_hashes(images), 24)

    assert near.rows.tolist() == [0, 3, 4]
    assert len(set(near.group.tolist())) == 1


def test_images_left_out_are_in_no_group():
    pictures = _pictures(2)
    images = np.concatenate([pictures, (pictures[:1] * 0.8 + 30).astype(np.uint8)])
    without = np.array([True, False, False])

    assert not len(find_near_copies(images, perceptual_hashes(images), 24, without=without).rows)


@pytest.mark.parametrize("limit", [0, 20, 60])
def test_pairs_are_those_of_a_plain_comparison(limit: int):
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, (70, 3), dtype=np.uint64)
    hashes[40:] = hashes[:30] ^ np.uint64(1) << rng.integers(0, 60, (30, 3), dtype=np.uint64)
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None]).sum(axis=2)
    wanted = [(i, j) for i in range(70) for j in range(i + 1, 70) if apart[i, j] <= limit]

    pairs, distances = near_pairs(hashes, limit)

    assert sorted(map(tuple, pairs.tolist())) == wanted
    assert all(apart[i, j] == d for (i, j), d in zip(pairs.tolist(), distances.tolist()))


def test_progress_ends_with_all_images():
    seen = []
    perceptual_hashes(_pictures(5), lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5, 5)
