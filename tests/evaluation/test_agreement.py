"""Sentences on how far answers agree."""

import numpy as np

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation import agreement


def scores(label: str) -> np.ndarray:
    row = np.full(7, 0.05, np.float32)
    row[CLASS_NAMES.index(label)] = 0.7
    return row


def test_models_that_agree_are_counted_and_the_others_named() -> None:
    happy, sad = scores("happy"), scores("sad")
    assert agreement.among_models({"a": happy}) == "a says **happy**."
    assert agreement.among_models({"a": happy, "b": happy}) == "All 2 models say **happy**."
    assert (
        agreement.among_models({"a": sad, "b": happy, "c": happy})
        == "2 of 3 models say **happy**; a says sad."
    )


def test_corruptions_that_change_the_answer_are_named() -> None:
    happy, sad = scores("happy"), scores("sad")
    assert (
        agreement.under_corruption(happy, {"blur": happy, "mask": sad})
        == "The answer stays **happy** in 1 of 2 corrupted copies; not with mask (sad)."
    )
    assert agreement.under_corruption(happy, {"blur": happy}).endswith("1 of 1 corrupted copies.")
    assert agreement.answer(sad) == "sad 70.0 %"
