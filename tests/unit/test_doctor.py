"""What the doctor finds, on a machine that is whole and on one that is not."""

from importlib import metadata
from pathlib import Path

import pytest

from animedub import doctor
from animedub.catalogue import load_catalogue
from animedub.doctor import Finding, Kind, examine
from animedub.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store", models=tmp_path / "models")


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(settings)}


@pytest.fixture(autouse=True)
def only_small_models(monkeypatch: pytest.MonkeyPatch):
    """Joining the large ones takes seconds and is tested elsewhere."""
    small = {name: load_catalogue()[name] for name in ("segmentation", "silero-vad", "spleeter-2stems")}
    monkeypatch.setattr("animedub.catalogue.load_catalogue", lambda: small)


def test_a_whole_machine_is_healthy_but_for_what_must_be_fetched(settings: Settings):
    findings = found(settings)
    assert {name for name, finding in findings.items() if not finding.healthy} == {"spleeter-2stems"}
    assert findings["ffmpeg"].version[0].isdigit()
    assert findings["numpy"].version == metadata.version("numpy")
    assert findings["numpy"].licence
    assert findings["segmentation"].sha256 == load_catalogue()["segmentation"].files["segmentation-3.0.onnx"].sha256
    assert findings["silero-vad"].origin.startswith("installed package: ")
    assert findings["spleeter-2stems"].remedy == "animedub models fetch spleeter-2stems"


def test_what_is_not_present_comes_with_a_remedy(settings: Settings):
    assert all(finding.present or finding.remedy for finding in examine(settings))


def test_a_machine_without_ffmpeg_is_told_how_to_get_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = found(settings)
    for program in ("ffmpeg", "ffprobe"):
        assert not findings[program].present
        assert findings[program].remedy == "sudo apt-get install ffmpeg"


def test_packages_that_are_missing_too_old_or_extra(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    wanted = ["numpy>=2", "numpy-of-the-future==9", "scipy>=900", "coqui-tts>=1; extra == 'xtts'", "win; os_name=='nt'"]
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: wanted)
    real = metadata.metadata

    class WithExtra:
        def __init__(self, fields: object) -> None:
            self.fields = fields

        def get_all(self, name: str) -> list[str] | None:
            return ["xtts"] if name == "Provides-Extra" else self.fields.get_all(name)

    monkeypatch.setattr(doctor.metadata, "metadata", lambda name: WithExtra(real(name)))
    findings = {f.name: f for f in examine(settings) if f.kind in (Kind.PACKAGE, Kind.EXTRA)}
    assert set(findings) == {"numpy", "numpy-of-the-future", "scipy", "coqui-tts"}
    assert findings["numpy"].healthy
    assert findings["numpy-of-the-future"].remedy == "pip install 'numpy-of-the-future==9'"
    assert not findings["scipy"].healthy
    assert findings["scipy"].version == metadata.version("scipy")
    assert findings["coqui-tts"].healthy
    assert findings["coqui-tts"].remedy == "pip install 'animedub[xtts]'"


def test_a_full_disk_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "ROOM_BYTES", 10**18)
    assert "ANIMEDUB_STORE" in found(settings)["disk space"].remedy


def test_a_store_that_cannot_be_written_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def refuse(**_: object):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    findings = found(settings)
    assert not findings["store"].healthy
    assert "chmod u+w" in findings["store"].remedy
