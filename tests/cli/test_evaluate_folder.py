"""`evaluate-folder`: a user's own labelled pictures on the command line."""

import io
import json

import cv2
import pandas as pd
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.cli import app
from tests.builders import draw_noise, make_run
from tests.inference.media import make_zip


@pytest.fixture(autouse=True)
def _runs(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    for seed, name in enumerate(("one", "two")):
        make_run(tmp_path / "runs", name, seed=seed)


@pytest.fixture
def pictures(tmp_path):
    """Three faces of each of two classes."""
    for label, name in enumerate(("Happiness", "sad")):
        (tmp_path / "mine" / name).mkdir(parents=True)
        for i in range(3):
            face = draw_noise(10 * label + i)
            cv2.imwrite(str(tmp_path / "mine" / name / f"{i}.png"), face)
    return tmp_path / "mine"


def call(*arguments):
    return CliRunner().invoke(app, ["evaluate-folder", *map(str, arguments)])


def test_the_tables_say_it_for_every_model_and_dash_what_is_not_there(pictures):
    result = call(pictures, "--model", "one", "--model", "two")

    assert result.exit_code == 0, result.stderr
    for name in ("one", "two"):
        assert f"Per class, {name}" in result.stdout
        assert f"Confusion matrix, {name}" in result.stdout
    assert "nan" not in result.stdout
    absent = "angry, disgusted, fearful, neutral, surprised"  # macro F1 is of the other two
    assert f"No image of {absent} here; averages" in " ".join(result.stdout.split())
    angry = next(line for line in result.stdout.splitlines() if line.strip().startswith("angry"))
    assert angry.split()[1:] == ["–", "–", "–", "0"]


def test_json_and_csv_are_all_that_stands_on_stdout_and_name_the_model(pictures):
    told = json.loads(call(pictures, "--model", "two", "--json").stdout)
    assert told["faces"] == 6
    assert list(told["models"]) == ["two"]
    table = pd.read_csv(io.StringIO(call(pictures, "--model", "two", "--csv").stdout))
    assert table["model"].unique().tolist() == ["two"]
    assert len(table) == 6
    right = (table["true"] == table["predicted"]).mean()
    assert told["models"]["two"]["accuracy"] == pytest.approx(right)


def test_a_zip_gives_the_same_as_its_folder(pictures, tmp_path):
    files = {p.relative_to(pictures).as_posix(): p.read_bytes() for p in pictures.rglob("*.png")}
    (tmp_path / "mine.zip").write_bytes(make_zip(*files.items()))

    assert call(tmp_path / "mine.zip", "--csv").stdout == call(pictures, "--csv").stdout


def test_a_damaged_picture_is_named_and_ends_in_1(pictures):
    (pictures / "sad" / "broken.jpg").write_bytes(b"no picture")
    (pictures / "contempt").mkdir()
    (pictures / "contempt" / "a.png").write_bytes(b"")

    result = call(pictures)

    assert result.exit_code == 1
    assert "1 picture could not be read" in result.stderr
    assert "sad/broken.jpg" in result.stderr
    assert "knows contempt" in result.stderr
    assert "6" in result.stdout


def test_only_damaged_pictures_are_no_crash(tmp_path):
    (tmp_path / "mine" / "sad").mkdir(parents=True)
    (tmp_path / "mine" / "sad" / "broken.jpg").write_bytes(b"no picture")

    result = call(tmp_path / "mine")

    assert result.exit_code == 1
    assert "no figures" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "does not exist"),
        (["{}", "--model", "nobody"], "There is no run 'nobody'"),
        (["{}", "--csv", "--json"], "exclude each other"),
        (["{}/sad"], f"one folder a class: {CLASS_NAMES[0]}"),
    ],
)
def test_wrong_use_is_a_sentence_and_ends_in_2(arguments, told, pictures):
    result = call(*(argument.format(pictures) for argument in arguments))

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
