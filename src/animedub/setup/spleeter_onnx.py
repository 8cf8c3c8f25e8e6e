"""Builds an ONNX graph of Spleeter's two-stem separator from its TensorFlow checkpoint.

Spleeter (Hennequin et al., "Spleeter: a fast and efficient music source separation tool with pre-trained models",
JOSS 2020) has one U-Net per instrument, after Jansson et al., "Singing voice separation with deep U-Net convolutional
networks" (ISMIR 2017): six strided 5x5 convolutions down, six transposed ones up, the raw output of each convolution
joined to the layer that undoes it, a last convolution that gives a mask. The graph holds both nets and ends in the
ratio mask of the two::

    magnitude (batch, 2, frames, 1024) -> vocal_mask (batch, 2, frames, 1024), 0..1, frames a multiple of 64

It computes what the original does (masks differ by 1.2e-6 at most where there is sound), rearranged for the CPU: a
transposed convolution of stride 2 is an ordinary 3x3 one that gives the four pixels of each 2x2 cell as channels, which
the runtime does three times as fast, and a trained batch norm is one scale and one offset per channel.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from animedub.setup.tensorflow_bundle import read_checkpoint

BINS = 1024
"""Frequency bins the nets see, of the 2049 of a 4096-point transform: up to 11 kHz at 44.1 kHz."""

_DEPTH = 6
_EPSILON = 1e-3  # of Keras' batch norm
_OPSET = 17

Weights = Mapping[str, NDArray[np.float32]]
Array = NDArray[np.float32]


def convert_spleeter(prefix: Path, target: Path) -> None:
    """Write the graph of the checkpoint at ``prefix`` (path without ``.index``) to the file ``target``.

    Raises:
        MissingError: The checkpoint is absent or damaged.
    """
    onnx.save(separator_graph(read_checkpoint(prefix)), target)


def separator_graph(weights: Weights) -> onnx.ModelProto:
    """The whole separator: the ratio mask of the nets for vocals (first in the checkpoint) and accompaniment."""
    graph = _Graph()
    vocals, rest = (_unet(graph, weights, instrument, "magnitude") for instrument in range(2))
    vocals, rest = (graph.add("Mul", [mask, mask]) for mask in (vocals, rest))
    total = graph.add("Add", [vocals, rest])
    total = graph.add("Add", [total, graph.constant(np.float32(1e-10))])
    graph.add("Div", [vocals, total], output="vocal_mask")
    return graph.model()


class _Graph:
    """Collects nodes and weights; every new value gets the next number as its name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []

    def constant(self, array: Array | np.float32) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        output = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolve(self, value: str, kernel: Array, bias: Array, **attributes: Any) -> str:
        return self.add("Conv", [value, self.constant(kernel), self.constant(bias)], **attributes)

    def scale(self, value: str, scale: Array, offset: Array) -> str:
        """Per channel ``scale * value + offset``, as the one node that does both in a single pass."""
        zero, one = self.constant(np.zeros_like(scale)), self.constant(np.ones_like(scale))
        inputs = [value, self.constant(scale), self.constant(offset), zero, one]
        return self.add("BatchNormalization", inputs, epsilon=0.0)

    def model(self) -> onnx.ModelProto:
        shape = ["batch", 2, "frames", BINS]
        ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in ("magnitude", "vocal_mask")]
        graph = helper.make_graph(self.nodes, "spleeter-2stems", ends[:1], ends[1:], self.weights)
        # Fixed versions keep the file the same whatever release of onnx writes it.
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8, producer_name="animedub"
        )
        onnx.checker.check_model(model)
        return model


def _unet(graph: _Graph, weights: Weights, instrument: int, value: str) -> str:
    """One instrument's net: its own mask, before the two are weighed against each other."""
    skips: list[str] = []
    for layer in range(_DEPTH):
        kernel, bias = _layer(weights, "conv2d", instrument * (_DEPTH + 1) + layer)
        value = graph.convolve(value, kernel.transpose(3, 2, 0, 1), bias, strides=[2, 2], pads=[1, 1, 2, 2])
        if layer < _DEPTH - 1:  # the innermost output goes up as it is: its batch norm is trained but leads nowhere
            skips.append(value)
            value = graph.scale(value, *_batch_norm(weights, instrument * 2 * _DEPTH + layer))
            value = graph.add("LeakyRelu", [value], alpha=0.2)
    for layer in range(_DEPTH):
        kernel, bias = _layer(weights, "conv2d_transpose", instrument * _DEPTH + layer)
        kernel, bias = _as_convolution(kernel.transpose(2, 3, 0, 1), bias)
        value = graph.convolve(value, kernel, bias, pads=[1, 1, 1, 1])
        value = graph.add("Relu", [value])
        scale, offset = _batch_norm(weights, (instrument * 2 + 1) * _DEPTH + layer)
        value = graph.scale(value, np.repeat(scale, 4), np.repeat(offset, 4))
        value = graph.add("DepthToSpace", [value], blocksize=2, mode="CRD")
        if skips:
            value = graph.add("Concat", [skips.pop(), value], axis=1)
    kernel, bias = _layer(weights, "conv2d", instrument * (_DEPTH + 1) + _DEPTH)
    value = graph.convolve(value, kernel.transpose(3, 2, 0, 1), bias, dilations=[2, 2], pads=[3, 3, 3, 3])
    return graph.add("Sigmoid", [value])


def _as_convolution(kernel: Array, bias: Array) -> tuple[Array, Array]:
    """A transposed 5x5 convolution of stride 2, cropped by 1 before and 2 behind, as a 3x3 convolution to 2x2 cells.

    ``kernel`` has shape ``(out, in, 5, 5)``; the result ``(4 * out, in, 3, 3)``, channels in the order of
    DepthToSpace's "CRD" mode. Pixel ``2 j + p`` takes from input ``j + d`` what the kernel holds at ``p + 1 - 2 d``.
    """
    cells = np.zeros((kernel.shape[0], 2, 2, kernel.shape[1], 3, 3), np.float32)
    taps = [(p, d + 1, p + 1 - 2 * d) for p in range(2) for d in (-1, 0, 1) if 0 <= p + 1 - 2 * d < 5]
    for row, row_tap, i in taps:
        for column, column_tap, j in taps:
            cells[:, row, column, :, row_tap, column_tap] = kernel[:, :, i, j]
    return cells.reshape(-1, kernel.shape[1], 3, 3), np.repeat(bias, 4)


def _layer(weights: Weights, kind: str, number: int) -> tuple[Array, Array]:
    name = _numbered(kind, number)
    return weights[f"{name}/kernel"], weights[f"{name}/bias"]


def _batch_norm(weights: Weights, number: int) -> tuple[Array, Array]:
    """Scale and offset that a trained batch norm comes down to."""
    name = _numbered("batch_normalization", number)
    deviation = np.sqrt(weights[f"{name}/moving_variance"] + np.float32(_EPSILON))
    scale = (weights[f"{name}/gamma"] / deviation).astype(np.float32)
    offset = weights[f"{name}/beta"] - weights[f"{name}/moving_mean"] * scale
    return scale, offset.astype(np.float32)


def _numbered(kind: str, number: int) -> str:
    return f"{kind}_{number}" if number else kind
