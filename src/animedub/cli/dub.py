"""``animedub dub``: episodes in, dubbed episodes out."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from animedub import workflow
from animedub.cli.estimate import TYPICAL_SHARES
from animedub.cli.failures import Failure, attempt, report
from animedub.errors import InputError

if TYPE_CHECKING:
    from animedub.model import DubRequest, DubResult
    from animedub.settings import Settings

Codec = Literal["aac", "flac", "opus"]

_OPTION_OF = {"target_lufs": "--lufs", "source_language": "--from", "language": "--to"}


class Order(NamedTuple):
    """What is asked of every episode of one command."""

    out: Path
    request: "DubRequest"
    overwrite: bool
    refresh: frozenset[str]
    use_cache: bool
    workers: int | None


class Outcome(NamedTuple):
    """What became of one episode: a result or a failure."""

    episode: Path
    result: "DubResult | None" = None
    failure: Failure | None = None

    @property
    def exit_code(self) -> int:
        """What this episode asks the command to return."""
        return self.failure.exit_code if self.failure else 0

    def as_json(self) -> dict[str, Any]:
        """The result as it is written, or the failure."""
        return self.failure.as_json() if self.failure else json.loads(self.result.model_dump_json())  # pyright: ignore


def dub(
    episodes: Annotated[list[Path], typer.Argument(metavar="EPISODE", help="Videos to dub.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results.")],
    source: Annotated[str, typer.Option("--from", metavar="LANG", help="Language that is spoken.")] = "ja",
    target: Annotated[str, typer.Option("--to", metavar="LANG", help="Language of the dub.")] = "en",
    script: Annotated[
        str,
        typer.Option(metavar="auto|asr|subs|subs:N|FILE", help="Where the words come from; FILE: .json .ass .srt .vtt"),
    ] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")] = False,
    lufs: Annotated[float, typer.Option(metavar="LUFS", help="Integrated loudness of the dub.")] = -16.0,
    codec: Annotated[Codec, typer.Option(help="How the dub's sound is coded.")] = "aac",
    force_stage: Annotated[
        list[str] | None,
        typer.Option(metavar="STAGE", help=f"Do this stage again (repeatable): {', '.join(TYPICAL_SHARES)}."),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do every stage again.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Threads that work at once.")] = None,
    lipsync: Annotated[bool, typer.Option("--lipsync", help="Move the lips too, if that is installed.")] = False,
    names: Annotated[bool, typer.Option("--names/--no-names", help="Take speakers from the subtitles.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something fails.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell details while it works.")] = False,
) -> None:
    """Dub episodes into another language.

    An EPISODE whose name begins with a dash goes after "--". Several episodes are dubbed one after the other; when one
    fails, the others are dubbed all the same.
    """
    from animedub.cli.console import output, summary
    from animedub.cli.opening import opened

    order = Order(
        out=out.absolute(),
        request=_request(source, target, script, names, lufs, codec, lipsync),
        overwrite=overwrite,
        refresh=_known_stages(force_stage or []),
        use_cache=not no_cache,
        workers=workers,
    )
    settings = opened(verbose=verbose)
    outcomes = []
    for episode in episodes:
        outcome = _dubbed(episode, order, settings, quiet=quiet)
        outcomes.append(outcome)
        if outcome.failure and not as_json:
            report(_about(outcome, several=len(episodes) > 1), as_json=False)
        elif outcome.result and not (as_json or quiet):
            output().print(summary(outcome.result))
    _close(outcomes, as_json=as_json, quiet=quiet)


def _request(
    source: str, target: str, script: str, names: bool, lufs: float, codec: Codec, lipsync: bool
) -> "DubRequest":
    from pydantic import ValidationError

    from animedub import model

    try:
        return model.DubRequest(
            script=model.ScriptOptions(
                source_language=source, language=target, script=_script(script), use_names=names
            ),
            mix=model.MixOptions(target_lufs=lufs, codec=model.Codec(codec)),
            lipsync=lipsync,
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][-1]) if first["loc"] else ""
        raise InputError(f"{_OPTION_OF.get(field, field)}: {first['msg']}") from error


def _script(given: str) -> str:
    kind, _, number = given.partition(":")
    if given in ("auto", "asr", "subs") or (kind == "subs" and number.isdecimal()):
        return given
    path = Path(given).absolute()
    if not path.is_file():
        raise InputError(f"--script {given}: neither auto, asr, subs, subs:N nor a file that exists")
    return str(path)


def _known_stages(stages: list[str]) -> frozenset[str]:
    unknown = [stage for stage in stages if stage not in TYPICAL_SHARES]
    if unknown:
        raise InputError(f"--force-stage {unknown[0]}: there is no such stage; they are {', '.join(TYPICAL_SHARES)}")
    return frozenset(stages)


def _dubbed(episode: Path, order: Order, settings: "Settings", *, quiet: bool) -> Outcome:
    outcome = attempt(lambda: _run(episode, order, settings, quiet=quiet))
    if isinstance(outcome, Failure):
        return Outcome(episode, failure=outcome)
    return Outcome(episode, result=outcome)


def _run(episode: Path, order: Order, settings: "Settings", *, quiet: bool) -> "DubResult":
    from animedub.cli.console import board

    began = time.monotonic()
    with board(quiet=quiet) as progress:
        result = workflow.load("deployments.command").run_dub(
            # An absolute path can be taken neither for an option nor for an address by any program down the line.
            episode.absolute(),
            order.out,
            order.request,
            settings=settings,
            progress=progress,
            overwrite=order.overwrite,
            refresh=order.refresh,
            use_cache=order.use_cache,
            workers=order.workers,
        )
    return result.model_copy(update={"elapsed": time.monotonic() - began})


def _about(outcome: Outcome, *, several: bool) -> Failure:
    told = outcome.failure
    assert told is not None
    return told._replace(message=f"{outcome.episode.name}: {told.message}") if several else told


def _close(outcomes: list[Outcome], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_object(outcomes), ensure_ascii=False))
    elif len(outcomes) > 1 and not quiet:
        _print_overview(outcomes)
    raise typer.Exit(max(outcome.exit_code for outcome in outcomes))


def _object(outcomes: list[Outcome]) -> dict[str, Any]:
    if len(outcomes) == 1:
        return outcomes[0].as_json()
    return {"episodes": [{"episode": str(each.episode), **_labelled(each)} for each in outcomes]}


def _labelled(outcome: Outcome) -> dict[str, Any]:
    return outcome.as_json() if outcome.failure else {"result": outcome.as_json()}


def _print_overview(outcomes: list[Outcome]) -> None:
    from animedub.cli.console import clock, grid, output, shown

    table = grid("episode", "length", "time", "outcome", right=["length", "time"], folding=["episode"])
    for each in outcomes:
        if each.result:
            what = f"{each.result.lines} lines, {len(each.result.unfit)} did not fit"
            table.add_row(shown(each.episode.name), clock(each.result.seconds), clock(each.result.elapsed), what)
        elif each.failure:
            table.add_row(shown(each.episode.name), "", "", f"[red]failed ({each.failure.exit_code})[/]")
    output().print(table)
