"""The finished file is measured and drawn."""

import numpy as np
import pytest

from animedub.model import Artifact, Line, Mix, Script, Span
from animedub.stages.inspect import draw_timeline, inspect

PNG = b"\x89PNG\r\n\x1a\n"


def test_the_first_track_of_the_file_is_measured(films, store):
    level = 10 * np.log10((films.sound[:, 4800:-4800] ** 2).mean())
    loudness = inspect(store.adopt_external(films.mkv), store=store)
    assert loudness.lufs == pytest.approx(level + 3.0, abs=3.5)  # white noise on two channels, weighted
    peak = 20 * np.log10(np.abs(films.sound).max())
    assert peak - 0.1 <= loudness.true_peak_db < peak + 2


def test_the_timeline_is_drawn_and_drawn_the_same_again(store):
    frames = np.abs(np.sin(np.arange(300) / 20)).astype(np.float16)
    with store.writing(".npz") as drawn:
        np.savez_compressed(drawn.path, original=frames, dub=frames / 2, bed=frames / 4)
    mix = Mix(sound=Artifact(sha256="0" * 64), envelopes=drawn.artifact, gain_db=0, lufs=-16)
    lines = (Line(id="L1", span=Span(start=0.5, end=1), speaker="Aki", text="Go!", placed=Span(start=0.5, end=1.2)),)
    script = Script(source_language="ja", language="en", lines=lines)
    first, again = (draw_timeline("ep", 3.0, script, mix, ("L1",), store=store) for _ in range(2))
    assert store.path(first).read_bytes().startswith(PNG)
    assert first == again
