"""``animedub cache``: what earlier dubs left behind, and how to be rid of it."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from animedub.cli.opening import opened
from animedub.cli.quantities import bytes_in, duration_in, in_bytes

if TYPE_CHECKING:
    from animedub.store import Contents, Pruned, Store

app = typer.Typer(help="Show and prune what earlier dubs left behind.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def cache(context: typer.Context, as_json: Json = False) -> None:
    """Show what the cache holds, unless a command says otherwise."""
    if context.invoked_subcommand is None:
        show(as_json=as_json)


@app.command()
def show(as_json: Json = False) -> None:
    """Show what the cache holds."""
    store = _store()
    contents = store.contents()
    if as_json:
        typer.echo(json.dumps({"store": str(store.root), **contents.model_dump(mode="json")}))
    else:
        _print_contents(store, contents)


@app.command()
def prune(
    older_than: Annotated[
        str | None, typer.Option(metavar="30d", help="Remove what was not used for so long (d, h, m, s).")
    ] = None,
    keep: Annotated[str | None, typer.Option(metavar="20G", help="Keep what was used last, up to this size.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Remove all of it.")] = False,
    as_json: Json = False,
) -> None:
    """Remove what is not needed any more. What a running dub uses stays."""
    if older_than is None and keep is None and not everything:
        raise typer.BadParameter("say what to remove: --older-than 30d, --keep 20G or --everything")
    horizon: timedelta | None = None if older_than is None else duration_in(older_than)
    pruned = _store().prune(
        older_than=horizon, keep_bytes=None if keep is None else bytes_in(keep), everything=everything
    )
    typer.echo(json.dumps(pruned.model_dump(mode="json")) if as_json else _told(pruned))


def _store() -> "Store":
    settings = opened()
    from animedub.store import Store

    return Store(settings.store)


def _print_contents(store: "Store", contents: "Contents") -> None:
    from animedub.cli.console import grid, output, say

    console = output()
    say(console, f"{store.root}: {contents.count} artifacts, {in_bytes(contents.bytes)}")
    if contents.oldest_use and contents.newest_use:
        say(console, f"used between {contents.oldest_use:%Y-%m-%d} and {contents.newest_use:%Y-%m-%d}")
    table = grid("kind", "files", "size", right=["files", "size"])
    for kind, held in sorted(contents.kinds.items(), key=lambda item: -item[1].bytes):
        table.add_row(kind or "(no suffix)", str(held.count), in_bytes(held.bytes))
    console.print(table)


def _told(pruned: "Pruned") -> str:
    kept = f"; {pruned.in_use} are in use by a running dub and stay" if pruned.in_use else ""
    return f"{pruned.count} artifacts removed, {in_bytes(pruned.bytes)} freed{kept}"
