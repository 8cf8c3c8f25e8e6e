"""An episode comes in."""

import numpy as np
import pytest
import soundfile

from animedub.errors import InputError
from animedub.model import Soundtrack
from animedub.stages.ingest import extract, ingest, take_in
from animedub.store import Store


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def test_an_episode_is_named_by_its_content_and_left_where_it_is(films, store, tmp_path):
    before = films.rich.stat()
    movie = ingest(take_in(films.rich, store=store), store=store)
    assert store.path(movie.source) == films.rich.resolve()
    assert (films.rich.stat().st_size, films.rich.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    copy = tmp_path / "renamed.mkv"
    copy.write_bytes(films.rich.read_bytes())
    assert ingest(take_in(copy, store=store), store=store) == movie


def test_what_is_no_episode_never_reaches_the_store(store, tmp_path):
    text = tmp_path / "text.mkv"
    text.write_text("")
    for path in (tmp_path / "missing.mkv", tmp_path, text):
        with pytest.raises(InputError):
            take_in(path, store=store)
    assert not (tmp_path / "store" / "outside").exists()


def test_the_actors_sound_is_taken(films, store):
    movie = ingest(take_in(films.rich, store=store), store=store)
    sound = extract(movie, language="ja", store=store)
    assert (sound.track, sound.rate, sound.channels, sound.layout) == (1, 48_000, 2, "stereo")
    assert sound.seconds == movie.seconds
    mix = soundfile.read(store.path(sound.mix))[0].T
    n = min(mix.shape[1], films.sound.shape[1])
    np.testing.assert_allclose(mix[:, :n], films.sound[:, :n], atol=2**-22)
    heard = soundfile.info(store.path(sound.listening))
    assert (heard.channels, heard.samplerate, heard.frames) == (1, 16_000, round(movie.seconds * 16_000))


def test_the_same_episode_gives_the_same_artifacts(films, tmp_path):
    first, second = (_taken(films.mp4, Store(tmp_path / name)) for name in ("one", "another"))
    assert first == second


def _taken(film, store: Store) -> Soundtrack:
    return extract(ingest(take_in(film, store=store), store=store), language="ja", store=store)
