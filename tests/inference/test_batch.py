import threading
import time

import numpy as np
import pytest

from fer_core.inference import batch
from fer_core.inference.batch import PictureSettings, in_order, read_all
from fer_core.inference.classifier import Classifier
from fer_core.inference.predictor import Predictor
from fer_core.inference.sources import Kind, find_inputs
from tests.builders import make_run
from tests.inference.media import gray_frames, make_video, make_zip, png


@pytest.fixture
def predictor(tmp_path, yunet):
    return Predictor(Classifier(make_run(tmp_path / "runs")), yunet)


@pytest.fixture
def folder(tmp_path, astronaut):
    made = tmp_path / "in"
    made.mkdir()
    for number in range(7):
        moved = np.roll(astronaut, 20 * number, axis=1)[..., ::-1]
        (made / f"{number}.png").write_bytes(png(moved))
    (made / "3 bad.png").write_bytes(b"x")
    (made / "5.zip").write_bytes(make_zip(("a.png", png(astronaut)), ("b.png", b"")))
    return made


def test_several_threads_give_the_answers_of_one_in_its_order(folder, predictor):
    settings = PictureSettings(draw=True)
    one, many = (
        list(read_all(find_inputs([folder]), predictor, settings, jobs)) for jobs in (1, 3)
    )
    assert [r.result.name for r in many] == [r.result.name for r in one]
    assert len(many) == 10
    assert sum(r.result.error is not None for r in many) == 2
    for a, b in zip(one, many, strict=True):
        assert a.drawn == b.drawn
        assert [face.box.xyxy for face in a.result.faces] == [
            face.box.xyxy for face in b.result.faces
        ]
        for own, other in zip(a.result.faces, b.result.faces, strict=True):
            assert (own.probabilities == other.probabilities).all()


def test_a_video_is_the_caller_s_and_what_follows_waits_for_it(folder, predictor):
    (folder / "4.mp4").write_bytes(make_video(gray_frames(2)))
    names = []

    def inputs():
        for source in find_inputs([folder]):
            names.append(source.name)
            yield source

    for reading in read_all(inputs(), predictor, jobs=3):
        if reading.source.kind is Kind.VIDEO:
            assert reading.result is None
            assert names[-1].endswith("4.mp4")


def test_few_pictures_are_held_at_a_time():
    begun = []

    def items():
        for number in range(100):
            begun.append(number)
            yield number

    for taken, result in enumerate(in_order(items(), lambda number: number, 3), start=1):
        assert result == taken - 1
        assert len(begun) - taken <= batch.WAITING * 3


def test_stopping_waits_for_nothing_that_has_not_begun():
    done = []

    def work(number):
        time.sleep(0.2)
        done.append(number)
        return number

    started = time.monotonic()
    results = in_order(range(1000), work, 2)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    assert time.monotonic() - started < 1
    time.sleep(0.5)
    assert len(done) <= 4
    assert not [t for t in threading.enumerate() if t.name.startswith("pictures")]


def test_whatever_happens_to_one_picture_the_others_are_read(folder, predictor, monkeypatch):
    real = batch.read_image

    def read(data, name):
        if name.endswith("2.png"):
            raise RuntimeError("the decoder died")
        if name.endswith("6.png"):
            raise MemoryError
        return real(data, name)

    monkeypatch.setattr(batch, "read_image", read)
    results = [r.result for r in read_all(find_inputs([folder]), predictor, jobs=2)]
    errors = {result.name.rpartition("/")[2]: result.error for result in results if result.error}
    assert "RuntimeError: the decoder died" in errors["2.png"]
    assert "more memory" in errors["6.png"]
    assert sum(result.error is None for result in results) == 6
