"""``animedub doctor``: what is installed, what is missing and the command that mends it."""

import json
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from animedub.cli.opening import opened
from animedub.errors import MissingError

if TYPE_CHECKING:
    from animedub.doctor import Finding

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


def _print_findings(findings: "Iterable[Finding]") -> None:
    from rich.text import Text

    from animedub.cli.console import grid, output

    table = grid("", "what", "version", "licence", "sha256", "where from, or what mends it")
    for _, kin in groupby(findings, key=lambda finding: finding.kind):
        for finding in kin:
            table.add_row(
                _mark(finding),
                Text(finding.name),
                finding.version,
                Text(finding.licence),
                finding.sha256[:_SHOWN_DIGITS],
                Text(finding.remedy, "yellow") if finding.remedy else Text(finding.origin or finding.note),
            )
        table.add_section()
    output().print(table)


def _mark(finding: "Finding") -> str:
    if finding.present:
        return "[green]ok[/]"
    return "[red]missing[/]" if finding.needed else "[dim]not installed[/]"


def _print_verdict(ill: "list[Finding]") -> None:
    from animedub.cli.console import output, say

    if not ill:
        say(output(), "Everything that a dub needs is here.", "green")
        return
    say(output(), f"{len(ill)} of the things that a dub needs are missing. These commands mend it:", "red")
    for remedy in dict.fromkeys(finding.remedy for finding in ill):
        say(output(), f"    {remedy}")
