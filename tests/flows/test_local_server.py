"""One server, started once and found again. The tests share the session's server where they only look at it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from animedub.errors import ServerError, StoreError
from deployments import local_server
from deployments.local_server import named_api, server_status

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nothing_named(monkeypatch, tmp_path):
    """An environment in which nobody names a server."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))


@pytest.fixture
def impostor(monkeypatch):
    """Put a program of ours in the server's place."""

    def install(program: str) -> None:
        def popen(command, **options):
            return real([sys.executable, "-c", program], **options)

        real = subprocess.Popen
        monkeypatch.setattr(local_server.subprocess, "Popen", popen)

    return install


class TestNamed:
    PROFILES = 'active = "here"\n[profiles.here]\nPREFECT_API_URL = "http://here/api"\n[profiles.there]\nOTHER = "x"\n'

    def test_the_environment_counts_first(self, tmp_path):
        (tmp_path / "profiles.toml").write_text(self.PROFILES)
        assert named_api({"PREFECT_API_URL": "http://env/api", "PREFECT_HOME": str(tmp_path)}) == "http://env/api"

    def test_then_the_active_profile(self, tmp_path):
        (tmp_path / "profiles.toml").write_text(self.PROFILES)
        assert named_api({"PREFECT_HOME": str(tmp_path)}) == "http://here/api"
        assert named_api({"PREFECT_HOME": str(tmp_path), "PREFECT_PROFILE": "there"}) is None
        assert named_api({"PREFECT_HOME": str(tmp_path), "PREFECT_PROFILE": "unknown"}) is None

    @pytest.mark.parametrize("text", ["", "active = ", 'active = "x"'])
    def test_else_nobody(self, tmp_path, text):
        (tmp_path / "profiles.toml").write_text(text)
        assert named_api({"PREFECT_HOME": str(tmp_path)}) is None
        assert named_api({"PREFECT_HOME": str(tmp_path / "missing")}) is None

    def test_a_named_server_is_taken_and_none_started(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PREFECT_API_URL", "http://named/api")
        assert local_server.begin(tmp_path).wait() == "http://named/api"
        assert list(tmp_path.iterdir()) == []


def test_the_server_is_found_again(prefect_api, server_state, nothing_named):
    before = server_status(server_state)
    assert before is not None
    assert before.healthy
    assert before.url == prefect_api
    assert local_server.begin(server_state).wait() == prefect_api
    assert server_status(server_state) == before


def test_processes_that_start_at_once_find_one_server(prefect_api, server_state):
    look = (
        "import sys, pathlib; from deployments import local_server;"
        "print(local_server.begin(pathlib.Path(sys.argv[1])).wait()); assert 'prefect' not in sys.modules"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", look, server_state], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert {child.communicate()[0].strip() for child in children} == {prefect_api}


def test_connected_names_the_api_to_prefect_and_to_children(nothing_named):
    from prefect.settings import PREFECT_API_URL

    with local_server.connected("http://127.0.0.1:1/api"):
        assert PREFECT_API_URL.value() == "http://127.0.0.1:1/api"
        assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert "PREFECT_API_URL" not in os.environ


SLEEPS = "import time; time.sleep(60)"


def test_a_server_is_started_once_stopped_and_started_again(impostor, nothing_named, tmp_path):
    impostor(SLEEPS)
    first = local_server.begin(tmp_path)
    running = server_status(tmp_path)
    assert running is not None
    assert not running.healthy
    local_server.begin(tmp_path)
    assert server_status(tmp_path) == running
    assert local_server.stop_server(tmp_path)
    assert server_status(tmp_path) is None
    assert not local_server.stop_server(tmp_path)
    local_server.begin(tmp_path)
    again = server_status(tmp_path)
    assert again is not None
    assert again.pid != running.pid
    assert local_server.stop_server(tmp_path)
    assert isinstance(first, local_server.Starting)


def test_a_server_that_dies_is_told_with_its_log(impostor, nothing_named, tmp_path):
    impostor("print('no room for me', flush=True); raise SystemExit(1)")
    with pytest.raises(ServerError, match="stopped while it started") as told:
        local_server.begin(tmp_path).wait()
    log = tmp_path / "server" / "server.log"
    assert str(log) in str(told.value)
    assert "no room for me" in log.read_text()


def test_a_server_that_never_answers_is_told_with_its_log(impostor, nothing_named, tmp_path):
    impostor(SLEEPS)
    with pytest.raises(ServerError, match=r"did not answer.*server\.log"):
        local_server.begin(tmp_path).wait(seconds=0.2)
    local_server.stop_server(tmp_path)


def test_a_process_that_took_the_pid_is_not_ours(impostor, nothing_named, tmp_path):
    impostor(SLEEPS)
    local_server.begin(tmp_path)
    record = tmp_path / "server" / "server.json"
    ours = json.loads(record.read_text())
    record.write_text(json.dumps({**ours, "born": "1"}))
    assert server_status(tmp_path) is None
    assert not local_server.stop_server(tmp_path)
    record.write_text(json.dumps(ours))
    assert local_server.stop_server(tmp_path)


def test_a_server_of_another_version_is_replaced(impostor, nothing_named, tmp_path):
    impostor(SLEEPS)
    local_server.begin(tmp_path)
    record = tmp_path / "server" / "server.json"
    old = json.loads(record.read_text())
    record.write_text(json.dumps({**old, "version": "2.0"}))
    local_server.begin(tmp_path)
    new = server_status(tmp_path)
    assert new is not None
    assert new.pid != old["pid"]
    assert local_server.stop_server(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "x"}', '{"url": 1, "more": 2}'])
def test_a_damaged_state_file_is_no_server(tmp_path, text):
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "server.json").write_text(text)
    assert server_status(tmp_path) is None


def test_a_state_folder_that_cannot_be_written_is_told(nothing_named, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="ANIMEDUB_STATE"):
        local_server.begin(tmp_path / "file")


def test_the_server_keeps_to_itself(impostor, nothing_named, monkeypatch, tmp_path):
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql://elsewhere")
    impostor("import os, json; print(json.dumps(dict(os.environ)), flush=True); " + SLEEPS)
    local_server.begin(tmp_path)
    log = tmp_path / "server" / "server.log"
    while not log.read_text().endswith("}\n"):
        assert server_status(tmp_path) is not None
    environment = json.loads(log.read_text())
    local_server.stop_server(tmp_path)
    assert "PREFECT_SERVER_DATABASE_CONNECTION_URL" not in environment
    assert environment["PREFECT_HOME"] == str(tmp_path / "server" / "prefect")
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["DO_NOT_TRACK"] == "1"
