"""Reads a file of weights that PyTorch wrote before version 1.6, without PyTorch.

Such a file is a row of pickles and the raw numbers after them. Unpickled is nothing but
what a dictionary of tensors needs: a file that asks for anything else is refused, so it
cannot run code here.
"""

import collections
import pickle
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_TYPES: dict[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Every tensor of what `torch.save(model.state_dict(), path)` left, of float32 and int64, by
    its name, in the shapes and the order that they were saved in.

    Raises:
        ValueError: the file is something else, damaged or cut off.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        try:
            return _read(stream)
        except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, KeyError) as exc:
            raise ValueError("not a file of weights of PyTorch 1.5 or older") from exc
        except (struct.error, TypeError) as exc:
            raise ValueError("the file of weights is damaged") from exc


def _read(stream: BinaryIO) -> dict[str, NDArray[Any]]:
    if _Unpickler(stream).load() != _MAGIC or _Unpickler(stream).load() != _PROTOCOL:
        raise pickle.UnpicklingError("Another kind of file.")
    _Unpickler(stream).load()  # of the machine that wrote it
    unpickler = _Unpickler(stream)
    views = unpickler.load()
    storages = {
        key: _storage(stream, *unpickler.storages[key]) for key in _Unpickler(stream).load()
    }
    return {name: _tensor(storages[view[0]], *view[1:]) for name, view in views.items()}


class _Unpickler(pickle.Unpickler):
    """Makes dictionaries and notes of tensors, nothing else.

    Attributes:
        storages: type and number of elements of each block of numbers, by its key.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.storages: dict[str, tuple[str, int]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _noted
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of weights.")

    def persistent_load(self, pid: Any) -> str:
        """Of a block of numbers: its key; the numbers come later."""
        _, kind, key, _, elements, *_ = pid
        self.storages[key] = (kind, elements)
        return str(key)


def _noted(key: str, offset: int, shape: Any, strides: Any, *_: Any) -> tuple[Any, ...]:
    """A tensor as a view of a block of numbers."""
    return key, offset, shape, strides


def _storage(stream: BinaryIO, kind: str, elements: int) -> NDArray[Any]:
    (found,) = struct.unpack("<q", stream.read(8))
    kept = stream.read(elements * _TYPES[kind].itemsize) if found == elements else b""
    if len(kept) < elements * _TYPES[kind].itemsize:
        raise TypeError("Cut off.")
    return np.frombuffer(kept, _TYPES[kind])


def _tensor(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> NDArray[Any]:
    """A tensor's part of `storage`; its steps along each axis are counted in elements."""
    if len(shape) != len(strides) or min((offset, *shape, *strides)) < 0:
        raise TypeError("Not a view.")
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if last >= len(storage):
        raise TypeError("It reaches beyond its numbers.")
    steps = [step * storage.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps).copy()
