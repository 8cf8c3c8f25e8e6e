import logging
import subprocess
import sys

import pytest

from animedub.cli.log import log_file, write_log

RUN = """
import logging, sys, warnings
from pathlib import Path
from animedub.cli.log import write_log
write_log(Path(sys.argv[1]), verbose=True)
import prefect
logging.getLogger("prefect.flow_runs").error("the flow is unwell")
logging.getLogger("animedub.stages").info("the stage is well")
logging.getLogger("some.library").error("the library is unwell")
warnings.warn("this is old")
"""


def test_the_file_hears_everything_and_the_terminal_only_this_package_when_asked(tmp_path):
    command = [sys.executable, "-c", RUN, str(tmp_path / "logs")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    log = (tmp_path / "logs" / "animedub.log").read_text()
    for message in ("the flow is unwell", "the stage is well", "the library is unwell", "this is old"):
        assert message in log
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1 and "the stage is well" in told.stderr


@pytest.fixture
def kept_loggers():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level


def test_the_file_is_replaced_by_the_next(kept_loggers, tmp_path):
    for name in ("first", "second"):
        write_log(tmp_path / name)
    logging.getLogger("animedub.cli").warning("heard once")
    assert log_file() == tmp_path / "second" / "animedub.log"
    assert (tmp_path / "first" / "animedub.log").read_text() == ""
    assert (tmp_path / "second" / "animedub.log").read_text().count("heard once") == 1


def test_a_folder_that_cannot_be_written_is_passed_over(kept_loggers, tmp_path):
    (tmp_path / "taken").write_text("")
    write_log(tmp_path / "taken")
    assert log_file() is None
