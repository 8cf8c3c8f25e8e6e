"""Dubs that are killed, and dubs that run side by side."""

import json
import signal
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.studio import LIMIT_S, Dub, Studio, Told, contents, takes, until

END_STATES = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@pytest.fixture
def fresh(ep01: Dub, tmp_path: Path) -> Studio:
    """The user of the first dub with an empty store."""
    return ep01.studio.with_store(tmp_path / "store")


def is_separating(store: Path) -> bool:
    """Dialogue and bed are being written."""
    return done(store, "detect") > 0 and len(drafts(store, ".flac")) >= 2


def is_speaking(store: Path) -> bool:
    """Some lines are spoken, others are not."""
    return len(takes(store)) >= 2


def is_muxing(store: Path) -> bool:
    """The result is being written."""
    return any(draft.stat().st_size > 0 for draft in drafts(store, ".mkv"))


def test_killed_at_any_moment_the_next_run_gives_the_same_dub(ep01: Dub, fresh: Studio, tmp_path: Path):
    """One dub that is killed again and again, each time further on, and then left in peace."""
    store, out = fresh.store, tmp_path / "out"
    for is_reached in (is_separating, is_speaking, is_muxing):
        process = fresh.start("dub", ep01.episode, "--out", out, "--script", "asr", "--json")
        until(lambda is_reached=is_reached: is_reached(store), process)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not any(out.iterdir()), "a result that is not whole"

    told = fresh.dub(ep01.episode, out, "--script", "asr")
    assert {"mux", "inspect"} <= told.performed <= {"mux", "inspect", "draw"}  # drawn while the film is written
    assert contents(out) == contents(ep01.out)
    assert takes(store) == takes(ep01.studio.store)
    assert drafts(store) == []


def test_two_dubs_of_one_episode_do_the_work_once(ep01: Dub, fresh: Studio, tmp_path: Path):
    outs = [tmp_path / "one", tmp_path / "other"]
    processes = [fresh.start("dub", ep01.episode, "--out", out, "--script", "asr", "--json") for out in outs]
    both = [Told(process.wait(), *process.communicate(timeout=LIMIT_S)) for process in processes]
    assert [told.code for told in both] == [0, 0], [told.stderr for told in both]
    for out in outs:
        assert contents(out) == contents(ep01.out)
    alone = states_of(fresh, [ep01.out])
    together = states_of(fresh, outs)
    assert set(together) == {"Completed", "Cached"}
    assert together["Completed"] == alone["Completed"]
    assert set(together["Completed"]) >= ep01.told.stages


def states_of(studio: Studio, outs: list[Path]) -> dict[str, Counter[str]]:
    """How the task runs of the dubs into some folders ended, as the server tells: state -> stage -> number."""
    api = studio.run("server", "status", "--json").object["server"]["url"]
    folders = set(map(str, outs))
    flows = [run["id"] for run in ask(api, "flow_runs", {}) if run["parameters"].get("out") in folders]
    end = time.monotonic() + LIMIT_S
    while True:  # the server digests what it hears of tasks in its own time
        runs = ask(api, "task_runs", {"flow_runs": {"id": {"any_": flows}}})
        if runs and all(run["state_type"] in END_STATES for run in runs):
            break
        assert time.monotonic() < end
        time.sleep(0.2)
    states: dict[str, Counter[str]] = {}
    for run in runs:
        states.setdefault(run["state_name"], Counter())[run["name"].rpartition("-")[0]] += 1
    return states


def ask(api: str, what: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """All records of one kind that the Prefect server has."""
    body = json.dumps({**query, "limit": 200}).encode()
    request = urllib.request.Request(f"{api}/{what}/filter", body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return json.loads(answer.read())


def done(store: Path, stage: str) -> int:
    """How many results of a stage are on record."""
    return len(list((store / "results").glob(f"{stage}-*")))


def drafts(store: Path, suffix: str = "") -> list[Path]:
    """What is being written into the store."""
    return [path for path in (store / "tmp").glob(f"*/*{suffix}") if path.name != "lease"]
