import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from animedub.catalogue import Origin, ReadyModel
from animedub.cli import app
from animedub.errors import MissingError, StoreError


class Folder:
    """Stands in for the model folder: one model is there, one is missing, one is damaged."""

    def __init__(self, root):
        self.root = root
        content = SimpleNamespace(bytes=1_500_000)
        entry = SimpleNamespace(purpose="hears", licence="MIT", files={"model.bin": content})
        self.catalogue = {"whisper": entry, "spleeter": entry, "kokoro": entry}
        self.fetched = {"whisper"}

    def find(self, name):
        if name == "kokoro":
            raise StoreError("kokoro is damaged; run: animedub models fetch kokoro")
        if name not in self.fetched:
            raise MissingError(f"{name} is not installed; run: animedub models fetch {name}")
        return ReadyModel(self.root / name, Origin.LOCAL, {"model.bin": "0" * 64})

    def path(self, name):
        return self.find(name).path

    def fetch(self, names):
        self.fetched.update(names)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    for name in ("STORE", "MODELS", "STATE"):
        monkeypatch.setenv(f"ANIMEDUB_{name}", str(tmp_path / name.lower()))
    monkeypatch.setattr("animedub.catalogue.ModelFolder", Folder)
    return tmp_path / "models"


def run(*arguments):
    return CliRunner().invoke(app, ["models", *arguments])


@pytest.mark.parametrize("command", [[], ["list"]])
def test_list_says_where_each_model_is_and_what_mends_those_that_are_not(folder, command):
    rows = run(*command).stdout
    assert "model folder" in rows and "1.5 MB" in rows and "MIT" in rows
    assert "animedub models fetch spleeter" in rows and "animedub models fetch kokoro" in rows


def test_list_as_json(folder):
    models = json.loads(run("--json").stdout)["models"]
    assert {name: model["state"] for name, model in models.items()} == {
        "whisper": "ready",
        "spleeter": "missing",
        "kokoro": "damaged",
    }
    assert models["whisper"]["sha256"] == {"model.bin": "0" * 64}


def test_fetch_brings_the_model_and_says_where_it_is(folder):
    assert run("fetch", "spleeter").stdout == f"spleeter: {folder / 'spleeter'}\n"
    assert json.loads(run("fetch", "whisper", "--json").stdout) == {"models": {"whisper": str(folder / "whisper")}}


def test_fetch_of_what_cannot_be_had_is_an_error(folder):
    told = run("fetch", "kokoro")
    assert (told.exit_code, told.stdout) == (6, "")
    assert told.stderr.startswith("animedub: kokoro is damaged")


def test_fetch_wants_a_name(folder):
    assert run("fetch").exit_code == 2
