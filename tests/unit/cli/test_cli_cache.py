import json

import pytest
from typer.testing import CliRunner

from animedub.cli import app
from animedub.store import Store


@pytest.fixture
def store(monkeypatch, tmp_path):
    for name in ("STORE", "MODELS", "STATE"):
        monkeypatch.setenv(f"ANIMEDUB_{name}", str(tmp_path / name.lower()))
    store = Store(tmp_path / "store")
    with store.writing(".flac") as draft:
        draft.path.write_bytes(b"sound" * 1000)
    return store


def run(*arguments):
    told = CliRunner().invoke(app, ["cache", *arguments])
    assert told.exit_code == 0, told.output
    return told.stdout


@pytest.mark.parametrize("command", [[], ["show"]])
def test_show(store, command):
    shown = run(*command)
    assert "1 artifacts, 5.0 kB" in shown and ".flac" in shown


@pytest.mark.parametrize("command", [["--json"], ["show", "--json"]])
def test_show_as_json(store, command):
    shown = json.loads(run(*command))
    assert (shown["store"], shown["count"], shown["bytes"]) == (str(store.root), 1, 5000)


def test_prune_keeps_what_is_young_and_small(store):
    assert json.loads(run("prune", "--older-than", "30d", "--keep", "20G", "--json"))["count"] == 0
    assert store.contents().count == 1


def test_prune_without_saying_what_removes_nothing(store):
    told = CliRunner().invoke(app, ["cache", "prune"])
    assert (told.exit_code, told.stdout) == (2, "")
    assert "--older-than" in told.stderr
    assert store.contents().count == 1


def test_prune_everything(store):
    del store  # its lease would say that it is in use
    assert "removed" in run("prune", "--everything")
