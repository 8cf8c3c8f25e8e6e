"""Reads a TensorFlow checkpoint without TensorFlow.

A checkpoint ("tensor bundle", V2) is two files: ``NAME.index``, a LevelDB-style sorted table from variable names to
small protocol buffers (``BundleEntryProto``), and ``NAME.data-00000-of-00001``, the raw little-endian tensors. Tables
are read uncompressed, which is how TensorFlow writes them.

Source: tensorflow/core/util/tensor_bundle, tensorflow/core/lib/io/table_format.txt and
tensorflow/core/protobuf/tensor_bundle.proto.
"""

import math
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animedub.errors import MissingError

_FOOTER_BYTES = 48
_MAGIC = 0xDB4775248B80FB57
_DT_FLOAT = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Fields = dict[int, list[int | bytes]]


def read_checkpoint(prefix: Path) -> dict[str, NDArray[np.float32]]:
    """The float32 variables of a checkpoint by name; ``prefix`` is its path without ``.index``.

    Raises:
        MissingError: A file is absent, cut short or not a checkpoint.
    """
    try:
        index = prefix.with_name(prefix.name + ".index").read_bytes()
        data = np.memmap(prefix.with_name(prefix.name + ".data-00000-of-00001"), np.uint8, "r")
        return {name.decode(): _tensor(entry, data) for name, entry in _entries(index) if _is_float(entry)}
    except (OSError, ValueError, IndexError, KeyError, struct.error) as error:
        raise MissingError(f"{prefix} is not a whole TensorFlow checkpoint; fetch the model again") from error


def _entries(index: bytes) -> Iterator[tuple[bytes, Fields]]:
    """Variable names and their ``BundleEntryProto``; the header, which has an empty name, is left out."""
    footer = index[-_FOOTER_BYTES:]
    if struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("no table footer")
    at = 0
    for _ in range(2):  # the handle of the meta-index, which is empty
        _, at = _varint(footer, at)
    for _, handle in _block(index, *_handle(footer, at)):
        yield from ((key, _fields(value)) for key, value in _block(index, *_handle(handle, 0)) if key)


def _tensor(entry: Fields, data: NDArray[np.uint8]) -> NDArray[np.float32]:
    shape = [_number(_fields(size), 1) for size in _messages(_fields(_messages(entry, 2)[0]), 2)]
    start, size = _number(entry, 4), _number(entry, 5)
    if size != 4 * math.prod(shape) or start + size > len(data):
        raise ValueError("a tensor reaches beyond the data file")
    return np.frombuffer(data[start : start + size].tobytes(), "<f4").reshape(shape)


def _is_float(entry: Fields) -> bool:
    return _number(entry, 1) == _DT_FLOAT and 2 in entry


def _number(fields: Fields, tag: int) -> int:
    value = fields.get(tag, [0])[0]
    if not isinstance(value, int):
        raise ValueError(f"field {tag} is no number")
    return value


def _messages(fields: Fields, tag: int) -> list[bytes]:
    return [value for value in fields.get(tag, []) if isinstance(value, bytes)]


def _handle(data: bytes, at: int) -> tuple[int, int]:
    offset, at = _varint(data, at)
    size, _ = _varint(data, at)
    return offset, size


def _block(table: bytes, offset: int, size: int) -> list[tuple[bytes, bytes]]:
    """Keys and values of one block; a key repeats only what differs from the one before."""
    block, compression = table[offset : offset + size], table[offset + size]
    if compression:
        raise ValueError("the table is compressed")
    restarts = struct.unpack("<I", block[-4:])[0]
    end, at, key, pairs = len(block) - 4 - 4 * restarts, 0, b"", []
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        pairs.append((key, block[at : at + length]))
        at += length
    return pairs


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A base-128 number and the position behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _fields(message: bytes) -> Fields:
    """The fields of a protocol buffer by tag, not interpreted further."""
    fields: Fields = {}
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        tag, wire = key >> 3, key & 7
        value: int | bytes
        if wire == _VARINT:
            value, at = _varint(message, at)
        elif wire in (_FIXED64, _FIXED32, _BYTES):
            length = {_FIXED64: 8, _FIXED32: 4}.get(wire, 0)
            if wire == _BYTES:
                length, at = _varint(message, at)
            value, at = message[at : at + length], at + length
        else:
            raise ValueError(f"wire type {wire} is not used in checkpoints")
        fields.setdefault(tag, []).append(value)
    return fields
