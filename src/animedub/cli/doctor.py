"""``animedub doctor``: what is installed, what is missing and the command that mends it."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from animedub.cli.opening import opened
from animedub.errors import MissingError

if TYPE_CHECKING:
    from rich.text import Text

    from animedub.doctor import Finding

_SOURCE = "where from, or what mends it"
_SHOWN_DIGITS = 12  # of a sha256; --json has all of it


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say what is installed, what is missing and what mends it.

    The exit code is 4 when something is missing that a dub needs.
    """
    settings = opened()
    from animedub.doctor import examine

    findings = examine(settings)
    ill = [finding for finding in findings if not finding.healthy]
    if as_json:
        listed = [finding.model_dump(mode="json") for finding in findings]
        typer.echo(json.dumps({"healthy": not ill, "findings": listed}))
    else:
        _print_findings(findings)
        _print_verdict(ill)
    raise typer.Exit(MissingError.exit_code if ill else 0)


def _print_findings(findings: "Sequence[Finding]") -> None:
    from rich.text import Text

    from animedub.cli.console import grid, output
    from animedub.doctor import Kind

    models = grid("", "model", "licence", "sha256", _SOURCE, folding=[_SOURCE])
    others = grid("", "what", "version", _SOURCE, folding=[_SOURCE])
    for finding in findings:
        if finding.kind is Kind.MODEL:
            digits = finding.sha256[:_SHOWN_DIGITS]
            row = (Text(finding.name), Text(finding.licence), digits)
            models.add_row(_mark(finding), *row, _source(finding))
        else:
            others.add_row(_mark(finding), Text(finding.name), finding.version, _source(finding))
    for table in (others, models):
        if table.row_count:
            output().print(table)


def _mark(finding: "Finding") -> "Text":
    from rich.text import Text

    if finding.present:
        return Text("ok", "green")
    return Text("missing", "red") if finding.needed else Text("optional", "dim")


def _source(finding: "Finding") -> "Text":
    from rich.text import Text

    return Text(finding.remedy, "yellow") if finding.remedy else Text(finding.origin or finding.note)


def _print_verdict(ill: "list[Finding]") -> None:
    from animedub.cli.console import output, say

    if not ill:
        say(output(), "Everything that a dub needs is here.", "green")
        return
    say(output(), f"{len(ill)} of the things that a dub needs are missing. These commands mend it:", "red")
    for remedy in dict.fromkeys(finding.remedy for finding in ill):
        say(output(), f"    {remedy}")
