"""ONNX graphs, run on the processor by onnxruntime."""

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from animedub.catalogue import ModelFolder


class OnnxModel:
    """A graph that is loaded when it is first used.

    onnxruntime's sessions may be run from several threads at once.

    Args:
        path: the ``.onnx`` file.
        sha256: its checked content hash; part of the identity of whatever it makes.
        threads: how many threads one run may use.
    """

    def __init__(self, path: Path, *, sha256: str, threads: int = 1) -> None:
        self.path = path
        self.sha256 = sha256
        self._threads = threads

    @classmethod
    def of(cls, models: ModelFolder, name: str, *, threads: int = 1) -> Self:
        """A catalogued model that is a single graph.

        Raises:
            MissingError: it is not on this computer.
        """
        ready = models.find(name)
        return cls(ready.path, sha256=ready.fingerprint, threads=threads)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # int8 graphs make it warn about shapes it then infers
        return ort.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])

    def __call__(self, **inputs: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Run the graph on named inputs and give all outputs in order."""
        return self._session.run(None, inputs)
