"""What holds for every command: a quick start, help, version."""

import subprocess
import sys

from typer.testing import CliRunner

from animedub import __version__
from animedub.cli import app
from animedub.cli.failures import EXIT_CODES
from animedub.errors import DubError

LOOK = """
import sys
from animedub.cli import app
try:
    app(["--help"])
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def test_help_imports_nothing_heavy():
    looked = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=60, check=True)
    assert "Commands:" in looked.stdout
    loaded = set(looked.stderr.split())
    assert "typer" in loaded
    assert not loaded & {"numpy", "scipy", "prefect", "matplotlib", "pydantic", "rich", "onnxruntime"}


def test_version():
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.stdout) == (0, f"animedub {__version__}\n")


def test_help_documents_every_exit_code():
    def codes(kind):
        return {kind.exit_code}.union(*map(codes, kind.__subclasses__()))

    told = CliRunner().invoke(app, ["--help"])
    assert codes(DubError) <= set(EXIT_CODES)
    assert all(f"{code:>3}  {meaning}" in told.stdout for code, meaning in EXIT_CODES.items())


def test_a_command_that_does_not_exist():
    told = CliRunner().invoke(app, ["dance"])
    assert told.exit_code == 2
    assert told.stderr == "animedub: No such command 'dance'.\n"
