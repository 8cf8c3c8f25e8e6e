"""What is written for people names only what there is."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer.main

from animedub.cli import app

PROJECT = Path(__file__).parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *PROJECT.glob("*/README.md")])
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))

LINK = re.compile(r"\]\(([^)\s]+)\)")
# Two spaces end a command: what follows explains it.
COMMAND = re.compile(r"(?:^ {4}|`)(?:\.venv/bin/|\$\(bin\)/)?animedub((?: [^\s`#]+)*)", re.MULTILINE)
MAKE = re.compile(r"(?:^ {4}|`)make ([a-z-]+)", re.MULTILINE)
IMPORT = re.compile(r"^from (animedub[\w.]*) import (.+)$", re.MULTILINE)


def test_the_pages_are_found():
    assert {"README.md", "docs/cli.md", "docs/adr/0001-one-wiring.md"} <= {str(p.relative_to(PROJECT)) for p in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page: Path):
    lost = [link for link in _relative_links(page) if not (page.parent / link).exists()]
    assert not lost


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_commands_and_their_options_exist(page: Path):
    unknown = [error for words in _commands(page) if (error := _unknown_in(words))]
    assert not unknown


def test_a_command_that_does_not_exist_is_noticed():
    assert _unknown_in(["dub", "x.mkv", "--quality"]) == "dub: --quality"
    assert _unknown_in(["cache", "empty"]) == "cache: empty"
    assert _unknown_in(["cache", "prune", "--keep", "20G"]) is None


def test_the_readme_shows_every_command():
    shown = {words[0] for words in _commands(PROJECT / "README.md") if words}
    assert {"dub", "doctor", "cache", "server"} <= shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_what_is_made_is_in_the_makefile(page: Path):
    rules = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(MAKE.findall(page.read_text(encoding="utf-8"))) <= rules


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_a_notebook_comes_without_outputs_and_imports_what_there_is(notebook: Path):
    cells = [c for c in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    assert cells
    assert not any(cell["outputs"] or cell["execution_count"] for cell in cells)
    imports = IMPORT.findall("\n".join("".join(cell["source"]) for cell in cells))
    assert imports
    lost = [f"{m}.{name}" for m, names in imports for name in names.split(", ") if not hasattr(import_module(m), name)]
    assert not lost


def _relative_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", link) and (path := link.partition("#")[0]):
            yield path


def _commands(page: Path) -> list[list[str]]:
    """The words after ``animedub`` wherever a page shows it as code."""
    return [words.split() for words in COMMAND.findall(page.read_text(encoding="utf-8"))]


def _unknown_in(words: list[str]) -> str | None:
    """The first command or option that does not exist, with the command it was given to."""
    command, name = typer.main.get_command(app), "animedub"
    for word in words:
        if word == "--":
            break
        if word.startswith("-") and word not in _options(command):
            return f"{name}: {word}"
        commands = getattr(command, "commands", None)  # only a group of commands has them
        if commands is not None and re.fullmatch("[a-z]+", word):
            if word not in commands:
                return f"{name}: {word}"
            command, name = commands[word], word
    return None


def _options(command: Any) -> set[str]:
    every = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return every | {"--help", "-h"}
