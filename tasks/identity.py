"""What makes two stage inputs the same, and how a stage's result is written down.

An :class:`~animedub.model.Artifact` counts by its content alone, every other noun by its class and fields. A type that
is not listed here is refused rather than guessed at: a wrong guess would give one dub the sound of another.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import Enum
from fractions import Fraction
from typing import Any

from animedub.model import Artifact, Noun


class NotCacheable(TypeError):
    """A stage was given, or gave, something that cannot be told apart or written down reliably."""


def fingerprint(value: Any) -> str:
    """The sha256, in hexadecimal, of everything that matters in ``value``.

    >>> fingerprint({"gain": 1.0, "name": "a"}) == fingerprint({"name": "a", "gain": 1.0})
    True
    >>> fingerprint(1.0) == fingerprint(1)
    False

    Raises:
        NotCacheable: a type that has no reliable identity (a path, an array, an open file ...).
    """
    return hashlib.sha256(json.dumps(_identity(value), separators=(",", ":")).encode()).hexdigest()


_PLAIN = frozenset({type(None), bool, int, str})


def _identity(value: Any) -> Any:
    if type(value) in _PLAIN:  # most of the thousands of values in a script: asked first
        return value
    if type(value) is float:
        return {"float": repr(value)}
    match value:
        case Artifact():
            return {"artifact": value.sha256}
        case Noun():
            return {"noun": noun_name(type(value)), "fields": [[k, _identity(v)] for k, v in _fields(value)]}
        case Enum():
            return {"enum": type(value).__qualname__, "member": value.name}
        case None | bool() | int() | str():
            return value
        case Fraction():
            return {"ratio": str(value)}
        case list() | tuple():
            return [_identity(item) for item in value]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {"mapping": [[key, _identity(value[key])] for key in sorted(value)]}
    raise NotCacheable(
        f"{type(value).__qualname__} has no identity as a stage input: pass an artifact, a noun or a number"
    )


def artifacts_in(value: Any) -> Iterator[Artifact]:
    """Every artifact that ``value`` names, at any depth."""
    if type(value) in _PLAIN or type(value) is float:
        return
    match value:
        case Artifact():
            yield value
        case Noun():
            for _, inner in _fields(value):
                yield from artifacts_in(inner)
        case list() | tuple():
            for inner in value:
                yield from artifacts_in(inner)
        case Mapping():
            for inner in value.values():
                yield from artifacts_in(inner)


def to_json(value: Any) -> Any:
    """``value`` in JSON's types, so that :func:`from_json` gives back an equal value of the same types.

    Raises:
        NotCacheable: the value would come back different.
    """
    written, lost = _written(value), f"this {type(value).__qualname__} does not survive being written as JSON"
    try:
        back = from_json(written)
    except ValueError as error:
        raise NotCacheable(lost) from error
    if back != value or type(back) is not type(value):
        raise NotCacheable(lost)
    return written


def _written(value: Any) -> Any:
    match value:
        case Noun():
            return {"noun": noun_name(type(value)), "fields": value.model_dump(mode="json")}
        case None | bool() | int() | float() | str() if not isinstance(value, Enum):
            return value
        case list():
            return [_written(item) for item in value]
        case tuple():
            return {"tuple": [_written(item) for item in value]}
        case dict() if all(isinstance(key, str) for key in value):
            return {"mapping": {key: _written(item) for key, item in value.items()}}
    raise NotCacheable(
        f"a stage cannot give back {type(value).__qualname__}: give a noun, or artifacts in a tuple or dict"
    )


def from_json(written: Any) -> Any:
    """The value that :func:`to_json` wrote.

    Raises:
        ValueError: it was not written by :func:`to_json`, or by another version of the nouns.
    """
    match written:
        case {"noun": str(name), "fields": fields}:
            return _noun_class(name).model_validate(fields)
        case {"tuple": list(items)}:
            return tuple(from_json(item) for item in items)
        case {"mapping": dict(items)}:
            return {key: from_json(item) for key, item in items.items()}
        case dict():
            raise ValueError("not the record of a stage's result")
        case list():
            return [from_json(item) for item in written]
        case _:
            return written


def noun_name(noun: type[Noun]) -> str:
    """The name under which a noun is written down."""
    return f"{noun.__module__}.{noun.__qualname__}"


def _noun_class(name: str) -> type[Noun]:
    # Only among the nouns that are known: a record never makes a module be imported.
    waiting = list(Noun.__subclasses__())
    while waiting:
        noun = waiting.pop()
        if noun_name(noun) == name:
            return noun
        waiting.extend(noun.__subclasses__())
    raise ValueError(f"there is no noun {name}")


def _fields(noun: Noun) -> list[tuple[str, Any]]:
    return [(name, getattr(noun, name)) for name in type(noun).model_fields]
