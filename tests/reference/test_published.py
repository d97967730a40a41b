"""Figures of others are read from their files."""

from fer_core.reference import published


def test_people_agree_with_the_labels_about_as_often_as_goodfellow_found():
    accuracy, low, high = published.human_accuracy()

    assert low < accuracy < high
    assert (accuracy, low, high) == (0.65, 0.60, 0.70)
