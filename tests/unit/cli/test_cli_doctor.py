import json

import pytest
from typer.testing import CliRunner

from animedub.cli import app
from animedub.doctor import Finding, Kind

WELL = Finding(
    name="whisper [base]", kind=Kind.MODEL, present=True, licence="MIT", sha256="ab" * 32, origin="model folder"
)
OPTIONAL = Finding(name="Japanese font", kind=Kind.FONT, present=False, needed=False, remedy="apt install fonts")
ILL = Finding(name="ffmpeg", kind=Kind.PROGRAM, present=False, remedy="sudo apt-get install ffmpeg")
ILL_TOO = Finding(name="ffprobe", kind=Kind.PROGRAM, present=False, remedy="sudo apt-get install ffmpeg")


@pytest.fixture
def run(monkeypatch, tmp_path):
    for name in ("STORE", "MODELS", "STATE"):
        monkeypatch.setenv(f"ANIMEDUB_{name}", str(tmp_path / name.lower()))

    def run(findings, *arguments):
        monkeypatch.setattr("animedub.doctor.examine", lambda settings: findings)
        return CliRunner().invoke(app, ["doctor", *arguments])

    return run


def test_what_is_optional_may_be_missing(run):
    told = run([WELL, OPTIONAL])
    assert told.exit_code == 0
    assert "whisper [base]" in told.stdout and "abababababab" in told.stdout and "apt install fonts" in told.stdout
    assert "Everything that a dub needs is here." in told.stdout


def test_what_is_needed_and_missing_gives_code_4_and_each_remedy_once(run):
    told = run([ILL, ILL_TOO, WELL])
    assert told.exit_code == 4
    verdict = told.stdout[told.stdout.index("2 of the things") :]
    assert verdict.count("sudo apt-get install ffmpeg") == 1


def test_json(run):
    told = run([ILL, WELL], "--json")
    examined = json.loads(told.stdout)
    assert (told.exit_code, examined["healthy"]) == (4, False)
    assert examined["findings"][1]["sha256"] == "ab" * 32
