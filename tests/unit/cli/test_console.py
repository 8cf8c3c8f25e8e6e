import io

import pytest
from rich.console import Console

from animedub.cli.console import Bars, board, clock


@pytest.mark.parametrize(("seconds", "text"), [(None, "-:--"), (0, "0:00"), (59.6, "1:00"), (3661, "1:01:01")])
def test_clock(seconds, text):
    assert clock(seconds) == text


@pytest.fixture
def screen():
    return Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)


def shown(screen, bars):
    with screen.capture() as captured:
        screen.print(bars.draw())
    return captured.get()


def test_one_row_a_stage_and_one_for_the_whole(screen):
    bars = Bars(screen)
    bars.begin("ingest", 1)
    bars.end("ingest", cached=True)
    bars.begin("separate", 46)
    bars.end("separate", cached=False)
    bars.begin("perform", 4)
    bars.advance("perform", 1)
    rows = {line.split()[0]: line for line in shown(screen, bars).splitlines() if line.strip()}
    assert list(rows) == ["elapsed", "ingest", "separate", "perform", "whole"]
    assert "cached" in rows["ingest"]
    assert "done" in rows["separate"] and "100%" in rows["separate"]
    assert "25%" in rows["perform"]


def test_bars_leave_their_last_state_and_tell_a_warning_once(screen):
    with Bars(screen) as bars:
        bars.begin("perform", 2)
        bars.warn("two voices are alike")
        bars.warn("two voices are alike")
        bars.end("perform", cached=False)
    written = screen.file.getvalue()
    assert written.count("two voices are alike") == 1
    assert "whole" in written


def test_a_board_that_nobody_looks_at_writes_nothing(capsys):
    with board(quiet=True) as progress:
        progress.begin("mix", 1)
        progress.warn("careful")
        progress.end("mix", cached=False)
    assert capsys.readouterr() == ("", "")
