"""The Train page: options of a training, refused beside the field where they are wrong."""

from pathlib import Path

import pytest

from fer_core.jobs.base import DataSource
from fer_core.jobs.limits import EPOCHS_VARIABLE
from fer_core.jobs.local import LocalBackend
from fer_core.models.registry import get_preset
from tests.pages.train.page import find_button, open_group, open_page, text


def test_a_preset_fills_the_form_and_a_wrong_value_is_refused_beside_it(unlocked: None) -> None:
    page = open_page()
    page.selectbox(key="preset").set_value("compact").run()
    config = get_preset("compact").config
    assert page.number_input(key="train-epochs").value == config.epochs
    open_group(page, "Augmentation")
    assert page.selectbox(key="train-augmentation").value == config.augmentation
    assert not page.error

    page.number_input(key="train-epochs").set_value(5).run()

    assert not page.exception
    assert "phases take 42 + 52 + 4 = 98" in page.error[0].value
    assert find_button(page, "Start training").disabled


def test_a_folded_group_sends_no_controls_and_keeps_what_was_entered(unlocked: None) -> None:
    page = open_page()
    sent = {field.key for field in (*page.number_input, *page.selectbox, *page.toggle)}
    assert "train-epochs" in sent
    assert not sent & {"train-augmentation", "train-dropout", "train-keep_best", "train-loss"}

    open_group(page, "Regularisation")
    page.number_input(key="train-dropout").set_value(0.35).run()
    page.session_state["group-Regularisation"] = False
    page.run()
    assert "Regularisation (1)" in text(page)
    assert page.session_state["train-dropout"] == 0.35
    assert not page.exception

    open_group(page, "Regularisation")
    assert page.number_input(key="train-dropout").value == 0.35


def test_another_preset_fills_folded_groups_too(unlocked: None) -> None:
    page = open_page()
    open_group(page, "Regularisation")
    page.number_input(key="train-dropout").set_value(0.35).run()
    page.session_state["group-Regularisation"] = False
    page.run()

    page.selectbox(key="preset").set_value("compact").run()
    open_group(page, "Regularisation")

    assert page.number_input(key="train-dropout").value == get_preset("compact").config.dropout


def test_a_wrong_value_in_a_folded_group_opens_it_and_is_named(unlocked: None) -> None:
    page = open_page()
    page.session_state["train-phases"] = '[{"epochs": 1, "dropout": 3}]'
    page.run()

    assert not page.exception
    assert "phases" in page.error[0].value
    assert page.text_area(key="train-phases").value
    assert find_button(page, "Start training").disabled


def test_a_run_that_is_not_there_is_refused_beside_the_option_that_names_it(
    runs: Path, unlocked: None
) -> None:
    page = open_page()
    page.segmented_control(key="train-data").set_value(DataSource.SYNTHETIC).run()
    assert not find_button(page, "Start training").disabled

    open_group(page, "Learning from other runs")
    page.text_input(key="train-initial_run").set_value("nobody").run()

    assert not page.exception
    assert "There is no run 'nobody'" in page.error[0].value
    assert find_button(page, "Start training").disabled
    assert LocalBackend(runs).list() == []


def test_without_the_data_set_training_on_it_cannot_start(unlocked: None) -> None:
    page = open_page()

    assert "data set is not on this machine" in text(page)
    assert find_button(page, "Start training").disabled


def test_what_was_entered_outlives_a_visit_to_another_page(unlocked: None) -> None:
    page = open_page()
    page.number_input(key="train-epochs").set_value(7).run()
    page.switch_page("pages/about.py").run()
    page.switch_page("pages/train.py").run()

    assert not page.exception
    assert page.number_input(key="train-epochs").value == 7


def test_more_epochs_than_the_server_allows_cannot_start(
    unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EPOCHS_VARIABLE, "10")
    page = open_page()

    assert "50 epochs are more than the 10" in text(page)
    assert find_button(page, "Start training").disabled


def test_a_name_that_is_none_is_refused_beside_it(unlocked: None) -> None:
    page = open_page()
    page.text_input(key="train-run-id").set_value("../../etc").run()

    assert "is not a run name" in page.error[0].value
    assert find_button(page, "Start training").disabled
