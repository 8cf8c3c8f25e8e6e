"""How ingredients become something an engine can load; named in the catalogue."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

Recipe = Callable[[Path, Path], None]
"""Takes the folder of the ingredients and the file to write."""


def _spleeter(ingredients: Path, target: Path) -> None:
    from animedub.setup.spleeter_onnx import convert_spleeter  # onnx takes a while to import and is needed once

    convert_spleeter(ingredients / "model", target)


RECIPES: Mapping[str, Recipe] = MappingProxyType({"spleeter": _spleeter})
