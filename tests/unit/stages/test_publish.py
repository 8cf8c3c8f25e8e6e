"""A dub goes out."""

import os
import stat

import pysubs2
import pytest

from animedub.errors import OutputError
from animedub.media.probe import probe
from animedub.model import Codec, Line, Script, Span, TrackKind
from animedub.progress import Silent
from animedub.stages.ingest import extract, ingest, take_in
from animedub.stages.publish import check_free, hand_over, publish
from animedub.store import Store
from tests.conftest import SRT

SCRIPT = Script(source_language="ja", language="en").with_lines(
    [
        Line(
            id="1",
            span=Span(start=0.5, end=1.5),
            source_text="おはよう。",
            text="Morning.",
            placed=Span(start=0.75, end=1.75),
        ),
        Line(id="2", span=Span(start=2.0, end=2.8), source_text="行こう。"),
    ]
)


class Seconds(Silent):
    """Adds up what it is told."""

    begun = 0.0
    done = 0.0

    def begin(self, stage: str, units: float) -> None:
        self.begun += units

    def advance(self, stage: str, units: float) -> None:
        assert units >= 0
        self.done += units


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def movie(films, store):
    return ingest(take_in(films.rich, store=store), store=store)


@pytest.fixture
def dub(movie, store):
    return extract(movie, language="ja", store=store).mix


@pytest.fixture
def subtitles(store):
    with store.writing(".srt") as draft:
        draft.path.write_text(SRT, encoding="utf-8")
    return draft.artifact


def test_the_film_holds_the_dub_and_what_both_say(movie, dub, store):
    heard = Seconds()
    video, subtitles = publish(movie, SCRIPT, dub, Codec.FLAC, store=store, progress=heard)
    made = probe(store.path(video), video)
    sounds = [(t.codec, t.language) for t in made.of(TrackKind.AUDIO)]
    assert sounds == [("flac", "eng"), ("flac", "eng"), ("flac", "jpn")]
    assert [t.language for t in made.of(TrackKind.SUBTITLE)][:2] == ["eng", "jpn"]
    (event,) = pysubs2.load(str(store.path(subtitles)))
    assert (event.text, round(event.start, -2)) == ("Morning.", 800)  # where the dub says it, not the original
    assert heard.begun == movie.seconds >= heard.done - 0.1


def test_a_dub_without_words_has_empty_subtitles(movie, dub, store):
    silent = Script(source_language="ja", language="en")
    video, subtitles = publish(movie, silent, dub, Codec.FLAC, store=store, progress=Silent())
    assert store.path(subtitles).read_bytes() == b""
    titles = [t.title for t in probe(store.path(video), video).of(TrackKind.SUBTITLE)]
    assert titles == ["Signs", ""]


def test_files_are_as_readable_as_any_other(subtitles, store, tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    out = hand_over(subtitles, tmp_path / "a.srt", store=store)
    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_the_episode_itself_is_never_replaced(films, tmp_path):
    film, linked = tmp_path / "own.mkv", tmp_path / "linked.mkv"
    film.write_bytes(films.mkv.read_bytes())
    os.link(film, linked)
    for out in (film, linked):
        with pytest.raises(OutputError, match="episode itself"):
            check_free([tmp_path / "free.srt", out], film, overwrite=True)
    check_free([tmp_path / "free.srt"], film, overwrite=False)


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
