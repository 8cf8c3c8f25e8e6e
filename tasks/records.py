"""What a stage gave, written down inside the store: a record whose artifacts are lost or damaged does not exist."""

import json
import os
import uuid
from typing import Any, Self

from prefect.filesystems import LocalFileSystem
from prefect.serializers import Serializer
from pydantic import Field, PrivateAttr

from animedub.errors import ArtifactMissing
from animedub.store import Store
from animedub.store.disk import on_disk
from tasks.identity import artifacts_in, from_json, to_json


class NounSerializer(Serializer):
    """Nouns, and lists, tuples and dicts of them, as JSON; only nouns are ever made from a record."""

    type: str = Field(default="animedub-nouns", frozen=True)

    def dumps(self, obj: Any) -> bytes:
        """Write a value, or the error that Prefect keeps in its place."""
        if isinstance(obj, BaseException):
            return json.dumps({"error": type(obj).__qualname__, "message": str(obj)}).encode()
        return json.dumps(to_json(obj)).encode()

    def loads(self, blob: bytes) -> Any:
        """Read a value back.

        Raises:
            ValueError: it is damaged or was written by another version of the nouns.
        """
        return from_json(json.loads(blob))


class Records(LocalFileSystem):
    """Prefect's result storage in ``results/`` of a store."""

    _block_type_name = "animedub records"
    _store: Store = PrivateAttr()

    @classmethod
    def of(cls, store: Store) -> Self:
        """The records of ``store``."""
        records = cls(basepath=str(store.root / "results"))
        records._store = store
        return records

    def read_path(self, path: str, **_: Any) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Read a record whose artifacts are all there; whatever is raised, Prefect takes the stage as not yet done.

        Raises:
            ValueError: the record is damaged, or an artifact that it names is lost or damaged.
        """
        file = self._resolve_path(path)
        content = file.read_bytes()
        try:
            for artifact in artifacts_in(_result(content)):
                self._store.verify(artifact)
        except ArtifactMissing as error:
            raise ValueError(str(error)) from error
        os.utime(file)  # pruning goes by the last use
        return content

    async def aread_path(self, path: str) -> bytes:
        """As :meth:`read_path`."""
        return self.read_path(path)

    def write_path(self, path: str, content: bytes, **_: Any) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Write a record, whole or not at all.

        Raises:
            StoreError: the store is full or not writable.
        """
        file = self._resolve_path(path)
        draft = self._store.scratch / uuid.uuid4().hex
        with on_disk(self._store.root):
            draft.write_bytes(content)
            file.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(file)
        return str(file)

    async def awrite_path(self, path: str, content: bytes) -> str:
        """As :meth:`write_path`."""
        return self.write_path(path, content)


def _result(content: bytes) -> Any:
    """The value inside Prefect's envelope: ``{"metadata": ..., "result": "<what NounSerializer wrote>"}``."""
    return NounSerializer().loads(json.loads(content)["result"])
