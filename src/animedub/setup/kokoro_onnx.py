"""Split Kokoro's graph in two, so that how long each sound lasts is ours to say.

Kokoro first predicts the length of every phoneme and then speaks. As it is published both happen in one graph and the
lengths stay inside. Cut at that place it becomes two: one that tells the lengths in some thirty milliseconds of work,
so a line can be fitted in time before it is spoken, and one that speaks with the lengths it is given. The second equals
the original bit for bit when it is given the first one's (rounded) lengths.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

PREDICTED = "/encoder/Div_output_0"
"""Length of each phoneme in frames of 25 ms, before rounding: float32 of shape ``(1, phonemes)``."""

SPOKEN = "/encoder/Clip_output_0"
"""The same, rounded and at least one: what the speaking half reads."""

DURATIONS_FILE = "kokoro-durations.onnx"
SPEECH_FILE = "kokoro-speech.onnx"


def split(whole: Path, folder: Path) -> None:
    """Write ``kokoro-durations.onnx`` and ``kokoro-speech.onnx`` into ``folder``.

    Raises:
        ValueError: the graph does not have the tensors the cut needs.
    """
    import onnx  # takes a while and is needed once
    from onnx import TensorProto, helper

    model = onnx.load(str(whole))
    produced = {name for node in model.graph.node for name in node.output}
    if not {PREDICTED, SPOKEN} <= produced:
        raise ValueError(f"{whole.name} is not the Kokoro graph this recipe knows: {PREDICTED} or {SPOKEN} is missing")
    lengths = helper.make_tensor_value_info(PREDICTED, TensorProto.FLOAT, [1, "sequence_length"])
    onnx.save(_part(model, inputs=model.graph.input, outputs=[lengths]), str(folder / DURATIONS_FILE))

    for node in model.graph.node:
        node.input[:] = ["durations" if name == SPOKEN else name for name in node.input]
    given = helper.make_tensor_value_info("durations", TensorProto.FLOAT, [1, "sequence_length"])
    inputs = [i for i in model.graph.input if i.name != "speed"]
    onnx.save(_part(model, inputs=[*inputs, given], outputs=model.graph.output), str(folder / SPEECH_FILE))


def _part(
    model: "onnx.ModelProto", *, inputs: "Iterable[onnx.ValueInfoProto]", outputs: "Iterable[onnx.ValueInfoProto]"
) -> "onnx.ModelProto":
    """The nodes and weights of ``model`` that the ``outputs`` need, as a model of its own."""
    from onnx import helper

    outputs = list(outputs)
    needed = {output.name for output in outputs}
    nodes = []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            nodes.append(node)
            needed.update(node.input)
    weights = [w for w in model.graph.initializer if w.name in needed]
    graph = helper.make_graph(nodes[::-1], model.graph.name, list(inputs), outputs, weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
