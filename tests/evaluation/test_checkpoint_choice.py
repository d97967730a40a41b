"""What choosing the checkpoint on test images is worth, from every epoch of a run."""

import pandas as pd

from fer_core.evaluation import checkpoint_choice


def test_the_best_epoch_by_the_test_set_stands_beside_the_one_of_validation():
    table = pd.DataFrame(
        {
            "preset": "tiny",
            "epoch": [1, 2, 3],
            "validation": [0.5, 0.62, 0.61],
            "private_test": [0.51, 0.600, 0.612],
            "test": [0.5, 0.6, 0.6],
        }
    )

    choice = checkpoint_choice.of(table)

    assert choice is not None
    assert (choice.by_validation, choice.by_private_test) == (0.600, 0.612)
    assert "is worth 1.2 points" in choice.sentence
    assert "the best of its 3 epochs by PrivateTest reaches 61.2 %" in choice.sentence
    assert "the one that validation images choose 60.0 %" in choice.sentence


def test_nothing_is_said_where_nothing_was_measured():
    assert checkpoint_choice.of(pd.DataFrame()) is None
