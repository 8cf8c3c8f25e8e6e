"""Engines by name: embedded ones and those that other packages bring."""

from importlib.metadata import EntryPoint
from typing import get_args

import pytest

from animedub.engines import registry
from animedub.engines.kokoro import Kokoro
from animedub.errors import InputError


@pytest.fixture
def added(monkeypatch):
    """An installed package that brings two engines, one of them under a name that is taken."""
    points = [
        EntryPoint("synthesizer.mine", "animedub.engines.spleeter:Spleeter", registry.ENTRY_POINTS),
        EntryPoint("synthesizer.kokoro", "animedub.engines.spleeter:Spleeter", registry.ENTRY_POINTS),
        EntryPoint("separator.other", "no_such_module:Engine", registry.ENTRY_POINTS),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.ENTRY_POINTS else [])


def test_every_embedded_engine_can_be_imported():
    for kind in get_args(registry.Kind):
        for name in registry.EMBEDDED[kind]:
            assert isinstance(registry.adapter(kind, name), type)


def test_engines_of_other_packages_are_found_after_the_embedded_ones(added):
    assert registry.names("synthesizer") == ["kokoro", "mine"]
    assert registry.names("separator") == ["spleeter", "other"]
    assert registry.names("transcriber") == ["whisper-base"]
    assert registry.adapter("synthesizer", "mine").__name__ == "Spleeter"
    assert registry.adapter("synthesizer", "kokoro") is Kokoro  # nobody takes the place of an embedded one


def test_a_name_nobody_has_is_refused_with_those_there_are(added):
    with pytest.raises(InputError, match="no speech translator 'deep'; there is whisper-base"):
        registry.adapter("speech-translator", "deep")
    with pytest.raises(InputError, match="kokoro, mine"):
        registry.adapter("synthesizer", "mine2")
