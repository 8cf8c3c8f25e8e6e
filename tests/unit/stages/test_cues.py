import pytest

from animedub.media.subtitles import Event
from animedub.model import Span
from animedub.stages.cues import Kind, classified, dialogue, read_cues


def event(text, start=1.0, end=3.0, **fields):
    return Event(span=Span(start=start, end=end), text=text, **fields)


def kind_of(one):
    return classified([one])[0][1]


@pytest.mark.parametrize(
    ("kind", "text", "fields"),
    [
        # spoken
        (Kind.DIALOGUE, r"{\blur0.6}Good morning.", {}),
        (Kind.DIALOGUE, r"{\an8}Up here, because of a sign.", {}),
        (Kind.DIALOGUE, r"{\an8\fad(100,100)}Faded.", {"style": "Main - Top"}),
        (Kind.DIALOGUE, "He thinks.", {"style": "Thoughts"}),
        (Kind.DIALOGUE, "Long ago.", {"style": "Flashback_Italics"}),
        (Kind.DIALOGUE, "Elsewhere.", {"style": "TopItalics"}),
        (Kind.DIALOGUE, "Another show's style.", {"style": "Cart_Ep01"}),
        (Kind.DIALOGUE, "Edgar's own style.", {"style": "Edgar"}),
        (Kind.DIALOGUE, "Brother!", {"name": "Ed"}),
        (Kind.DIALOGUE, r"{\pos(320,300)}Moved out of the way.", {"name": "Haruka"}),
        (Kind.DIALOGUE, r"{\frz0\fscx98}Harmless.", {"style": "Italics"}),
        # shown
        (Kind.SIGN, r"{\pos(320,40)\fad(200,200)}Village of the Wind", {"style": "Signs"}),
        (Kind.SIGN, "Village of the Wind", {"style": "Sign_1234"}),
        (Kind.SIGN, r"{\pos(320,40)}Village", {}),
        (Kind.SIGN, r"{\pos(320,40)}Village", {"style": "Cart_Ep01", "name": "Haruka"}),
        (Kind.SIGN, r"{\move(1,2,3,4)}Train", {"name": "Haruka"}),
        (Kind.SIGN, r"{\frz12.5}Turned", {"name": "Haruka"}),
        (Kind.SIGN, r"{\org(1,2)\fry-30}Turned", {}),
        (Kind.SIGN, r"{\clip(0,0,10,10)}Cut", {}),
        (Kind.SIGN, r"{\p1}m 0 0 l 10 0 10 10{\p0}", {}),
        (Kind.SIGN, r"{\an8}TN: a kind of rice", {"style": "TL Note"}),
        (Kind.SIGN, "Directed by", {"style": "Credits"}),
        (Kind.SIGN, "The Journey", {"style": "Show_Title"}),
        (Kind.SIGN, "The Journey", {"style": "Next ep"}),
        (Kind.SIGN, "The Journey", {"style": "EyecatchA"}),
        (Kind.SIGN, "Shop", {"style": "ts"}),
        (Kind.SIGN, "Shop", {"name": "Sign"}),
        (Kind.SIGN, "News", {"effect": "Banner;30"}),
        # sung
        (Kind.SONG, r"{\k20}ka{\k15}ze", {}),
        (Kind.SONG, r"{\kf20}ka{\ko15}ze", {"style": "Default", "name": "Haruka"}),
        (Kind.SONG, "kaze no naka", {"style": "OP-Romaji"}),
        (Kind.SONG, "kaze no naka", {"style": "OPRomaji_2"}),
        (Kind.SONG, "In the wind", {"style": "ED1 English"}),
        (Kind.SONG, "In the wind", {"style": "Insert song"}),
        (Kind.SONG, "In the wind", {"style": "Opening"}),
        (Kind.SONG, "♪ In the wind ♪", {}),
        (Kind.SONG, r"{\an8}wind", {"effect": "fx"}),
        # nothing
        (Kind.COMMENT, "Timing: me", {"comment": True}),
        (Kind.COMMENT, "!retime", {"effect": "template syl"}),
        (Kind.COMMENT, r"{\an8}", {}),
        (Kind.COMMENT, r"\N...\h", {}),
    ],
)
def test_each_event_is_what_fansubbers_mean_by_it(kind, text, fields):
    assert kind_of(event(text, **fields)) is kind


def test_many_events_at_once_are_typesetting_and_a_quarrel_is_not():
    quarrel = [event(f"Take {n}!", 10, 12) for n in range(4)]
    screen = [event(f"Row {n}", 20, 25, style="Custom") for n in range(8)]
    kinds = [kind for _, kind in classified([*quarrel, *screen])]
    assert kinds[:4] == [Kind.DIALOGUE] * 4
    assert set(kinds[-3:]) == {Kind.SIGN}


def test_a_position_says_nothing_in_a_file_that_places_every_line():
    captions = [event(rf"{{\pos({n},400)}}Line number {n}.", n, n + 0.9) for n in range(12)]
    assert {kind for _, kind in classified(captions)} == {Kind.DIALOGUE}
    assert [cue.kind for cue in read_cues(captions[:2])] == [Kind.SIGN, Kind.SIGN]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (r"{\i1}Run,{\i0}\Nnow!", "Takeshi", [("Takeshi", "Run, now!")]),
        (r"One\htwo\nthree.", "", [("", "One two three.")]),
        (r"- Who?\N- Me.", "", [("", "Who?"), ("", "Me.")]),
        (r"- Who?\N- Me.", "Haruka/Takeshi", [("Haruka", "Who?"), ("Takeshi", "Me.")]),
        (r"–Who are\Nyou?\N–Me.", "Haruka & Takeshi", [("Haruka", "Who are you?"), ("Takeshi", "Me.")]),
        (r"- Who?\N- Me.", "Haruka", [("Haruka", "Who?"), ("", "Me.")]),
        ("We are!", "Haruka & Takeshi", [("Haruka", "We are!")]),
        ("What is that?", "Takeshi (thinking)", [("Takeshi", "What is that?")]),
        ("- Alone.", "", [("", "Alone.")]),
        ("--but why?", "", [("", "--but why?")]),
        ("Well-known.", "", [("", "Well-known.")]),
        ("TAKESHI: Get down!", "", [("Takeshi", "Get down!")]),
        (r"TAKESHI: Who?\NOLD MAN 2: Me.", "", [("Takeshi", "Who?"), ("Old Man 2", "Me.")]),
        ("(Haruka) Good morning.", "", [("Haruka", "Good morning.")]),
        ("（遥）おはよう。", "", [("遥", "おはよう。")]),
        ("遥：おはよう。", "", [("遥", "おはよう。")]),
        (r"おはよう。\N寒いね。", "", [("", "おはよう。寒いね。")]),
        ("（ため息）もういい。", "", [("", "もういい。")]),
        ("NOTE: this is one.", "", [("", "NOTE: this is one.")]),
        ("Remember: never look back.", "", [("", "Remember: never look back.")]),
        ("It is 12:30 now.", "", [("", "It is 12:30 now.")]),
        ("[door creaks] Who is there?", "", [("", "Who is there?")]),
        ("(sighs) Fine.", "", [("", "Fine.")]),
        ("(Laughs) Fine.", "", [("", "Fine.")]),
        (r"(I can't\Nbelieve it.)", "", [("", "I can't believe it.")]),
    ],
)
def test_who_says_which_words(text, name, said):
    assert [(cue.speaker, cue.text) for cue in dialogue(read_cues([event(text, name=name)]))] == said


@pytest.mark.parametrize("text", ["[door creaks]", "(footsteps)", r"(door\Ncreaks)", "（足音）", "【拍手】"])
def test_sounds_are_not_spoken(text):
    assert [cue.kind for cue in read_cues([event(text)])] == [Kind.SOUND]


def test_a_name_before_a_colon_counts_when_it_comes_again_or_is_known():
    again = [event("Old man: Stop!", 1, 2), event("Old man: Stop at once!", 3, 4)]
    assert [cue.speaker for cue in read_cues(again)] == ["Old man", "Old man"]
    known = [event("Hello there.", 1, 2, name="Haruka"), event("haruka: Who is it?", 3, 4), event("Haruka: Me.", 5, 6)]
    assert [cue.text for cue in read_cues(known)] == ["Hello there.", "haruka: Who is it?", "Me."]


def test_one_speaker_has_one_spelling():
    spellings = [event("A.", 1, 2, name="Haruka"), event("B.", 3, 4, name="HARUKA"), event("C.", 5, 6, name=" haruka ")]
    assert {cue.speaker for cue in read_cues(spellings)} == {"Haruka"}


def test_two_speakers_share_the_time_by_the_length_of_their_words():
    first, second = read_cues([event(r"- Yes.\N- I am sure of that", 10, 12)])
    assert (first.span.start, second.span.end, first.shared, second.shared) == (10, 12, True, True)
    assert first.span.end == second.span.start == pytest.approx(10 + 2 * 4 / 21)


def test_repeated_events_are_one_line():
    layers = [event("Wait!", 1, 3, layer=0), event(r"{\blur3}Wait!", 1, 3, layer=1, name="Haruka")]
    frames = [event("Hold on.", 5 + n / 24, 5 + (n + 1) / 24) for n in range(24)]
    moved = [event("Above.", 8, 9), event(r"{\an8}Above.", 9.04, 10)]
    twice = [event("No!", 12, 12.5), event("No!", 13, 13.5)]
    cues = read_cues([*layers, *frames, *moved, *twice])
    found = [(cue.text, cue.speaker, cue.span.start, cue.span.end) for cue in cues]
    assert found == [
        ("Wait!", "Haruka", 1, 3),
        ("Hold on.", "", 5, 6),
        ("Above.", "", 8, 10),
        ("No!", "", 12, 12.5),
        ("No!", "", 13, 13.5),
    ]


def test_what_flashes_by_is_not_spoken():
    assert read_cues([event("Frame", 5, 5.042)])[0].kind is Kind.SIGN
