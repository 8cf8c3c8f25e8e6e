"""A dub goes out."""

import os
import stat

import pytest

from animedub.errors import OutputError
from animedub.media.probe import probe
from animedub.model import Codec, TrackKind
from animedub.stages.ingest import extract, ingest
from animedub.stages.publish import hand_over, publish
from animedub.store import Store
from tests.conftest import SRT


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def movie(films, store):
    return ingest(films.rich, store=store)


@pytest.fixture
def dub(movie, store):
    return extract(movie, language="ja", store=store).mix


@pytest.fixture
def subtitles(store):
    with store.writing(".srt") as draft:
        draft.path.write_text(SRT, encoding="utf-8")
    return draft.artifact


def test_the_dub_lands_on_the_shelf(movie, dub, subtitles, store, tmp_path):
    out = tmp_path / "rich.dub.mkv"
    assert publish(movie, dub, out, store=store, subtitles=subtitles, codec=Codec.FLAC) == out
    made = probe(out, movie.source)
    assert [(t.codec, t.language) for t in made.of(TrackKind.AUDIO)] == [
        ("flac", "eng"),
        ("flac", "eng"),
        ("flac", "jpn"),
    ]
    assert [t.title for t in made.of(TrackKind.SUBTITLE)] == ["English (dub)", "Signs", ""]


def test_files_are_as_readable_as_any_other(movie, dub, subtitles, store, tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    for out in (
        publish(movie, dub, tmp_path / "a.mkv", store=store),
        hand_over(subtitles, tmp_path / "a.srt", store=store),
    ):
        assert stat.S_IMODE(out.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_the_episode_itself_is_never_replaced(dub, store, films, tmp_path):
    film = tmp_path / "own.mkv"
    film.write_bytes(films.mkv.read_bytes())
    own = ingest(film, store=store)
    os.link(film, tmp_path / "linked.mkv")
    for out in (film, tmp_path / "linked.mkv"):
        with pytest.raises(OutputError, match="episode itself"):
            publish(own, dub, out, store=store, overwrite=True)
    assert film.read_bytes() == films.mkv.read_bytes()


def test_an_artifact_is_handed_over_whole_or_not_at_all(subtitles, store, tmp_path):
    out = tmp_path / "a.srt"
    assert hand_over(subtitles, out, store=store).read_text(encoding="utf-8") == SRT
    with pytest.raises(OutputError, match="--overwrite"):
        hand_over(subtitles, out, store=store)
    out.write_text("edited")
    hand_over(subtitles, out, store=store, overwrite=True)
    assert out.read_text(encoding="utf-8") == SRT
    with pytest.raises(OutputError, match="choose another folder"):
        hand_over(subtitles, tmp_path / "missing" / "a.srt", store=store)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.srt", "store"]
