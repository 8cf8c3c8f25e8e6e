"""The script as a file that people read and edit: ``NAME.script.json``, documented in ``docs/formats/script-1.md``."""

import json
import re
from math import isfinite
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from animedub.errors import InputError, OutputError
from animedub.model import Cast, Line, Noun, Script, Span

FORMAT = "animedub.script"
VERSION = 1
MAX_BYTES = 64 << 20

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class Episode(Noun):
    """The episode a script belongs to."""

    name: str = Field(description="file name without suffix")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the video file")
    seconds: float = Field(gt=0)


class ScriptFile(NamedTuple):
    """What a script file holds."""

    script: Script
    episode: Episode | None


class _Document(Noun):
    """The file as it stands."""

    format: Literal["animedub.script"]
    version: Literal[1]
    episode: Episode | None = None
    source_language: str
    language: str
    cast: Cast | None = None
    lines: tuple[Line, ...] = ()


def rounded(script: Script) -> Script:
    """The script as its file gives it back: times in whole milliseconds, measured figures with three decimals.

    Whoever hands this on, instead of the script itself, finds the same work in the cache when the file comes back.
    """
    return Script.model_validate(script.model_dump() | {"lines": [_rounded_line(line) for line in script.lines]})


def script_text(script: Script, episode: Episode | None = None) -> str:
    """The text of the file, in JSON: the same script always gives the same text."""
    rest = rounded(script).model_dump(mode="json")
    lines = rest.pop("lines")
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if episode is not None:
        head["episode"] = episode.model_copy(update={"seconds": round(episode.seconds, 3)}).model_dump(mode="json")
    head |= {key: value for key, value in rest.items() if value is not None}
    return _laid_out(head | {"lines": [_without_unset(line) for line in lines]}) + "\n"


def write_script(script: Script, path: Path, episode: Episode | None = None) -> None:
    """Write the script file.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        path.write_text(script_text(script, episode), encoding="utf-8")
    except OSError as cause:
        raise OutputError(f"cannot write the script {path}: {cause.strerror}") from cause


def read_script(path: Path) -> Script:
    """The script in a file, its lines put in order of time.

    Raises:
        InputError: the file cannot be read or is no valid script; the message names line, field and mistake.
    """
    return read_script_file(path).script


def read_script_file(path: Path) -> ScriptFile:
    """The script in a file and the episode it says it belongs to.

    Raises:
        InputError: as :func:`read_script`.
    """
    content = _json(path)
    _check_head(content, path.name)
    try:
        document = _Document.model_validate(content)
        script = Script.model_validate(document.model_dump(include=set(Script.model_fields)))
    except ValidationError as cause:
        raise InputError(f"{path.name}: {_told(cause, content)}") from cause
    for line in script.lines:
        _check(line, path.name)
    return ScriptFile(script.with_lines(script.lines), document.episode)


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name} is larger than {MAX_BYTES >> 20} MiB; that is no script")
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_finite)
    except OSError as cause:
        raise InputError(f"cannot read the script {path}: {cause.strerror}") from cause
    except UnicodeDecodeError as cause:
        raise InputError(f"{path.name} is not in UTF-8; save it as UTF-8") from cause
    except json.JSONDecodeError as cause:
        where = f"{path.name}, line {cause.lineno}, column {cause.colno}"
        raise InputError(f"{where}: not valid JSON ({cause.msg}); look for a missing comma or quote there") from cause
    except RecursionError as cause:
        raise InputError(f"{path.name} is nested too deeply for a script") from cause
    except ValueError as cause:
        raise InputError(f"{path.name}: {cause}") from cause


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        where = f"line {found['id']!r}: " if isinstance(found.get("id"), str) else ""
        raise ValueError(f"{where}the field {twice!r} is given twice; remove one")
    return found


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is no number that can be used; give a finite one")
    return value


def _check_head(content: Any, name: str) -> None:
    """A better word than the general check has for files that are something else."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f'{name} is no script: "format" is not "{FORMAT}"; see docs/formats/script-1.md')
    version = content.get("version")
    if type(version) is not int or version != VERSION:
        raise InputError(f"{name} is a script of version {version!r}, and this program reads version {VERSION}")


def _check(line: Line, name: str) -> None:
    """What a line of a script that was just made has by nature, and an edited one may lack."""
    if min(line.span.start, line.placed.start if line.placed else 0.0) < 0:
        raise InputError(f"{name}: line {line.id!r} starts before the episode does; give it a start of 0 or more")
    if _HALF_CHARACTER.search(line.speaker + line.source_text + line.text):
        raise InputError(f"{name}: line {line.id!r} holds half a character (\\ud800 to \\udfff); type it again")


def _told(error: ValidationError, content: dict[str, Any]) -> str:
    """The first mistake as one line: which line, which field, what is wrong."""
    first = error.errors(include_url=False)[0]
    where, what = list(first["loc"]), first["msg"].removeprefix("Value error, ")
    place = _line_name(content, where[1]) if where[:1] == ["lines"] and len(where) > 1 else ""
    field = ".".join(map(str, where[2:] if place else where))
    if first["type"] == "extra_forbidden":
        what = "there is no such field; see docs/formats/script-1.md for those there are"
    more = error.error_count() - 1
    told = [", ".join(filter(None, (place, f"field {field!r}" if field else ""))), what]
    return ": ".join(filter(None, told)) + (f" (and {more} more)" if more else "")


def _line_name(content: dict[str, Any], place: int | str) -> str:
    lines = content.get("lines")
    entry = lines[place] if isinstance(lines, list) and isinstance(place, int) else None
    known = entry.get("id") if isinstance(entry, dict) else None
    return f"line {known!r}" if isinstance(known, str) and known else f"entry {int(place) + 1} of 'lines'"


def _rounded_line(line: Line) -> dict[str, Any]:
    fields = line.model_dump()
    fields["span"] = _rounded_span(line.span)
    if line.placed is not None:
        fields["placed"] = _rounded_span(line.placed)
    if line.prosody is not None:
        fields["prosody"] = {key: _rounded(value) for key, value in line.prosody.model_dump().items()}
    if line.tempo is not None:
        fields["tempo"] = max(0.001, round(line.tempo, 3))
    return fields


def _rounded_span(span: Span) -> dict[str, float]:
    return {"start": round(span.start, 3), "end": round(span.end, 3)}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_rounded(inner) for inner in value)
    return value


def _without_unset(line: dict[str, Any]) -> dict[str, Any]:
    """A line without what was not measured; what people edit is always there."""
    always = {"id", "span", "speaker", "source_text", "text", "voice"}
    return {key: value for key, value in line.items() if key in always or value not in (None, {}, [])}


def _laid_out(value: Any, indent: int = 0) -> str:
    """JSON with what is short on one row, so that a line of dialogue stays in sight as a whole."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, dict | list) or not value or (len(flat) <= 100 and indent > 1):
        return flat
    inner = "\n" + " " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(one, indent + 1)}" for key, one in value.items()]
        return "{" + inner + f",{inner}".join(parts) + "\n" + " " * indent + "}"
    return "[" + inner + f",{inner}".join(_laid_out(one, indent + 1) for one in value) + "\n" + " " * indent + "]"
