"""The Train page's cards: what each takes and reaches, and that its button starts just that."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.jobs.base import DataSource
from fer_core.jobs.limits import DISK_VARIABLE, QUEUE_VARIABLE, Limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.offers import offers
from fer_core.models.registry import get_preset
from fer_core.runs.store import Run
from pages.parts.shared import cached
from tests.builders import make_dataset, make_run, with_config
from tests.pages.train.page import SECONDS, find_button, open_page, text, wait

TRY, TINY, COMPACT = (offer.action for offer in offers())


def off(page: AppTest) -> list[bool]:
    return [find_button(page, label).disabled for label in (TRY, TINY, COMPACT)]


def make_compact(runs: Path) -> Run:
    """A run of the preset, half of whose answers are right."""
    run = make_run(runs, "compact", epochs=4, accuracy=0.5)
    train = TrainConfig(preset="compact", model="compact", epochs=4, validation="grouped")
    changes = {"train": train, "counts": {"train": 25_841}}
    return with_config(run, **changes)


def test_each_card_says_how_long_it_takes_and_what_it_reaches_by_its_run(
    runs: Path, unlocked: None
) -> None:
    run = make_compact(runs)
    page = open_page()

    shown = text(page)
    assert "measured on 2 cores" in shown
    # Epochs of 12.5 seconds, 98 of them.
    assert "**About 20 min**  \n:small[as the run 'compact' took, on a CPU]" in shown
    accuracy = cached.report(run).accuracy
    assert f"**{100 * accuracy:.1f} % right**  \n:small[of 140 test images" in shown
    assert "there is no run 'tiny' here to go by" in shown


def test_one_click_trains_on_drawn_faces_and_the_result_says_so(runs: Path, unlocked: None) -> None:
    page = open_page()
    assert "Nothing is running" in text(page)

    find_button(page, TRY).click().run()

    assert not page.exception
    jobs = LocalBackend(runs)
    spec = jobs.status("tiny-synthetic").spec
    assert spec is not None
    assert (spec.train, spec.data) == (offers()[0].config, DataSource.SYNTHETIC)
    wait(lambda: not jobs.status("tiny-synthetic").is_active)
    page.run()
    assert "'tiny-synthetic' is done" in text(page)


def test_a_card_starts_the_preset_whatever_the_drawer_holds(
    runs: Path, unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    SECONDS["now"] = 60
    monkeypatch.setattr(cached, "has_data", lambda: True)
    page = open_page(preset="compact")
    page.session_state["train-seed"] = "5"
    page.run()

    find_button(page, COMPACT).click().run()

    (job,) = LocalBackend(runs).list()
    assert job.train == get_preset("compact").config


def test_without_the_data_set_its_cards_say_what_to_do_and_drawn_faces_train(
    runs: Path, unlocked: None
) -> None:
    page = open_page()

    assert off(page) == [False, True, True]
    assert "Needs the data set, which is not on this machine." in text(page)


def test_tiny_needs_the_run_that_teaches_it(
    runs: Path, unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached, "has_data", lambda: True)
    page = open_page()

    assert off(page) == [False, True, False]
    assert "There is no run 'compact'" in text(page)


def test_tiny_is_not_offered_on_other_images_than_its_teacher_had(
    runs: Path, unlocked: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(make_dataset(tmp_path / "mine")))
    fer2013.load()
    make_compact(runs).keras_path.touch()
    page = open_page()

    assert off(page) == [False, True, False]
    assert "Run 'compact' was trained on other images" in text(page)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [(DISK_VARIABLE, "1e9", "GB of disk are free"), (QUEUE_VARIABLE, "0", "queue takes 0")],
)
def test_a_full_disk_or_queue_is_told_and_nothing_can_start(
    variable: str, value: str, told: str, unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    page = open_page()

    assert told in text(page)
    assert off(page)[0]


def test_what_is_started_beside_a_job_is_said_to_wait(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    wait(lambda: (runs / "mine" / "begun").exists())
    page = open_page()
    assert "A new training waits until those before it have ended." in text(page)

    find_button(page, TRY).click().run()

    assert "tiny-synthetic: 1 job before it" in text(page)


def test_a_start_that_fails_is_a_sentence_and_leaves_nothing(
    runs: Path, unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(12, "Cannot allocate memory")

    page = open_page()
    monkeypatch.setattr("fer_core.jobs.local.spawn", refuse)
    find_button(page, TRY).click().run()

    assert not page.exception
    assert "could not be started: cannot allocate memory" in text(page)
    assert LocalBackend(runs).list() == []
