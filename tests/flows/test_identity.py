"""What makes two stage inputs the same, and what results survive being written down."""

import json
from fractions import Fraction

import pytest

from animedub.model import Artifact, Codec, Noun, Span, Take
from tasks.identity import artifacts_in, fingerprint, from_json, to_json


class Mood(Noun):
    name: str
    parts: tuple[Span, ...] = ()


class OtherMood(Noun):
    name: str
    parts: tuple[Span, ...] = ()


class TestIdentity:
    SOUND = Artifact(sha256="a" * 64, suffix=".wav")

    def test_an_artifact_counts_by_its_content(self):
        assert fingerprint(self.SOUND) == fingerprint(self.SOUND.model_copy(update={"suffix": ".flac"}))
        assert fingerprint(self.SOUND) != fingerprint(Artifact(sha256="b" * 64))

    def test_different_things_differ(self):
        things = [
            None, True, 1, 1.0, "1", "1.0", -0.0, 0.0, [], [1], [[1]], {}, {"a": 1}, {"a": None}, "aac",
            Codec.AAC, Codec.FLAC,
            Fraction(1, 3), 1 / 3, Mood(name="a"), OtherMood(name="a"), Mood(name="b"),
            Mood(name="a", parts=(Span(start=0, end=1),)), Mood(name="a", parts=(Span(start=0, end=1 + 1e-15),)),
            self.SOUND, [self.SOUND],
        ]  # fmt: skip
        assert len({fingerprint(thing) for thing in things}) == len(things)

    def test_the_order_of_a_mapping_is_not_asked(self):
        assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
        assert fingerprint((1, 2)) == fingerprint([1, 2]) != fingerprint([2, 1])

    @pytest.mark.parametrize(
        "value",
        [
            None, True, 1, 0.1, "あ", [], (), {}, [1, (2, {"noun": "x", "tuple": ("y",)})],
            Mood(name="a", parts=(Span(start=0.1, end=1 / 3),)),
            {"a": Take(line="l1", sound=SOUND, seconds=1)},
        ],
    )  # fmt: skip
    def test_results_come_back_the_same(self, value):
        back = from_json(json.loads(json.dumps(to_json(value))))
        assert back == value
        assert type(back) is type(value)

    def test_artifacts_are_found_at_any_depth(self):
        take = Take(line="l1", sound=self.SOUND, seconds=1)
        assert list(artifacts_in([{"a": (take,)}, 1, None])) == [self.SOUND]

    def test_a_record_cannot_make_what_is_not_a_noun(self):
        for name in ("subprocess.Popen", "animedub.model.sound.Sound", "os.system"):
            with pytest.raises(ValueError, match="no noun"):
                from_json({"noun": name, "fields": {}})
