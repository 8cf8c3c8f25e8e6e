"""The command line. It starts a flow or looks after what the flows leave behind; it wires no pipeline of its own.

Nothing heavy is imported before a command runs: ``animedub --help`` answers at once.
"""

from typing import Annotated

import typer

from animedub import __version__
from animedub.cli import cache, doctor, dub, models, server
from animedub.cli.failures import EXIT_CODES, Commands

_EPILOG = "\b\nExit codes:\n" + "\n".join(f"{code:>5}  {meaning}" for code, meaning in EXIT_CODES.items())

app = typer.Typer(
    name="animedub",
    cls=Commands,
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # help without boxes comes in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"animedub {__version__}")
        raise typer.Exit


@app.callback()
def animedub(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Dub an episode into another language, offline, on an ordinary computer."""


app.command(epilog=_EPILOG)(dub.dub)
app.command()(doctor.doctor)
app.add_typer(cache.app, name="cache")
app.add_typer(models.app, name="models")
app.add_typer(server.app, name="server")


def main() -> None:
    """Run the command that the process's arguments name, and exit."""
    app()
