from fer_core.bench.folder import make_folder, measure_folder
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import haar_detector
from fer_core.inference.predictor import Predictor
from tests.builders import make_run


def test_a_folder_is_timed_with_each_number_of_jobs_and_answers_compared(tmp_path):
    (tmp_path / "in").mkdir()
    make_folder(tmp_path / "in", 4)
    predictor = Predictor(Classifier(make_run(tmp_path / "runs")), haar_detector())
    one, two = measure_folder(tmp_path / "in", predictor, [1, 2], rounds=1)
    assert (one.jobs, two.jobs) == (1, 2)
    assert one.pictures == two.pictures == 4
    assert two.same
    assert one.rate > 0
