"""How quickly the video is read, as the page tells it and acts on it."""

import pytest

from tests.pages.live.reading.conftest import Modules

pytestmark = pytest.mark.browser

_PLAY = """
const {Pace} = await import('/pace.js');
const pace = new Pace(15);
pace.begin();
for (const [index, [milliseconds, faces]] of frames.entries()) pace.add(index / 10, milliseconds,
  {faces: Array(faces), milliseconds: {detect: milliseconds / 2, frame: 1, classify: 4}});
return {fps: pace.fps, each: pace.milliseconds, detect: pace.stage('detect'),
        slow: pace.isSlow(frames.length / 10), withFace: pace.withFace};
"""


def test_one_slow_frame_changes_no_median(js: Modules) -> None:
    seen = js.run(_PLAY, frames=[(20, 1)] * 10 + [(500, 1)] + [(20, 0)] * 10)
    assert seen["fps"] == pytest.approx(10)
    assert (seen["each"], seen["detect"]) == (20, 10)
    assert seen["withFace"] == 11


def test_only_a_machine_that_is_slow_for_long_with_faces_is_slow(js: Modules) -> None:
    assert js.run(_PLAY, frames=[(90, 1)] * 70)["slow"]
    assert not js.run(_PLAY, frames=[(90, 1)] * 40)["slow"]
    assert not js.run(_PLAY, frames=[(60, 1)] * 70)["slow"]
    # No network runs without a face, so a lighter one would not help.
    assert not js.run(_PLAY, frames=[(90, 0)] * 70)["slow"]
