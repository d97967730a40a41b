"""What `sweep` prints while it runs."""

import shlex
from importlib import import_module

import pytest

from fer_core.scale.sweep_files import Trial, TrialState
from tests.scale.sweeps import a_sweep


def test_a_trial_is_told_when_it_begins_and_when_it_ends(capsys):
    tell = import_module("fer_core.cli.sweep")._Printed(a_sweep())
    trial = Trial(number=3, values={"learning_rate": 0.05, "augmentation": "medium"})

    for epoch in (0, 1):
        tell(trial.model_copy(update={"epoch": epoch, "val_accuracy": 0.5 if epoch else None}))
    done = {"state": TrialState.DONE, "epoch": 9, "val_accuracy": 0.614}
    tell(trial.model_copy(update=done))

    assert " ".join(capsys.readouterr().out.split()) == (
        "trial 3 of 12: running, learning_rate 0.05, augmentation medium "
        "trial 3 of 12: done, validation 61.4 % after 9 epochs"
    )


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.05, "key=0.05"),
        ("strong", "key=strong"),
        ([], '"key=[]"'),  # zsh takes bare brackets for a pattern
        (["one"], '"key=[\\"one\\"]"'),
    ],
)
def test_the_best_settings_are_printed_as_sh_and_cmd_take_them(value, printed):
    option = import_module("fer_core.cli.sweep")._as_option("key", value)

    assert option == printed
    assert len(shlex.split(option)) == 1
    assert "'" not in option  # which Windows takes for a character like others
