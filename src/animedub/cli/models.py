"""``animedub models``: where the weights come from, and the only command that downloads any."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animedub.cli.opening import opened
from animedub.cli.quantities import in_bytes
from animedub.errors import DubError, MissingError

if TYPE_CHECKING:
    from animedub.catalogue import ModelFolder

app = typer.Typer(help="List and fetch models.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def models(context: typer.Context, as_json: Json = False) -> None:
    """List the models, unless a command says otherwise."""
    if context.invoked_subcommand is None:
        show(as_json=as_json)


@app.command("list")
def show(as_json: Json = False) -> None:
    """List the models: what each is for, its licence, and where it was found."""
    folder = _folder()
    listed = {name: _described(folder, name) for name in folder.catalogue}
    if as_json:
        typer.echo(json.dumps({"models": listed}))
    else:
        _print_models(listed)


@app.command()
def fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Models to fetch, by the names 'list' shows.")],
    as_json: Json = False,
) -> None:
    """Bring models onto this computer. This is the only command that uses the network."""
    folder = _folder()
    folder.fetch(names)
    found = {name: str(folder.path(name)) for name in names}
    if as_json:
        typer.echo(json.dumps({"models": found}))
    else:
        for name, path in found.items():
            typer.echo(f"{name}: {path}")


def _folder() -> "ModelFolder":
    settings = opened()
    from animedub.catalogue import ModelFolder

    return ModelFolder(settings.models)


def _described(folder: "ModelFolder", name: str) -> dict[str, Any]:
    model = folder.catalogue[name]
    described: dict[str, Any] = {
        "purpose": model.purpose,
        "licence": model.licence,
        "bytes": sum(file.bytes for file in model.files.values()),
    }
    try:
        ready = folder.find(name)
    except MissingError as error:
        return described | {"state": "missing", "remedy": str(error)}
    except DubError as error:
        return described | {"state": "damaged", "remedy": str(error)}
    return described | {"state": "ready", "origin": ready.origin.value, "path": str(ready.path), "sha256": ready.sha256}


def _print_models(listed: dict[str, dict[str, Any]]) -> None:
    from rich.text import Text

    from animedub.cli.console import grid, output

    table = grid("model", "purpose", "licence", "size", "found in", right=["size"], folding=["purpose", "found in"])
    for name, model in listed.items():
        found = Text(model["origin"]) if model["state"] == "ready" else Text(model["remedy"], "yellow")
        table.add_row(name, model["purpose"], model["licence"], in_bytes(model["bytes"]), found)
    output().print(table)
