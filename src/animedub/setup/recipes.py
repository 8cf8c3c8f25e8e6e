"""How ingredients become something an engine can load; named in the catalogue."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

Recipe = Callable[[Path, Path], None]
"""Takes the folder of the ingredients and the empty folder to fill."""


def _spleeter(ingredients: Path, folder: Path) -> None:
    from animedub.setup.spleeter_onnx import convert_spleeter  # onnx takes a while to import and is needed once

    convert_spleeter(ingredients / "model", folder / "separator.onnx")


def _kokoro(ingredients: Path, folder: Path) -> None:
    from animedub.setup.kokoro_onnx import split

    split(ingredients / "model.onnx", folder)
    for name in ("voices_ja.npz", "vocab.json"):
        shutil.copyfile(ingredients / name, folder / name)


RECIPES: Mapping[str, Recipe] = MappingProxyType({"spleeter": _spleeter, "kokoro": _kokoro})
