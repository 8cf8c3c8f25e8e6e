import json
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from animedub.cli import app
from animedub.errors import ServerError


@dataclass
class Status:
    url: str = "http://127.0.0.1:4321/api"
    pid: int = 99
    log: str = "server.log"
    healthy: bool = True


@pytest.fixture
def house(monkeypatch, tmp_path):
    """Stands in for the module that looks after the server."""
    house = SimpleNamespace(running=None, named=None, states=[])

    def seen(state, answer):
        house.states.append(state)
        return answer

    def wait():
        if house.running is None:
            raise ServerError("the local server stopped while it started: see server.log")
        return house.running.url

    module = SimpleNamespace(
        server_status=lambda state: seen(state, house.running),
        stop_server=lambda state: seen(state, house.running is not None),
        begin=lambda state: seen(state, SimpleNamespace(wait=wait)),
        named_api=lambda: house.named,
    )
    for name in ("STORE", "MODELS", "STATE"):
        monkeypatch.setenv(f"ANIMEDUB_{name}", str(tmp_path / name.lower()))
    monkeypatch.setattr("animedub.workflow.load", lambda name: {"deployments.local_server": module}[name])
    yield house
    assert set(house.states) == {tmp_path / "state"}


def run(*arguments):
    return CliRunner().invoke(app, ["server", *arguments])


@pytest.mark.parametrize("command", [[], ["status"]])
def test_status(house, command):
    assert "not running" in run(*command).stdout
    house.running = Status()
    assert "answers at http://127.0.0.1:4321/api" in run(*command).stdout
    house.running.healthy = False
    assert "does not answer" in run(*command).stdout


def test_status_names_the_server_that_the_user_chose(house):
    house.named = "http://studio:4200/api"
    assert "http://studio:4200/api" in run().stdout
    assert json.loads(run("--json").stdout) == {"running": False, "server": None, "named": "http://studio:4200/api"}


def test_start(house):
    house.running = Status()
    assert json.loads(run("start", "--json").stdout) == {"url": house.running.url}


def test_a_server_that_does_not_start(house):
    told = run("start")
    assert (told.exit_code, told.stdout) == (7, "")
    assert told.stderr == "animedub: the local server stopped while it started: see server.log\n"


def test_stop(house):
    assert "was not running" in run("stop").stdout
    house.running = Status()
    assert json.loads(run("stop", "--json").stdout) == {"stopped": True}
