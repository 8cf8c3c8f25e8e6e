"""``animedub server``: the local server of the workflow, which keeps the history of runs."""

import json
from dataclasses import asdict
from types import ModuleType
from typing import Annotated, Any

import typer

from animedub import workflow
from animedub.cli.opening import opened

app = typer.Typer(help="Look after the local server that keeps the history of runs.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def server(context: typer.Context, as_json: Json = False) -> None:
    """Say whether the server runs, unless a command says otherwise."""
    if context.invoked_subcommand is None:
        status(as_json=as_json)


@app.command()
def status(as_json: Json = False) -> None:
    """Say whether the server runs, and where; it need not run, a dub starts it."""
    state = opened().state
    ours, named = _local_server().server_status(state), _local_server().named_api()
    told: dict[str, Any] = {"running": ours is not None, "server": asdict(ours) if ours else None, "named": named}
    if as_json:
        typer.echo(json.dumps(told))
        return
    if named:
        typer.echo(f"runs are reported to {named}, which your own Prefect settings name")
    if ours is None:
        typer.echo("the local server is not running; a dub starts it when it is needed")
    else:
        health = "answers" if ours.healthy else "does not answer"
        typer.echo(f"the local server {health} at {ours.url} (process {ours.pid}, log {ours.log})")


@app.command()
def start(as_json: Json = False) -> None:
    """Start the server in the background, unless it runs already, and wait until it answers."""
    state = opened().state
    url = _local_server().begin(state).wait()
    typer.echo(json.dumps({"url": url}) if as_json else f"the server answers at {url}")


@app.command()
def stop(as_json: Json = False) -> None:
    """Stop the server. The next dub starts it again, with its history."""
    state = opened().state
    stopped = _local_server().stop_server(state)
    if as_json:
        typer.echo(json.dumps({"stopped": stopped}))
    else:
        typer.echo("the local server is stopped" if stopped else "the local server was not running")


def _local_server() -> ModuleType:
    return workflow.load("deployments.local_server")
