import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animedub.errors import OutputError
from animedub.media.captions import captions, divided, wrapped, write_srt
from animedub.media.subtitles import read_subtitles
from animedub.model import Line, Span

APART = 2 * 1001 / 24000

LONG = (
    "When the first snow falls on the northern mountains, nobody from the village dares to walk that road alone, "
    "because the wind takes away every sound. Do you understand what that means for us?"
)


def line(start, end, text="", number=1, **fields):
    return Line(id=f"L{number:04}", span=Span(start=start, end=end), text=text, **fields)


def words(found):
    return " ".join(row for caption in found for row in caption.rows).split()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Good morning.", ["Good morning."]),
        (
            "My name is Takeshi. I came to protect this village.",
            ["My name is Takeshi.", "I came to protect this village."],
        ),
        (
            "If you go up the mountain tonight, take a lamp with you.",
            ["If you go up the mountain tonight,", "take a lamp with you."],
        ),
        (
            "We have to find the master of the sword before dawn.",
            ["We have to find the master", "of the sword before dawn."],
        ),
        ("A" * 50, ["A" * 50]),
        ("おはようございます。今日はとても寒いですね。", ["おはようございます。", "今日はとても寒いですね。"]),
        ("北の山から三日も歩いて来ましたので疲れています", ["北の山から三日も歩いて", "来ましたので疲れています"]),
    ],
)
def test_rows_break_where_a_reader_would(text, rows):
    assert wrapped(text) == rows


def test_a_row_of_japanese_never_begins_with_a_mark_or_a_small_kana():
    text = "ちょっと待ってくださいって言ったのに、どうしてあなたは一人で行ってしまったのですか?"
    rows = [row for piece in divided(text, 4.0) for row in wrapped(piece)]
    assert "".join(rows) == text
    assert len(rows) > 2
    assert all(row[0] not in "、。?ょっゃゅー" and len(row) <= 21 for row in rows)


def test_a_long_line_becomes_captions_that_end_with_its_clauses():
    found = captions([line(10, 20, LONG)])
    assert words(found) == LONG.split()
    assert len(found) > 2
    assert all(len(caption.rows) <= 2 and max(map(len, caption.rows)) <= 42 for caption in found)
    assert sum(caption.rows[-1].endswith((",", ".", "?")) for caption in found) >= len(found) - 1
    assert found[0].span.start == 10
    assert all(caption.span.start < 20 for caption in found)
    assert all(caption.span.seconds <= 7 for caption in found)


def test_a_slow_line_is_divided_by_time_and_a_scream_ends_after_seven_seconds():
    assert len(captions([line(0, 12, "One thing after another. And then the rest.")])) == 2
    (scream,) = captions([line(0, 12, "Aaaaaaah!")])
    assert scream.span == Span(start=0, end=7)


def test_captions_stay_until_they_can_be_read_when_nothing_follows():
    text = "I walked for three days from the mountains."  # 43 characters: 2.5 s at 17 a second
    (alone,) = captions([line(5, 6, text)])
    assert alone.span.end == pytest.approx(5 + 43 / 17)
    followed, _ = captions([line(5, 6, text), line(6.5, 8, "Really?", 2)])
    assert followed.span.end == pytest.approx(6.5 - APART)
    (short,) = captions([line(5, 5.2, "No!")])
    assert short.span.seconds == pytest.approx(5 / 6)


def test_what_is_placed_counts_for_the_dub_and_the_actor_for_the_transcript():
    one = line(1, 2, "Hello.", source_text="こんにちは。", placed=Span(start=1.5, end=3))
    assert captions([one])[0].span == Span(start=1.5, end=3)
    assert captions([one], words="source_text")[0] == (Span(start=1, end=2), ("こんにちは。",))


def test_lines_without_words_give_no_caption():
    assert captions([line(1, 2, ""), line(3, 4, "  \n ", 2)]) == []


LINES = st.lists(st.tuples(st.floats(0, 60), st.floats(0.05, 15), st.text("ab ,.!'-é", max_size=200)), max_size=8).map(
    lambda many: [line(start, start + seconds, text, n) for n, (start, seconds, text) in enumerate(many)]
)


@given(LINES)
def test_every_word_is_shown_once_and_captions_never_meet(lines):
    found = captions(lines)
    assert sorted(words(found)) == sorted(word for one in lines for word in one.text.split())
    for caption, following in itertools.pairwise(found):
        assert following.span.start - caption.span.end >= APART - 1e-6
    for caption in found:
        assert 0 < caption.span.seconds <= 7 + 1e-6
        assert len(caption.rows) in (1, 2)


def test_the_file_is_srt_that_is_read_back(tmp_path):
    path = tmp_path / "ep.en.srt"
    write_srt(
        [line(3661.5, 3663, "Second."), line(1, 2.25, "My name is Takeshi. I came to protect this village.", 2)], path
    )
    assert path.read_text(encoding="utf-8").startswith(
        "1\n00:00:01,000 --> 00:00:04,000\nMy name is Takeshi.\nI came to protect this village.\n\n2\n01:01:01,500 --> "
    )
    assert [event.text for event in read_subtitles(path)] == [
        r"My name is Takeshi.\NI came to protect this village.",
        "Second.",
    ]
    with pytest.raises(OutputError, match="cannot write the subtitles"):
        write_srt([], tmp_path / "none" / "x.srt")
