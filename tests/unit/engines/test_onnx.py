"""Graphs are loaded when they are first used, and may be shared by threads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from animedub.catalogue import ModelFolder
from animedub.engines.onnx import OnnxModel
from animedub.errors import MissingError


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Sum and difference of two vectors."""
    a, b, total, rest = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n"]) for n in ("a", "b", "sum", "rest"))
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Sub", ["a", "b"], ["rest"])]
    made = helper.make_graph(nodes, "sums", [a, b], [total, rest])
    path = tmp_path / "sums.onnx"
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_outputs_come_in_the_order_of_the_graph(graph):
    total, rest = OnnxModel(graph, sha256="0")(b=np.ones(3, np.float32), a=np.arange(3, dtype=np.float32))
    assert (total.tolist(), rest.tolist()) == ([1, 2, 3], [-1, 0, 1])


def test_nothing_is_loaded_before_it_is_used(tmp_path):
    assert OnnxModel(tmp_path / "not yet there.onnx", sha256="abc").sha256 == "abc"


def test_threads_share_a_model(graph):
    model = OnnxModel(graph, sha256="0")

    def doubled(number: int) -> float:
        return float(model(a=np.full(1, number, np.float32), b=np.full(1, number, np.float32))[0][0])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(doubled, range(200))) == [2 * n for n in range(200)]


def test_a_model_that_is_not_there_is_missed_with_a_remedy(tmp_path):
    with pytest.raises(MissingError, match="animedub models fetch spleeter-2stems"):
        OnnxModel.of(ModelFolder(tmp_path), "spleeter-2stems")
