import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animedub.errors import InputError, OutputError
from animedub.model import Cast, Line, Prosody, Script, Span, Voice
from animedub.script_file import Episode, read_script, read_script_file, rounded, script_text, write_script

EPISODE = Episode(name="第01話", sha256="ab" * 32, seconds=46.0208333)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FIGURES = st.floats(-500, 500, allow_nan=False)
SPANS = st.tuples(st.floats(0, 5000), st.floats(0, 60)).map(lambda t: Span(start=t[0], end=t[0] + t[1]))
PROSODIES = st.builds(
    Prosody,
    pitch_hz=st.none() | st.floats(50, 500),
    pitch_range_st=FIGURES,
    energy_db=FIGURES,
    energy_range_db=FIGURES,
    syllables_per_second=FIGURES,
    voiced=st.floats(0, 1),
    zero_crossings_hz=FIGURES,
    pauses=st.lists(SPANS, max_size=2).map(tuple),
    balance=st.floats(-1, 1),
)
LINES = st.builds(
    Line,
    id=st.from_regex(r"[A-Za-z0-9._-]{1,8}", fullmatch=True),
    span=SPANS,
    speaker=WORDS,
    source_text=WORDS,
    text=WORDS,
    voice=WORDS,
    prosody=st.none() | PROSODIES,
    tempo=st.none() | st.floats(0.3, 3),
    placed=st.none() | SPANS,
    produced_by=st.dictionaries(WORDS, WORDS, max_size=2),
)
VOICES = st.builds(
    Voice,
    name=WORDS.filter(bool),
    engine=WORDS,
    blend=st.dictionaries(WORDS, st.floats(0, 1), max_size=3),
    pitch_hz=st.none() | st.floats(50, 500),
)
SCRIPTS = st.builds(
    Script,
    source_language=st.just("ja"),
    language=st.just("en"),
    lines=st.lists(LINES, max_size=4, unique_by=lambda line: line.id).map(tuple),
    cast=st.none() | st.builds(Cast, voices=st.dictionaries(WORDS, VOICES, max_size=2)),
)


@given(SCRIPTS)
def test_what_is_written_is_read_back_to_the_millisecond(tmp_path_factory, script):
    path = tmp_path_factory.mktemp("script") / "ep.script.json"
    write_script(script, path, EPISODE)
    back, episode = read_script_file(path)
    known = {line.id: line for line in script.lines}
    assert back == (once := rounded(script)).with_lines(once.lines)
    assert back.cast == script.cast
    assert set(known) == {line.id for line in back.lines}
    for line in back.lines:
        assert (line.text, line.source_text, line.speaker) == (
            known[line.id].text,
            known[line.id].source_text,
            known[line.id].speaker,
        )
        assert line.span.start == pytest.approx(known[line.id].span.start, abs=0.0006)
    assert episode == EPISODE.model_copy(update={"seconds": 46.021})
    assert script_text(back, EPISODE) == script_text(back.with_lines(back.lines[::-1]), EPISODE)


def content(**changes):
    lines = [
        {"id": "L0001", "span": {"start": 2.0, "end": 5.1}, "speaker": "Haruka", "text": "Good morning."},
        {"id": "L0002", "span": {"start": 5.6, "end": 7.0}, "speaker": "Takeshi", "text": ""},
    ]
    head = {"format": "animedub.script", "version": 1, "source_language": "ja", "language": "en"}
    return head | {"lines": lines} | changes


def with_line(**changes):
    first, second = content()["lines"]
    return content(lines=[first, second | changes])


@pytest.fixture
def script_file(tmp_path):
    path = tmp_path / "ep01.script.json"

    def write(data):
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode())
        return path

    return write


def test_a_file_written_by_hand_needs_only_the_essentials(script_file):
    script, episode = read_script_file(script_file(content()))
    assert [line.text for line in script.lines] == ["Good morning.", ""]
    assert episode is None


def test_the_example_in_the_documentation_is_a_script(script_file):
    page = (Path(__file__).parents[2] / "docs/formats/script-1.md").read_text(encoding="utf-8")
    script, episode = read_script_file(script_file(page.split("```json\n")[1].split("```")[0].encode()))
    assert [line.speaker for line in script.lines] == ["Haruka", "Takeshi"]
    assert episode is not None
    assert all(f"`{field}`" in page for field in Line.model_fields)


def test_a_line_added_at_the_end_of_the_file_is_put_in_order_of_time(script_file):
    added = {"id": "new-1", "span": {"start": 0.5, "end": 1.5}, "text": "Wind."}
    script = read_script(script_file(content(lines=[*content()["lines"], added])))
    assert [line.id for line in script.lines] == ["new-1", "L0001", "L0002"]


def test_a_byte_order_mark_does_no_harm(script_file):
    assert read_script(script_file(b"\xef\xbb\xbf" + json.dumps(content()).encode())).language == "en"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"format": "animedub.script",\n "version" 1}', "line 2, column 12: not valid JSON"),
        (b"", "line 1, column 1: not valid JSON"),
        (b"\xff\xfe{\0}\0", "not in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        ([], "no script"),
        ({"lines": []}, '"format" is not "animedub.script"'),
        (content(version=2), "version 2, and this program reads version 1"),
        (content(version=True), "version True"),
        (content(version="1"), "version '1'"),
        (content(titel="x"), "field 'titel': there is no such field"),
        (with_line(txt="x"), "line 'L0002', field 'txt': there is no such field"),
        (with_line(id="L0001"), "line ids must be unique; these are not: L0001"),
        (with_line(id="L 2"), "line 'L 2', field 'id': "),
        (with_line(id=None), "entry 2 of 'lines', field 'id': "),
        (with_line(span={"start": 7, "end": 5.5}), "line 'L0002', field 'span': a span runs forward: 7.0 .. 5.5"),
        (with_line(span={"start": 7}), "line 'L0002', field 'span.end': Field required"),
        (with_line(span={"start": "soon", "end": 9}), "line 'L0002', field 'span.start': "),
        (with_line(span={"start": -1, "end": 5.5}), "line 'L0002' starts before the episode"),
        (with_line(span={"start": 1, "end": 10**400}), "line 'L0002', field 'span.end': "),
        (with_line(tempo=0), "line 'L0002', field 'tempo': "),
        (with_line(text=3, speaker=4), "(and 1 more)"),
        (content(lines={}), "field 'lines': "),
        (content(lines=["Good morning."]), "entry 1 of 'lines': "),
        (json.dumps(content()).replace("5.6", "NaN").encode(), "NaN is no number"),
        (json.dumps(content()).replace("5.6", "1e999").encode(), "1e999 is no number"),
        (
            json.dumps(content()).replace('"text": ""', '"text": 1, "text": 2').encode(),
            "line 'L0002': the field 'text'",
        ),
        (json.dumps(content()).replace("Good", "\\ud800").encode(), "line 'L0001' holds half a character"),
    ],
)
def test_a_mistake_is_told_in_one_line_that_says_where_it_is(script_file, data, told):
    with pytest.raises(InputError) as error:
        read_script(script_file(data))
    assert told in str(error.value)
    assert str(error.value).startswith("ep01.script.json")
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_script(tmp_path / "none.script.json")
    with pytest.raises(OutputError, match="cannot write the script"):
        write_script(Script(source_language="ja", language="en"), tmp_path / "none" / "x.json")


def test_the_layout_is_for_people():
    line = Line(id="L0001", span=Span(start=2.00049, end=5.0971), speaker="遥", source_text="おはよう。", text="Hi.")
    text = script_text(Script(source_language="ja", language="en", lines=(line,)), EPISODE)
    assert text == (
        '{\n "format": "animedub.script",\n "version": 1,\n'
        f' "episode": {{\n  "name": "第01話",\n  "sha256": "{"ab" * 32}",\n  "seconds": 46.021\n }},\n'
        ' "source_language": "ja",\n "language": "en",\n "lines": [\n  {\n'
        '   "id": "L0001",\n   "span": {"start": 2.0, "end": 5.097},\n   "speaker": "遥",\n'
        '   "source_text": "おはよう。",\n   "text": "Hi.",\n   "voice": ""\n  }\n ]\n}\n'
    )
