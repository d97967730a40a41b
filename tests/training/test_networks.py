"""The network in its roles: trained, validated, served, teaching."""

import numpy as np
import pytest

from fer_core.config import Precision, TrainConfig
from fer_core.models.registry import WEIGHTS, build_network
from tests.builders import tiny_config

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # TensorFlow's own imports
    pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning"),  # tf2onnx
]

FACES = np.random.default_rng(0).integers(0, 256, (16, 48, 48, 1), dtype=np.uint8)
TARGETS = np.eye(7, dtype=np.float32)[np.arange(16) % 7]
EVERYTHING = tiny_config(mixup=0.4, degradation=0.5)


def _serve(networks, config: TrainConfig, temperature: float = 1.0):
    from fer_core.training.networks import build_for_serving

    return build_for_serving(config, networks.core.get_weights(), temperature)


@pytest.fixture(scope="module")
def networks():
    from fer_core.training.networks import build_for_training

    return build_for_training(EVERYTHING)


def test_outside_training_neither_augmentation_nor_mixup_acts(networks):
    outputs = networks.training.predict({"faces": FACES, "targets": TARGETS}, verbose=0)

    served = _serve(networks, EVERYTHING).predict(FACES, verbose=0)[0]
    np.testing.assert_allclose(outputs[:, :7], served, atol=1e-5)
    np.testing.assert_array_equal(outputs[:, 7:], TARGETS)


def test_temperature_divides_the_logits(networks):
    from fer_core.evaluation.calibration import rescale

    plain = _serve(networks, EVERYTHING).predict(FACES, verbose=0)[0]
    cooled = _serve(networks, EVERYTHING, temperature=2.5).predict(FACES, verbose=0)[0]

    np.testing.assert_allclose(cooled, rescale(plain, 2.5), atol=1e-5)


def test_activations_average_to_the_logits(networks):
    probabilities, activations, _ = _serve(networks, EVERYTHING).predict(FACES, verbose=0)

    logits = activations.mean(axis=(1, 2))
    softmax = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax /= softmax.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax, probabilities, atol=1e-5)


def test_features_are_what_the_last_layer_sees(networks):
    model = _serve(networks, EVERYTHING, temperature=2.0)
    probabilities, _, features = model.predict(FACES, verbose=0)

    kernel, bias = networks.core.get_layer("logits").get_weights()
    powers = np.exp((features @ np.array(kernel) + np.array(bias)) / 2)
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), probabilities, atol=1e-5)


def test_the_onnx_file_has_every_output_by_name(networks, tmp_path):
    import onnxruntime

    from fer_core.export.onnx_file import OUTPUTS, export_onnx

    path = tmp_path / "model.onnx"
    model = _serve(networks, EVERYTHING)
    export_onnx(model, path)

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert tuple(output.name for output in session.get_outputs()) == OUTPUTS
    answers = session.run(OUTPUTS, {"faces": FACES})
    for answer, expected in zip(answers, model.predict(FACES, verbose=0), strict=True):
        assert answer.dtype == np.float32
        np.testing.assert_allclose(answer, expected, atol=1e-3)
    features = networks.core.get_layer("logits").kernel.shape[0]
    assert answers[2].shape == (len(FACES), features)


def test_the_onnx_file_holds_nothing_that_slows_one_face(networks, tmp_path):
    import onnx

    from fer_core.export.onnx_file import export_onnx

    path = tmp_path / "model.onnx"
    export_onnx(_serve(networks, EVERYTHING), path)

    graph = onnx.load(str(path)).graph
    ranks = {item.name: len(item.dims) for item in graph.initializer}
    used = {name for node in graph.node for name in node.input}
    assert not {"Shape", "Gather", "Concat"} & {node.op_type for node in graph.node}
    assert all(ranks.get(name) != 0 for name in used)
    assert used >= ranks.keys()


@pytest.mark.parametrize("model", ["tiny", "report-baseline"])
def test_a_teacher_answers_as_its_served_model(model):
    from fer_core.training.networks import as_core, build_for_training

    config = TrainConfig(model=model)
    served = _serve(build_for_training(config), config)

    answers = as_core(served, "teacher1").predict(FACES.astype(np.float32), verbose=0)

    expected = served.predict(FACES, verbose=0)
    expected = expected[0] if isinstance(expected, list) else expected
    np.testing.assert_allclose(answers, expected, atol=1e-5)


def test_a_teacher_answers_alike_in_the_students_precision(networks):
    import keras

    from fer_core.training.networks import as_core

    served = _serve(networks, EVERYTHING)
    teacher = as_core(served, "teacher1", Precision.MIXED_BFLOAT16)

    kinds = {layer.compute_dtype for layer in teacher.get_layer(served.name).layers}
    assert "bfloat16" in kinds, "Nothing computes faster."
    answers = teacher.predict(FACES.astype(np.float32), verbose=0)
    assert keras.backend.standardize_dtype(answers.dtype) == "float32"
    np.testing.assert_allclose(answers, served.predict(FACES, verbose=0)[0], atol=0.02)


def test_teachers_answers_are_in_the_output_and_never_trained(networks):
    from fer_core.training.networks import as_core, build_for_training

    taught = tiny_config(teachers=("one", "two"), augmentation="none")
    teachers = [as_core(_serve(networks, EVERYTHING), f"teacher{i}") for i in (1, 2)]
    expected = _serve(networks, EVERYTHING).predict(FACES, verbose=0)[0]
    student = build_for_training(taught, teachers=teachers)
    before = [np.array(weight) for weight in teachers[0].weights]

    batch = {"faces": FACES, "targets": TARGETS}
    student.training.fit(batch, np.arange(16) % 7, epochs=2, batch_size=8, verbose=0)

    outputs = student.training.predict(batch, verbose=0)
    np.testing.assert_allclose(outputs[:, 14:], expected, atol=1e-4)
    taught_now = np.array(student.training(batch, training=True))  # without a teacher's dropout
    np.testing.assert_allclose(taught_now[:, 14:], expected, atol=1e-4)
    for weight, value in zip(teachers[0].weights, before, strict=True):
        np.testing.assert_array_equal(np.array(weight), value)


def test_averaged_weights_are_taken_for_the_block_and_given_back():
    from fer_core.training.averaging import averaged
    from fer_core.training.networks import build_for_training

    config = tiny_config(weight_average=0.9, augmentation="none")
    networks = build_for_training(config)
    batch = {"faces": FACES, "targets": TARGETS}
    networks.training.fit(batch, np.arange(16) % 7, epochs=3, batch_size=8, verbose=0)
    last = networks.core.get_weights()

    with averaged(networks, config, FACES):
        inside = networks.core.get_weights()

    assert any(not np.array_equal(a, b) for a, b in zip(last, inside, strict=True))
    for before, after in zip(last, networks.core.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_measured_statistics_are_those_of_the_images():
    import keras

    from fer_core.training.averaging import measure_statistics

    faces = keras.Input((48, 48, 1))
    norm = keras.layers.BatchNormalization()
    model = keras.Model(faces, norm(faces))

    measure_statistics(model, np.repeat(FACES, 40, axis=0))

    np.testing.assert_allclose(np.array(norm.moving_mean), FACES.mean(), rtol=1e-3)
    np.testing.assert_allclose(np.array(norm.moving_variance), FACES.var(), rtol=1e-2)


def test_deployed_networks_keep_their_limits():
    assert WEIGHTS["compact"] <= 3_000_000
    assert WEIGHTS["tiny"] <= 300_000


@pytest.mark.parametrize(
    "model",
    [
        name if name in ("compact", "tiny") else pytest.param(name, marks=pytest.mark.long)
        for name in WEIGHTS
    ],
)
def test_a_network_has_as_many_weights_as_the_list_of_presets_says_and_can_be_served(model):
    from fer_core.training.networks import build_for_serving

    config = TrainConfig(model=model)
    network = build_network(config)

    assert network.count_params() == WEIGHTS[model]
    served = build_for_serving(config, network.get_weights())
    assert served.outputs[0].shape == (None, 7)


def test_the_plain_network_has_no_shortcuts_and_ends_in_a_map():
    network = build_network(TrainConfig(model="vgg"))
    kinds = [type(layer).__name__ for layer in network.layers]

    assert kinds.count("Conv2D") == 8
    assert "Add" not in kinds
    assert network.get_layer("features").output.shape == (None, 6, 6, 512)
    assert network.output.shape == (None, 7)
