import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.data.layout import file_number, sort_out
from fer_core.errors import DataError
from tests.data.builders import images

PARTS = "train", "PublicTest", "PrivateTest"


@pytest.mark.parametrize(
    ("name", "number"),
    [("im12.png", 12), ("test/happy/im7.png", 7), ("x.png", -1), ("a.b4.jpg", 4), ("12", 12)],
)
def test_the_number_in_a_file_name(name, number):
    assert file_number(name) == number


def test_the_root_with_the_most_images_wins():
    names = [f"full/{name}" for name in images(2)] + [f"sample/{name}" for name in images(1)]
    contents = sort_out(names)
    assert set(contents.taken) == {name for name in names if name.startswith("full/")}
    assert len(contents.skipped) == 14


@pytest.mark.parametrize(
    "spelled",
    [
        {"disgusted": "disgust", "fearful": "fear", "surprised": "surprise"},
        {name: name.capitalize() for name in CLASS_NAMES},
        {"angry": "ANGER", "happy": "Happiness", "sad": "Sadness"},
        {"happy": "joy", "fearful": "Scared"},
        {"train/": "Training/", "test/": "PublicTest/"},
        {"test/": "val/"},
        {"train/": "x/Train/", "test/": "x/Validation/"},
    ],
)
def test_well_known_spellings_are_read(spelled):
    names = []
    for name in images(1):
        for ours, theirs in spelled.items():
            name = name.replace(ours, theirs)
        names.append(name)
    contents = sort_out(names)
    assert sorted(contents.taken.values()) == sorted(images(1))
    assert not contents.skipped


def test_public_and_private_test_images_are_numbered_as_kaggle_has_them():
    names = [name.replace("test/", f"{part}/") for part in PARTS for name in images(2)]
    taken = sort_out(names).taken
    assert taken["PublicTest/happy/im1.png"] == "test/happy/im1.png"
    assert taken["PrivateTest/happy/im0.png"] == "test/happy/im2.png"
    flat = [name for name in images(1) if name.startswith("train/")]
    for key in CLASS_NAMES:
        flat += [f"test/{key}/PrivateTest_7.jpg", f"test/{key}/PublicTest_99.jpg"]
    taken = sort_out(flat).taken
    assert taken["test/sad/PublicTest_99.jpg"] == "test/sad/im0.jpg"
    assert taken["test/sad/PrivateTest_7.jpg"] == "test/sad/im1.jpg"


def test_a_third_part_and_an_eighth_class_are_named():
    others = ["val/happy/im0.png", "train/contempt/im0.png", "train/happy/notes.txt"]
    skipped = dict(sort_out([*images(1), *others]).skipped)
    assert set(skipped) == set(others)
    assert "val is a third part" in skipped[others[0]]
    assert "contempt is none of the seven classes" in skipped[others[1]]


def test_a_source_of_other_classes_names_its_folders():
    names = [name.replace("sad/", "contempt/") for name in images(1)]
    with pytest.raises(DataError, match=r"no image in train/sad, test/sad.*test/contempt"):
        sort_out(names)
