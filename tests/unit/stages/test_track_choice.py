from fractions import Fraction

import pytest

from animedub.errors import InputError
from animedub.model import Artifact, Movie, Track, TrackKind
from animedub.stages.track_choice import choose_track


def movie(*tracks, seconds=1440.0):
    kind = TrackKind.SUBTITLE
    made = [
        Track(index=n + 2, ordinal=n, kind=kind, codec=codec, language=language, title=title)
        for n, (codec, language, title) in enumerate(tracks)
    ]
    source = Artifact(sha256="0" * 64, suffix=".mkv")
    return Movie(
        source=source,
        name="ep",
        container="matroska,webm",
        seconds=seconds,
        frame_rate=Fraction(24),
        tracks=tuple(made),
    )


def choose(episode, wish="auto", counts=None):
    asked = counts or {}
    return choose_track(episode, "en", wish, lambda track: asked.get(track.ordinal, 300))


@pytest.mark.parametrize(
    ("tracks", "counts", "chosen"),
    [
        ([("ass", "eng", "English (fansub)")], {}, 0),
        ([("ass", "eng", "Signs & Songs"), ("ass", "eng", "Full")], {0: 2, 1: 300}, 1),
        ([("ass", "eng", "Signs & Songs"), ("ass", "eng", "")], {0: 290, 1: 300}, 1),
        ([("subrip", "eng", "SDH"), ("subrip", "eng", "")], {}, 1),
        ([("subrip", "eng", "English [CC]"), ("ass", "ger", "")], {}, 0),
        ([("ass", "eng", "Commentary"), ("ass", "eng", "")], {0: 900}, 1),
        ([("hdmv_pgs_subtitle", "eng", ""), ("subrip", "eng", "")], {}, 1),
        ([("ass", "jpn", ""), ("ass", "", "English")], {}, 1),
        ([("ass", "", ""), ("ass", "en-US", "")], {}, 1),
        ([("mov_text", "eng", "Forced"), ("mov_text", "eng", "")], {0: 12}, 1),
        ([("ass", "eng", "Dialogue"), ("ass", "eng", "Honorifics")], {0: 300, 1: 310}, 0),
    ],
)
def test_the_dialogue_track_in_the_language_is_chosen(tracks, counts, chosen):
    for wish in ("auto", "subs"):
        choice = choose(movie(*tracks), wish, counts)
        assert choice.track is not None
        assert choice.track.ordinal == chosen
        assert f"track {chosen + 1}" in choice.reason


@pytest.mark.parametrize(
    ("tracks", "counts", "reason"),
    [
        ([], {}, "none"),
        ([("ass", "ger", "")], {}, "none"),
        ([("hdmv_pgs_subtitle", "eng", "")], {}, "pictures"),
        ([("ass", "eng", "")], {0: 5}, "only signs and songs"),
    ],
)
def test_without_one_auto_goes_on_and_subs_says_what_there_is(tracks, counts, reason):
    choice = choose(movie(*tracks), "auto", counts)
    assert choice.track is None
    assert reason in choice.reason
    with pytest.raises(InputError, match="use --script asr"):
        choose(movie(*tracks), "subs", counts)


def test_tracks_are_numbered_from_one_and_taken_as_asked():
    episode = movie(("ass", "ger", "Deutsch"), ("hdmv_pgs_subtitle", "eng", ""), ("ass", "eng", "Signs"))
    chosen = choose(episode, "subs:3").track
    assert chosen is not None
    assert chosen.title == "Signs"
    with pytest.raises(InputError, match=r"track 2 is PGS, which holds no text.*OCR"):
        choose(episode, "subs:2")
    for wrong in ("subs:0", "subs:4", "subs:", "subs:x", "subs:²"):
        with pytest.raises(InputError, match=r"counted from 1.*1: ger ass Deutsch"):
            choose(episode, wrong)
