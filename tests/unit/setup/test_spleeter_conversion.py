"""From a TensorFlow checkpoint to an ONNX graph, on small ones written here."""

import struct
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from animedub.errors import MissingError
from animedub.setup.spleeter_onnx import BINS, convert_spleeter
from animedub.setup.tensorflow_bundle import read_checkpoint


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def block(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """A table block whose keys share what they can with the one before."""
    out, before = b"", b""
    for key, value in pairs:
        shared = next(
            (i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b), min(len(key), len(before))
        )
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return out + struct.pack("<II", 0, 1)


def entry(array: np.ndarray, offset: int) -> bytes:
    """A ``BundleEntryProto``: type, shape, offset, size, checksum."""
    sizes = b"".join(b"\x12" + varint(len(size)) + size for size in (b"\x08" + varint(n) for n in array.shape))
    kind = {"float32": 1, "int64": 9}[str(array.dtype)]
    start = b"\x20" + varint(offset) if offset else b""
    head = b"\x08" + varint(kind) + b"\x12" + varint(len(sizes)) + sizes
    return head + start + b"\x28" + varint(array.nbytes) + b"\x35\0\0\0\0"


def write_checkpoint(prefix: Path, variables: dict[str, np.ndarray]) -> None:
    pairs, data = [(b"", b"\x08\x01")], b""
    for name in sorted(variables):
        pairs.append((name.encode(), entry(variables[name], len(data))))
        data += variables[name].tobytes()
    table = block(pairs)
    handle = varint(0) + varint(len(table))
    index = block([(b"z", handle)])
    at = len(table) + 5
    footer = (varint(0) + varint(0) + varint(at) + varint(len(index))).ljust(40, b"\0")
    checksum = b"\0" * 5  # not compressed; the checksum is not looked at
    whole = table + checksum + index + checksum + footer + struct.pack("<Q", 0xDB4775248B80FB57)
    prefix.with_name(prefix.name + ".index").write_bytes(whole)
    prefix.with_name(prefix.name + ".data-00000-of-00001").write_bytes(data)


WIDTHS = [2, 2, 3, 2, 3, 2, 4]  # channels of the small net, down


def small_net(draw: np.random.Generator) -> dict[str, np.ndarray]:
    """Random weights of two nets with few channels, named as in the real checkpoint."""

    def numbered(kind: str, number: int) -> str:
        return f"{kind}_{number}" if number else kind

    variables: dict[str, np.ndarray] = {}

    def add(kind: str, number: int, **shapes: tuple[int, ...]) -> None:
        for part, shape in shapes.items():
            values = draw.normal(0, 0.15, shape)
            values = np.abs(values) + 0.5 if part == "moving_variance" else values
            variables[f"{numbered(kind, number)}/{part}"] = values.astype(np.float32)

    def norm(number: int, width: int) -> None:
        add(
            "batch_normalization",
            number,
            **dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (width,)),
        )

    for net in range(2):
        for i in range(6):
            add("conv2d", 7 * net + i, kernel=(5, 5, WIDTHS[i], WIDTHS[i + 1]), bias=(WIDTHS[i + 1],))
            norm(12 * net + i, WIDTHS[i + 1])
        up = WIDTHS[6]
        for i in range(6):
            out = 1 if i == 5 else WIDTHS[5 - i]
            add("conv2d_transpose", 6 * net + i, kernel=(5, 5, out, up), bias=(out,))
            norm(12 * net + 6 + i, out)
            up = 2 * WIDTHS[5 - i]
        add("conv2d", 7 * net + 6, kernel=(4, 4, 1, 2), bias=(2,))
    return variables


def reference_mask(weights: dict[str, np.ndarray], net: int, magnitude: np.ndarray) -> np.ndarray:
    """The net as its layers are defined, one tap at a time, channels last; ``magnitude`` is ``(frames, bins, 2)``."""

    def part(kind: str, number: int, name: str) -> np.ndarray:
        return weights[f"{kind}_{number}/{name}" if number else f"{kind}/{name}"].astype(float)

    def norm(x: np.ndarray, number: int) -> np.ndarray:
        gamma, beta, mean, variance = (
            part("batch_normalization", number, n) for n in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    x, skips = magnitude.astype(float), []
    for i in range(6):
        kernel, padded = part("conv2d", 7 * net + i, "kernel"), np.pad(x, ((1, 2), (1, 2), (0, 0)))
        high, wide = x.shape[0] // 2, x.shape[1] // 2
        x = part("conv2d", 7 * net + i, "bias") + sum(
            padded[a : a + 2 * high : 2, b : b + 2 * wide : 2] @ kernel[a, b] for a in range(5) for b in range(5)
        )
        skips.append(x)
        x = norm(x, 12 * net + i)
        x = np.where(x > 0, x, 0.2 * x)
    x = skips.pop()
    for i in range(6):
        kernel = part("conv2d_transpose", 6 * net + i, "kernel")
        spread = np.zeros((2 * x.shape[0] + 3, 2 * x.shape[1] + 3, kernel.shape[2]))
        for a in range(5):
            for b in range(5):
                spread[a : a + 2 * x.shape[0] : 2, b : b + 2 * x.shape[1] : 2] += x @ kernel[a, b].T
        x = norm(np.maximum(spread[1:-2, 1:-2] + part("conv2d_transpose", 6 * net + i, "bias"), 0), 12 * net + 6 + i)
        if skips:
            x = np.concatenate([skips.pop(), x], axis=2)
    kernel, padded = part("conv2d", 7 * net + 6, "kernel"), np.pad(x, ((3, 3), (3, 3), (0, 0)))
    x = part("conv2d", 7 * net + 6, "bias") + sum(
        padded[2 * a : 2 * a + x.shape[0], 2 * b : 2 * b + x.shape[1]] @ kernel[a, b]
        for a in range(4)
        for b in range(4)
    )
    return 1 / (1 + np.exp(-x))


def test_the_graph_computes_what_the_layers_say(tmp_path: Path):
    draw = np.random.default_rng(3)
    weights = small_net(draw)
    write_checkpoint(tmp_path / "model", weights)
    convert_spleeter(tmp_path / "model", tmp_path / "separator.onnx")
    session = ort.InferenceSession(str(tmp_path / "separator.onnx"), providers=["CPUExecutionProvider"])
    magnitude = draw.exponential(2.0, (1, 2, 128, BINS)).astype(np.float32)
    (mask,) = session.run(None, {"magnitude": magnitude})

    vocals, rest = (reference_mask(weights, net, magnitude[0].transpose(1, 2, 0)) ** 2 for net in range(2))
    wanted = (vocals / (vocals + rest)).transpose(2, 0, 1)[None]
    assert wanted.std() > 0.01, "a mask that says nothing would prove nothing"
    assert np.abs(mask - wanted).max() < 1e-5


def test_variables_come_back_by_name_and_other_types_are_left_out(tmp_path: Path):
    arrays = {
        "dense/bias": np.float32([1, -2, 3]),
        "dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
        "global_step": np.array([7], np.int64),
    }
    write_checkpoint(tmp_path / "model", arrays)
    found = read_checkpoint(tmp_path / "model")
    assert sorted(found) == ["dense/bias", "dense/kernel"]
    assert all(np.array_equal(found[name], arrays[name]) for name in found)


@pytest.mark.parametrize("damage", ["absent", "cut index", "cut data", "other file"])
def test_a_damaged_checkpoint_says_what_to_do(tmp_path: Path, damage: str):
    write_checkpoint(tmp_path / "model", {"bias": np.zeros(9, np.float32)})
    index, data = tmp_path / "model.index", tmp_path / "model.data-00000-of-00001"
    match damage:
        case "absent":
            index.unlink()
        case "cut index":
            index.write_bytes(index.read_bytes()[:-9])
        case "cut data":
            data.write_bytes(data.read_bytes()[:-4])
        case "other file":
            index.write_bytes(b"not a table at all")
    with pytest.raises(MissingError, match="fetch the model again"):
        read_checkpoint(tmp_path / "model")
