"""Which engines there are: name -> where its adapter lies, imported when it is asked for.

Other packages add theirs under the entry point group ``animedub.engines``, with the name ``kind.name``, for example
``synthesizer.mine = "my_package:MySynthesizer"``.
"""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

from animedub.errors import InputError

ENTRY_POINTS = "animedub.engines"

Kind = Literal["speech-detector", "separator", "transcriber", "speech-translator", "speaker-encoder", "synthesizer"]

EMBEDDED: dict[Kind, dict[str, str]] = {
    "speech-detector": {"pyannote-segmentation": "animedub.engines.segmentation:PyannoteSegmentation"},
    "separator": {"spleeter": "animedub.engines.spleeter:Spleeter"},
    "transcriber": {"whisper-base": "animedub.engines.whisper:Whisper"},
    "speech-translator": {"whisper-base": "animedub.engines.whisper:Whisper"},
    "speaker-encoder": {"campplus": "animedub.engines.campplus:CamPlusPlus"},
    "synthesizer": {"kokoro": "animedub.engines.kokoro:Kokoro"},
}


def names(kind: Kind) -> list[str]:
    """Names of the engines of a kind, embedded ones first."""
    added = (point.name.removeprefix(f"{kind}.") for point in _added() if point.name.startswith(f"{kind}."))
    return list(dict.fromkeys([*EMBEDDED[kind], *added]))


def adapter(kind: Kind, name: str) -> Any:
    """The class of an engine.

    Raises:
        InputError: there is no engine of that kind and name.
    """
    if place := EMBEDDED[kind].get(name):
        module, attribute = place.split(":")
        return getattr(import_module(module), attribute)
    for point in _added():
        if point.name == f"{kind}.{name}":
            return point.load()
    raise InputError(f"there is no {kind.replace('-', ' ')} '{name}'; there is {', '.join(names(kind))}")


def _added() -> list[Any]:
    return sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
