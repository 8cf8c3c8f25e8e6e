"""What the store holds and what may go."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from animedub.model import Noun
from animedub.store.disk import files_under
from animedub.store.lease import living, sweep

RECORDS = ("memos", "results", "outside", "ledger")
"""Folders of small records, which are used (and so kept) by their mtime."""


class Holding(Noun):
    """How much there is of one kind of file."""

    count: int = 0
    bytes: int = 0


class Contents(Noun):
    """A summary of the store."""

    count: int
    """Number of artifacts."""
    bytes: int
    """Their size."""
    kinds: dict[str, Holding]
    """Suffix -> what there is of it; ``"drafts"`` and ``"records"`` stand for what is not an artifact."""
    oldest_use: datetime | None = None
    newest_use: datetime | None = None


class Pruned(Noun):
    """What pruning removed, and how many artifacts it would have removed if no running dub needed them."""

    count: int
    bytes: int
    in_use: int = 0


class _Held(NamedTuple):
    path: Path
    bytes: int
    used: float  # seconds since the epoch


def contents(root: Path) -> Contents:
    """Count what lies in the store at ``root``."""
    held = list(_objects(root))
    kinds = {suffix: Holding() for suffix in sorted({item.path.suffix for item in held})}
    for item in held:
        kinds[item.path.suffix] = _more(kinds[item.path.suffix], item.bytes)
    for name, folders in {"records": RECORDS, "drafts": ("tmp",)}.items():
        sizes = [status.st_size for folder in folders for _, status in files_under(root / folder)]
        kinds[name] = Holding(count=len(sizes), bytes=sum(sizes))
    uses = sorted(datetime.fromtimestamp(item.used, UTC) for item in held)
    return Contents(
        count=len(held),
        bytes=sum(item.bytes for item in held),
        kinds=kinds,
        oldest_use=uses[0] if uses else None,
        newest_use=uses[-1] if uses else None,
    )


def prune(root: Path, *, older_than: timedelta | None, keep_bytes: int | None, everything: bool) -> Pruned:
    """Remove what :meth:`animedub.store.Store.prune` promises; call it inside the exclusive gate."""
    freed = sweep(root)
    now = time.time()
    horizon = now + 1 if everything else now - older_than.total_seconds() if older_than is not None else 0.0
    needed_since = min((_started(folder) for folder in living(root)), default=float("inf"))
    held = sorted(_objects(root), key=lambda item: item.used)
    left, count, in_use = sum(item.bytes for item in held), 0, 0
    for item in held:
        if item.used >= horizon and (keep_bytes is None or left <= keep_bytes):
            continue
        if item.used >= needed_since:
            in_use += 1
            continue
        item.path.unlink()
        (root / "ledger" / f"{item.path.name}.json").unlink(missing_ok=True)
        left, freed, count = left - item.bytes, freed + item.bytes, count + 1
    for folder in RECORDS:
        for path, status in list(files_under(root / folder)):
            if status.st_mtime < min(horizon, needed_since):
                path.unlink()
                freed += status.st_size
    return Pruned(count=count, bytes=freed, in_use=in_use)


def _objects(root: Path) -> Iterator[_Held]:
    for path, status in files_under(root / "objects"):
        try:
            used = (root / "ledger" / f"{path.name}.json").stat().st_mtime
        except FileNotFoundError:
            used = status.st_ctime
        yield _Held(path, status.st_size, used)


def _started(folder: Path) -> float:
    try:
        return (folder / "lease").stat().st_mtime
    except FileNotFoundError:  # released since it was listed
        return float("inf")


def _more(holding: Holding, size: int) -> Holding:
    return Holding(count=holding.count + 1, bytes=holding.bytes + size)
