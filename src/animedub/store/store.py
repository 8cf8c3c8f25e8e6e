"""The store: artifacts by content, memos by key."""

import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError

from animedub.errors import ArtifactMissing, InputError, StoreError
from animedub.model import Artifact
from animedub.store import inventory
from animedub.store.disk import is_full, on_disk, read_record, store_error, write_record
from animedub.store.inventory import Contents, Pruned
from animedub.store.lease import Lease, gate
from animedub.store.ledger import Ledger, Unsteady, sha256_of, signature

_SUFFIX = re.compile(r"(\.[A-Za-z0-9]{1,8})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Draft:
    """A file that is being written; it is an artifact once its ``with`` block has ended well."""

    def __init__(self, path: Path) -> None:
        """Nothing exists at ``path`` yet: whoever draws it up creates the file."""
        self.path = path
        self._artifact: Artifact | None = None

    @property
    def artifact(self) -> Artifact:
        """What the draft became.

        Raises:
            StoreError: the ``with`` block has not ended yet.
        """
        if self._artifact is None:
            raise StoreError(f"the draft {self.path.name} is not an artifact before its block has ended")
        return self._artifact


class Store:
    """Artifacts under ``root``: written whole or not at all, found by content, checked whenever they are asked for.

    Any number of threads and processes may use one root at a time.
    """

    def __init__(self, root: Path) -> None:
        """Use the store at ``root``; the folder is made when something is written."""
        self.root = root.expanduser().absolute()
        self._ledger = Ledger(self.root / "ledger")
        self._lease = Lease(self.root)

    def __repr__(self) -> str:
        """Name the folder."""
        return f"Store({str(self.root)!r})"

    @property
    def scratch(self) -> Path:
        """A folder on the store's file system that belongs to this process and vanishes with it.

        Raises:
            StoreError: the store is full or not writable.
        """
        with on_disk(self.root):
            return self._lease.folder

    @contextmanager
    def writing(self, suffix: str) -> Iterator[Draft]:
        """Write a file: ``with store.writing(".flac") as draft``, then use ``draft.artifact``.

        The draft is flushed to the disk, named after its content and made read-only. When the block raises, nothing
        stays. ``suffix`` is empty or a dot and at most eight letters or digits.

        Raises:
            ValueError: the suffix is not one.
            StoreError: the block wrote nothing, or the store is full or not writable.
        """
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"a suffix is a dot and up to eight letters or digits, not {suffix!r}")
        draft = Draft(self.scratch / f"{uuid.uuid4().hex}{suffix}")
        try:
            yield draft
            with on_disk(self.root):
                draft._artifact = self._keep(draft.path, suffix)
        except OSError as error:
            if is_full(error):
                raise store_error(self.root, error) from error
            raise
        finally:
            draft.path.unlink(missing_ok=True)

    def _keep(self, path: Path, suffix: str) -> Artifact:
        if not path.is_file():
            raise StoreError(f"nothing was written to the draft {path.name}: this is a fault in the stage that made it")
        before = signature(path)
        artifact = Artifact(sha256=sha256_of(path), suffix=suffix)
        if self._is_sound(artifact):
            return artifact
        _flush(path)
        path.chmod(0o444)
        final = self._object(artifact)
        final.parent.mkdir(parents=True, exist_ok=True)
        with gate(self.root, exclusive=False):
            path.replace(final)
        after = signature(final)
        if after[:3] == before[:3]:  # otherwise somebody wrote to it since: the next look will hash it
            with suppress(Unsteady):  # somebody put the same content there meanwhile: the next look will hash that
                self._ledger.learn(_name(artifact), final, artifact.sha256, as_of=after, scratch=self.scratch)
        return artifact

    def adopt_external(self, path: Path) -> Artifact:
        """Name a file outside the store by its content and remember where it lies; it is neither copied nor changed.

        Gigabytes are hashed once and looked up (milliseconds) as long as the file's status stays the same.

        Raises:
            InputError: there is no such regular file, it cannot be read, or somebody is writing to it.
        """
        place = path.expanduser().resolve()
        scratch = self.scratch
        try:
            sha256 = self._ledger.sha256(_entry(place), place, scratch=scratch)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(f"there is no file at {path}: check the path") from error
        except PermissionError as error:
            raise InputError(f"{path} cannot be read: check its permissions") from error
        except Unsteady as error:
            raise InputError(f"{path} changes while it is read: try again when it is complete") from error
        except OSError as error:
            raise store_error(self.root, error) from error
        with on_disk(self.root):
            places = [os.fspath(place), *(p for p in self._places(sha256) if p != os.fspath(place))]
            write_record(self._outside(sha256), {"places": places[:8]}, scratch=scratch)
        return Artifact(sha256=sha256, suffix=place.suffix if _SUFFIX.fullmatch(place.suffix) else "")

    def path(self, artifact: Artifact) -> Path:
        """Where the artifact lies now; its content is what its name says, and pruning leaves it alone from here on.

        Raises:
            ArtifactMissing: it is gone or damaged (a damaged object is removed, so that it gets made again).
            StoreError: the store is full or not writable.
        """
        name = _name(artifact)
        with on_disk(self.root):
            if self._is_sound(artifact):
                return self._object(artifact)
            places = self._places(artifact.sha256)
            for place in map(Path, places):
                if self._is_unchanged(place, artifact.sha256):
                    return place
        if places:
            raise ArtifactMissing(
                f"{places[0]} was moved or changed since it was read: give the path of the file again"
            )
        raise ArtifactMissing(f"the artifact {name} is no longer in the store: run the command again to make it anew")

    def verify(self, artifact: Artifact) -> None:
        """Make sure that the artifact is there and that its content is what its name says.

        Raises:
            ArtifactMissing: as :meth:`path`.
        """
        self.path(artifact)

    def _is_sound(self, artifact: Artifact) -> bool:
        name, path, scratch = _name(artifact), self._object(artifact), self.scratch
        try:
            found = self._ledger.sha256(name, path, scratch=scratch)
        except (FileNotFoundError, Unsteady):
            return False
        if found != artifact.sha256:
            self._discard(artifact)
            return False
        # Touched inside the gate: pruning either happened before, and we see that, or sees that it is in use.
        with gate(self.root, exclusive=False):
            self._ledger.touch(name)
            return path.exists()

    def _discard(self, artifact: Artifact) -> None:
        name, path, scratch = _name(artifact), self._object(artifact), self.scratch
        with gate(self.root, exclusive=True):
            # Looked at again: another process may have made it anew meanwhile.
            if path.exists() and self._ledger.sha256(name, path, scratch=scratch) != artifact.sha256:
                path.unlink()
                self._ledger.record_of(name).unlink(missing_ok=True)

    def _is_unchanged(self, place: Path, sha256: str) -> bool:
        try:
            return self._ledger.sha256(_entry(place), place, scratch=self.scratch) == sha256
        except (FileNotFoundError, NotADirectoryError, PermissionError, Unsteady):
            return False

    def recall(self, key: str) -> Artifact | None:
        """The artifact remembered under ``key``; None when there is none or it is gone or damaged."""
        with on_disk(self.root):
            record = read_record(memo := self._memo(key))
        if record is None or record.get("key") != key:
            return None
        try:
            artifact = Artifact.model_validate(record.get("artifact"))
            self.verify(artifact)
        except (ValidationError, ArtifactMissing):
            return None
        with on_disk(self.root):
            memo.touch()
        return artifact

    def remember(self, key: str, artifact: Artifact) -> None:
        """Find ``artifact`` again under ``key``: any text that says what was asked for, version included.

        Raises:
            StoreError: the store is full or not writable.
        """
        with on_disk(self.root):
            record = {"key": key, "artifact": artifact.model_dump()}
            write_record(self._memo(key), record, scratch=self.scratch)

    def contents(self) -> Contents:
        """Count what the store holds."""
        with on_disk(self.root):
            return inventory.contents(self.root)

    def prune(
        self, *, older_than: timedelta | None = None, keep_bytes: int | None = None, everything: bool = False
    ) -> Pruned:
        """Remove artifacts not used for ``older_than``, then the longest unused until ``keep_bytes`` are left, or all.

        Nothing that a running process has used since it started is removed, nor its drafts; those of dead processes
        always are. Memos and results go with the artifacts of their age.

        Raises:
            StoreError: the store is not writable.
        """
        with on_disk(self.root), gate(self.root, exclusive=True):
            return inventory.prune(self.root, older_than=older_than, keep_bytes=keep_bytes, everything=everything)

    def _object(self, artifact: Artifact) -> Path:
        name = _name(artifact)
        return self.root / "objects" / name[:2] / name

    def _outside(self, sha256: str) -> Path:
        return self.root / "outside" / f"{sha256}.json"

    def _places(self, sha256: str) -> list[str]:
        places = (read_record(self._outside(sha256)) or {}).get("places", [])
        return [place for place in places if isinstance(place, str)]

    def _memo(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.root / "memos" / name[:2] / f"{name}.json"


def _name(artifact: Artifact) -> str:
    # Checked here too: a model can be made without validation, and this becomes part of a path.
    if not (_SHA256.fullmatch(artifact.sha256) and _SUFFIX.fullmatch(artifact.suffix)):
        raise StoreError(f"{artifact.sha256}{artifact.suffix} does not name an artifact: the record is damaged")
    return f"{artifact.sha256}{artifact.suffix}"


def _entry(place: Path) -> str:
    return f"outside-{hashlib.sha256(os.fsencode(place)).hexdigest()}"


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
