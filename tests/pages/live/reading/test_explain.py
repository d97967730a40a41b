import numpy as np
import pytest

from fer_core.inference.explain import explain, overlay
from tests.pages.live.reading.conftest import Modules, unpacked

pytestmark = pytest.mark.browser


class _Network:
    """A classifier whose activations are given."""

    has_activations = True

    def __init__(self, maps: np.ndarray) -> None:
        self._maps = maps

    def activations(self, faces: np.ndarray) -> np.ndarray:
        return self._maps[None]


@pytest.mark.parametrize("label", [0, 3])
def test_the_overlay_is_the_one_that_python_draws(js: Modules, label: int) -> None:
    maps = np.random.default_rng(label).normal(0, 2, (6, 6, 7)).astype(np.float32)
    face = np.random.default_rng(9).integers(0, 256, (48, 48), np.uint8)
    found = js.run(
        "const explainer = new (await import('/explain.js')).Explainer(constants);"
        "const maps = new Float32Array((await bytes(url)).buffer);"
        "const evidence = explainer.evidence(maps, 6, label);"
        "return [packed(evidence), packed(explainer.overlay(evidence).data)]",
        url=js.put("maps", maps),
        label=label,
    )
    explanation = explain(_Network(maps), face, label)
    evidence = unpacked(found[0], np.float32, 48, 48)
    np.testing.assert_allclose(evidence, explanation.evidence, atol=1e-4)
    rgba = unpacked(found[1], np.uint8, 192, 192, 4).astype(float)
    alpha = rgba[..., 3:] / 255
    gray = face.repeat(4, axis=0).repeat(4, axis=1)[..., None]
    laid_over = (1 - alpha) * gray + alpha * rgba[..., :3]
    assert np.abs(laid_over - overlay(face, explanation)).max() <= 2


def test_where_nothing_speaks_for_a_class_nothing_is_drawn(js: Modules) -> None:
    drawn = js.run(
        "const explainer = new (await import('/explain.js')).Explainer(constants);"
        "const evidence = new Float32Array(48 * 48).fill(-1);"
        "return explainer.overlay(evidence).data.some((value) => value > 0)",
    )
    assert not drawn
