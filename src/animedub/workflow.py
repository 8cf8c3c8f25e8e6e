"""Finds the workflow: the folders of flows, tasks, blocks and deployments, which lie outside this package.

This package knows nothing of what is inside them. The command line asks for one of their modules by name and calls it;
docs/adr/0001-one-wiring.md tells why.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from animedub.errors import MissingError

_PACKAGE = Path(__file__).resolve().parent
_LANDMARK = Path("flows", "dub.py")
_REINSTALL = "install animedub again from its project folder: pip install --force-reinstall ."


def root() -> Path:
    """The folder that holds ``flows/``, ``tasks/``, ``blocks/`` and ``deployments/``.

    A wheel ships them inside this package, as ``animedub/_workflow``; an editable install has them at the root of the
    project, two levels above the package.

    Raises:
        MissingError: neither place holds them.
    """
    shipped, project = _PACKAGE / "_workflow", _PACKAGE.parents[1]
    for folder in (shipped, project):
        if (folder / _LANDMARK).is_file():
            return folder
    raise MissingError(f"the workflow ({_LANDMARK}) is not part of this installation; {_REINSTALL}")


def load(name: str) -> ModuleType:
    """The module ``name`` of the workflow, such as ``"deployments.command"``, imported from any working folder.

    Raises:
        MissingError: the workflow is not installed, or another package of the same name was imported before it.
    """
    folder = root()
    if str(folder) not in sys.path:
        # In front: "tasks" is a common name, and a stray package of that name must not be taken for ours.
        sys.path.insert(0, str(folder))
    module = import_module(name)
    origin = Path(module.__file__ or "").resolve()
    if not origin.is_relative_to(folder):
        top = name.partition(".")[0]
        raise MissingError(f"'{name}' was found in {origin.parent}, not in {folder}; rename that other '{top}' package")
    return module
