import numpy as np
import pytest

from fer_core.inference.box import Box
from fer_core.inference.smoothing import Smoother
from fer_core.inference.tracking import Tracker
from tests.pages.live.reading.conftest import Modules

pytestmark = pytest.mark.browser


def _frames(rng: np.random.Generator) -> list[tuple[float, list[list[float]]]]:
    """Times, and the boxes of faces that walk about, jump, leave and come back."""
    time, frames = 0.0, []
    middles, sizes = rng.uniform(80, 560, (4, 2)), rng.uniform(50, 150, 4)
    for _ in range(80):
        time += rng.choice([0.03, 0.1, 0.5, 1.4])
        middles += rng.normal(0, rng.choice([4, 40]), middles.shape)
        sizes = np.clip(sizes * rng.uniform(0.9, 1.1, 4), 30, 250)
        shown = rng.permutation(4)[: rng.integers(0, 5)]
        halves = np.stack([sizes, 1.2 * sizes], axis=1) / 2
        boxes = [[*(middles[i] - halves[i]), *(middles[i] + halves[i])] for i in shown]
        frames.append((time, [[float(value) for value in box] for box in boxes]))
    return frames


def test_faces_get_the_numbers_that_python_gives_them(js: Modules) -> None:
    sequences = [_frames(np.random.default_rng(seed)) for seed in range(5)]
    expected = []
    for frames in sequences:
        tracker = Tracker()
        boxes = [[Box(tuple(xyxy), 1.0) for xyxy in found] for _, found in frames]
        expected.append(
            [
                [tracker.update(found, time), list(tracker.numbers)]
                for (time, _), found in zip(frames, boxes, strict=True)
            ]
        )
    found = js.run(
        "const {Box} = await import('/box.js');"
        "const {Tracker} = await import('/tracking.js');"
        "return sequences.map((frames) => {"
        "  const tracker = new Tracker(constants);"
        "  return frames.map(([time, boxes]) => {"
        "    const numbers = tracker.update(boxes.map((xyxy) => new Box(xyxy, 1, [])), time);"
        "    return [numbers, tracker.numbers];"
        "  });"
        "})",
        sequences=sequences,
    )
    assert found == expected
    assert max(max(numbers, default=0) for numbers, _ in expected[0]) > 6, "Too few faces came."


def test_probabilities_are_smoothed_as_in_python(js: Modules) -> None:
    rng = np.random.default_rng(0)
    samples = []
    for step in range(60):
        scores = rng.dirichlet(np.ones(7)).astype(np.float32)
        half_life = [0.3, 0.0, 2.0][step // 20]
        samples.append([step % 3 + 1, scores.tolist(), 0.1 * step, half_life, step == 30])
    smoother, expected = Smoother(0.3), []
    for number, scores, time, half_life, forget in samples:
        smoother.half_life = half_life
        if forget:
            smoother.keep([2])
        expected.append(smoother.update(number, np.array(scores, np.float32), time))
    found = js.run(
        "const smoother = new (await import('/smoothing.js')).Smoother(0.3);"
        "return samples.map(([number, scores, time, halfLife, forget]) => {"
        "  smoother.halfLife = halfLife;"
        "  if (forget) smoother.keep([2]);"
        "  return [...smoother.update(number, Float32Array.from(scores), time)];"
        "})",
        samples=samples,
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)
