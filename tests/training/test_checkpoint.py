"""A checkpoint is whole or absent, whenever the process dies."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from fer_core.errors import RunError
from fer_core.training import checkpoint
from fer_core.training.checkpoint import Progress
from fer_core.training.schedules import ScheduleState


class Variable:
    """Stands in for a Keras variable."""

    def __init__(self, value):
        self.value = np.asarray(value)
        self.path = "layer/kernel"

    @property
    def shape(self):
        return self.value.shape

    def assign(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return self.value


def _networks(*values):
    variables = [Variable(value) for value in values]
    return SimpleNamespace(state=lambda: variables)


def _progress(epoch: int) -> Progress:
    return Progress(epoch, [{"epoch": float(epoch)}], ScheduleState(0.01, 0.5, 2))


def _value(folder) -> float:
    networks = _networks([0.0])
    checkpoint.restore(folder, networks)
    return float(networks.state()[0].value[0])


def test_everything_comes_back(tmp_path):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.5, 2.5], 7), _progress(3))
    networks = _networks([0.0, 0.0], 0)

    progress = checkpoint.restore(folder, networks)

    assert progress == _progress(3)
    assert networks.state()[0].value.tolist() == [1.5, 2.5]
    assert networks.state()[1].value == 7


def test_a_death_between_the_renames_falls_back_to_the_one_before(tmp_path):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.0]), _progress(1))
    folder.rename(tmp_path / "checkpoint.previous")
    (tmp_path / "checkpoint.new").mkdir()

    assert checkpoint.exists(folder)
    assert _value(folder) == 1.0


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.0]), _progress(1))

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save(folder, _networks([2.0]), _progress(2))

    assert _value(folder) == 1.0


def test_a_damaged_checkpoint_says_so(tmp_path):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.0]), _progress(1))
    (folder / "variables.npz").write_bytes(b"PK\x03\x04 cut short")

    with pytest.raises(RunError, match="damaged"):
        checkpoint.restore(folder, _networks([0.0]))


def test_a_damaged_checkpoint_falls_back_to_the_one_before(tmp_path):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.0]), _progress(1))
    checkpoint.save(folder, _networks([2.0]), _progress(2))
    (folder / "variables.npz").write_bytes(b"PK\x03\x04 cut short")

    assert checkpoint.finished_epochs(folder) == 1
    assert _value(folder) == 1.0


def test_another_network_is_refused(tmp_path):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.0]), _progress(1))

    with pytest.raises(RunError, match="another network"):
        checkpoint.restore(folder, _networks([0.0, 0.0]))


def test_removing_leaves_nothing(tmp_path):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.0]), _progress(1))
    checkpoint.save(folder, _networks([2.0]), _progress(2))

    checkpoint.remove(folder)

    assert list(tmp_path.iterdir()) == []


def test_nothing_to_restore_is_an_error_of_ours(tmp_path):
    assert not checkpoint.exists(tmp_path / "checkpoint")
    with pytest.raises(RunError, match="no checkpoint"):
        checkpoint.restore(tmp_path / "checkpoint", _networks([0.0]))


def test_the_state_is_readable_by_others(tmp_path):
    folder = tmp_path / "checkpoint"
    checkpoint.save(folder, _networks([1.0]), _progress(4))

    assert json.loads((folder / "state.json").read_text(encoding="utf-8"))["epoch"] == 4
