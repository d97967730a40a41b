import pytest

from fer_core.data.layout import file_number, sort_out
from fer_core.errors import DataError
from tests.data.builders import images


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


def test_another_spelling_of_the_classes_is_told_the_right_one():
    names = [name.replace("disgusted", "disgust") for name in images(1)]
    with pytest.raises(DataError, match="no image in train/disgusted, test/disgusted"):
        sort_out(names)
