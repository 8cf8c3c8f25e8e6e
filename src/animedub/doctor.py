"""What is installed, where it comes from, and what is missing with the command that mends it."""

import platform
import shutil
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from animedub.catalogue import ModelFolder
from animedub.errors import DubError, MissingError
from animedub.lettering import Lettering
from animedub.media.ffmpeg import ffprobe
from animedub.model import Noun
from animedub.settings import Settings

DISTRIBUTION = "animedub"
ROOM_BYTES = 2_000_000_000
"""Free space below which a dub of an ordinary episode may not fit into the store."""

_CJK_SAMPLE = "日本語かなカナ"


class Kind(StrEnum):
    """What a finding is about."""

    PYTHON = "python"
    PROGRAM = "program"
    FONT = "font"
    PACKAGE = "package"
    EXTRA = "extra"
    MODEL = "model"
    PLACE = "place"


class Finding(Noun):
    """One thing that was looked for."""

    name: str
    kind: Kind
    present: bool
    needed: bool = True
    version: str = ""
    origin: str = ""
    sha256: str = ""
    licence: str = ""
    note: str = ""
    remedy: str = ""

    @property
    def healthy(self) -> bool:
        """It is there, or nothing needs it."""
        return self.present or not self.needed


def examine(settings: Settings) -> list[Finding]:
    """Look for everything a dub needs or can use: each with the command that brings or mends it when it is not well.

    Models are checked by content, and joined where they lie in parts; nothing is downloaded.
    """
    models = ModelFolder(settings.models)
    return [
        _python(),
        _program("ffmpeg"),
        _program("ffprobe"),
        _japanese_font(),
        *_packages(),
        *(_model(models, name) for name in models.catalogue),
        _place("store", settings.store),
        _place("models", settings.models),
        _room(settings.store),
    ]


def _python() -> Finding:
    wanted = _first(metadata.metadata(DISTRIBUTION), "Requires-Python")
    version = platform.python_version()
    fits = SpecifierSet(wanted).contains(version, prereleases=True)
    remedy = "" if fits else f"install animedub with a Python that is {wanted}"
    return Finding(
        name="Python", kind=Kind.PYTHON, present=fits, version=version, note=f"needs {wanted}", remedy=remedy
    )


def _program(name: str) -> Finding:
    path = shutil.which(name)
    remedy = "" if path else "sudo apt-get install ffmpeg"
    version = _ffmpeg_version() if path else ""
    return Finding(
        name=name, kind=Kind.PROGRAM, present=path is not None, version=version, origin=path or "", remedy=remedy
    )


def _ffmpeg_version() -> str:
    """The version of the installation that ffprobe, and ffmpeg beside it, belong to; empty when it does not say."""
    options = ["-show_program_version", "-show_entries", "program_version=version", "-of", "default=nw=1:nk=1"]
    try:
        return ffprobe(options, timeout_s=10.0).decode(errors="replace").strip()
    except DubError:
        return ""


def _japanese_font() -> Finding:
    present = "□" not in Lettering().sign(_CJK_SAMPLE)
    return Finding(
        name="Japanese font",
        kind=Kind.FONT,
        present=present,
        needed=False,
        note="writes Japanese in the picture of the timeline",
        remedy="" if present else "sudo apt-get install fonts-noto-cjk",
    )


def _packages() -> Iterator[Finding]:
    """The packages this one depends on; those of an extra are not needed."""
    for text in metadata.requires(DISTRIBUTION) or []:
        requirement = Requirement(text)
        extra = _extra_of(requirement)
        if extra is not None or requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _package(requirement, extra)


def _extra_of(requirement: Requirement) -> str | None:
    marker = requirement.marker
    if marker is None or marker.evaluate({"extra": ""}):
        return None
    names = metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or []
    return next((name for name in names if marker.evaluate({"extra": name})), None)


def _package(requirement: Requirement, extra: str | None) -> Finding:
    wanted = requirement.name + (f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else "")
    wanted += str(requirement.specifier)
    try:
        found = metadata.distribution(requirement.name)
    except metadata.PackageNotFoundError:
        version, licence, fits = "", "", False
    else:
        version, licence = found.version, _licence(found)
        fits = requirement.specifier.contains(version, prereleases=True)
    command = f"pip install '{DISTRIBUTION}[{extra}]'" if extra else f"pip install '{wanted}'"
    return Finding(
        name=requirement.name,
        kind=Kind.EXTRA if extra else Kind.PACKAGE,
        present=fits,
        needed=extra is None,
        version=version,
        licence=licence,
        note=f"needs {requirement.specifier}" if requirement.specifier else "",
        remedy="" if fits else command,
    )


def _licence(found: metadata.Distribution) -> str:
    """As the package states it: an SPDX expression, a trove classifier or a free word."""
    classifiers = [text for text in found.metadata.get_all("Classifier") or [] if text.startswith("License :: ")]
    classified = classifiers[0].rpartition(" :: ")[2] if classifiers else ""
    free = _first(found.metadata, "License").strip().partition("\n")[0]
    return _first(found.metadata, "License-Expression") or classified or free


def _first(fields: metadata.PackageMetadata, name: str) -> str:
    return (fields.get_all(name) or [""])[0]


def _model(models: ModelFolder, name: str) -> Finding:
    entry = models.catalogue[name]
    finding = Finding(
        name=name,
        kind=Kind.MODEL,
        present=False,
        needed=not entry.optional,
        licence=entry.licence,
        note=f"{entry.purpose}; {entry.notice}",
    )
    try:
        ready = models.find(name)
    except DubError as error:
        origin = "" if isinstance(error, MissingError) else "damaged"
        return finding.model_copy(update={"origin": origin, "remedy": str(error).rpartition("run: ")[2]})
    return finding.model_copy(
        update={"present": True, "origin": f"{ready.origin.value}: {ready.path}", "sha256": ready.fingerprint}
    )


def _place(name: str, folder: Path) -> Finding:
    """Whether files can be made in ``folder``, or in the nearest folder above it that exists."""
    nearest = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=nearest):
            writable = True
    except OSError:
        writable = False
    remedy = "" if writable else f"chmod u+w '{nearest}', or set ANIMEDUB_{name.upper()} to another folder"
    return Finding(name=name, kind=Kind.PLACE, present=writable, origin=str(folder), remedy=remedy)


def _room(store: Path) -> Finding:
    free = shutil.disk_usage(_nearest(store)).free
    enough = free >= ROOM_BYTES
    return Finding(
        name="disk space",
        kind=Kind.PLACE,
        present=enough,
        origin=str(store),
        note=f"{free / 1e9:.1f} GB free, {ROOM_BYTES / 1e9:.0f} GB wanted",
        remedy="" if enough else "animedub cache prune, or set ANIMEDUB_STORE to a folder on a larger disk",
    )


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.is_dir())
