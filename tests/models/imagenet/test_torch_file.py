"""Weights that PyTorch saved, read without it; whatever else is in such a file is refused."""

import io
import pickle
import struct

import numpy as np
import pytest

from fer_core.models.imagenet.torch_file import read_tensors


class Global:
    """Pickled as the name of something in a module that is not here."""

    def __init__(self, module: str, name: str) -> None:
        self.where = (module, name)


class Tensor:
    def __init__(self, key: str, array: np.ndarray, strides=None) -> None:
        self.key, self.array = key, array
        self.strides = strides or tuple(step // array.itemsize for step in array.strides)


class Pickler(pickle._Pickler):  # the one in Python lets what is written be chosen
    def persistent_id(self, obj):
        if not isinstance(obj, Tensor):
            return None
        kind = "FloatStorage" if obj.array.dtype == np.float32 else "LongStorage"
        return ("storage", Global("torch", kind), obj.key, "cpu", obj.array.size, None)

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Global):
            module, name = obj.where
            self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        else:
            super().save(obj, save_persistent_id)


def _saved(tensors: dict[str, Tensor], function=("torch._utils", "_rebuild_tensor_v2")) -> bytes:
    """As `torch.save` of version 1.5 wrote a dictionary of tensors."""
    stream = io.BytesIO()
    for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(part, stream, 2)
    body = io.BytesIO()
    pickler = Pickler(body, 2)
    pickler.write(pickle.PROTO + b"\x02" + pickle.EMPTY_DICT + pickle.MARK)
    for name, tensor in tensors.items():
        pickler.save(name)
        pickler.save(Global(*function))
        pickler.write(pickle.MARK)
        pickler.save(tensor)
        for value in (0, tensor.array.shape, tensor.strides, False, {}):
            pickler.save(value)
        pickler.write(pickle.TUPLE + pickle.REDUCE)
    pickler.write(pickle.SETITEMS + pickle.STOP)
    stream.write(body.getvalue())
    pickle.dump([tensor.key for tensor in tensors.values()], stream, 2)
    for tensor in tensors.values():
        stream.write(struct.pack("<q", tensor.array.size) + tensor.array.tobytes())
    return stream.getvalue()


@pytest.fixture
def tensors():
    kernel = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    return {"a.weight": Tensor("7", kernel), "b.steps": Tensor("9", np.array(5, np.int64))}


def _read(content: bytes, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    return read_tensors(path)


def test_every_tensor_comes_back(tensors, tmp_path):
    found = _read(_saved(tensors), tmp_path)

    assert list(found) == list(tensors)
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.array.dtype
        np.testing.assert_array_equal(found[name], tensor.array)


def test_a_file_that_would_run_code_is_refused(tensors, tmp_path):
    with pytest.raises(ValueError, match="not a file of weights"):
        _read(_saved(tensors, ("os", "system")), tmp_path)


@pytest.mark.parametrize("content", [b"", b"no pickle", b"PK\x03\x04" + b"\0" * 99])
def test_another_file_is_refused(content, tmp_path):
    with pytest.raises(ValueError, match="not a file of weights"):
        _read(content, tmp_path)


def test_a_file_that_was_cut_off_is_refused(tensors, tmp_path):
    whole = _saved(tensors)
    for length in range(len(whole)):
        with pytest.raises(ValueError, match="weights"):
            _read(whole[:length], tmp_path)


def test_a_transposed_tensor_comes_back(tmp_path):
    stored = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = _read(_saved({"a": Tensor("1", stored, strides=(1, 2))}), tmp_path)
    np.testing.assert_array_equal(found["a"], [[0, 2, 4], [1, 3, 5]])


@pytest.mark.parametrize("strides", [(3, 2), (-3, 1), (3,)])
def test_a_tensor_beyond_its_numbers_is_refused(strides, tmp_path):
    kernel = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match="damaged"):
        _read(_saved({"a": Tensor("1", kernel, strides=strides)}), tmp_path)
