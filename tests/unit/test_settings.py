"""Settings: arguments before environment before file before defaults."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from animedub.errors import InputError
from animedub.settings import available_cores, config_file, load_settings


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("STORE", "MODELS", "STATE", "WORKERS", "DEVICE"):
        monkeypatch.delenv(f"ANIMEDUB_{name}", raising=False)
    for name in ("CACHE", "DATA", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "config").mkdir()
    return tmp_path


def test_defaults_follow_the_platform(home):
    settings = load_settings()
    assert settings.store == home / "cache" / "animedub"
    assert settings.models == home / "data" / "animedub" / "models"
    assert settings.state == home / "state" / "animedub"
    assert settings.workers == available_cores() >= 1
    assert settings.device == "cpu"
    assert not settings.store.exists()


def test_the_nearest_word_counts(home, monkeypatch):
    config_file().write_text('store = "/from/file"\nmodels = "/models/from/file"\nworkers = 3\n')
    monkeypatch.setenv("ANIMEDUB_STORE", "/from/environment")
    monkeypatch.setenv("ANIMEDUB_WORKERS", "5")
    settings = load_settings(workers=7, store=None)
    assert settings.store == Path("/from/environment")
    assert settings.models == Path("/models/from/file")
    assert settings.workers == 7


def test_a_dotenv_in_the_working_folder_counts_for_nothing(home, monkeypatch):
    monkeypatch.chdir(home)
    (home / ".env").write_text("ANIMEDUB_WORKERS=99\n")
    assert load_settings().workers == available_cores()


def test_folders_are_absolute(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setenv("ANIMEDUB_STORE", "~/cache")
    monkeypatch.setenv("ANIMEDUB_STATE", "state here")
    settings = load_settings()
    assert settings.store == home / "cache"
    assert settings.state == home / "state here"


@pytest.mark.parametrize(("name", "value"), [("WORKERS", "0"), ("WORKERS", "many"), ("DEVICE", "abacus")])
def test_a_bad_variable_is_told_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"ANIMEDUB_{name}", value)
    with pytest.raises(InputError, match=f"ANIMEDUB_{name}"):
        load_settings()


@pytest.mark.parametrize("text", ["store = ", "storr = '/x'", "workers = 'many'"])
def test_a_bad_file_is_told_by_name(text):
    config_file().write_text(text)
    with pytest.raises(InputError, match=r"animedub\.toml"):
        load_settings()


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        load_settings().workers = 2
