import pytest

from animedub.cli.estimate import Course


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def course(clock):
    return Course(shares={"separate": 0.2, "perform": 0.6, "mix": 0.2}, clock=clock)


def test_nothing_is_known_before_anything_was_done(course):
    course.begin("separate", 10)
    assert course.left(5.0) is None
    assert course.stages[0].left(5.0) is None


def test_a_stage_goes_on_at_its_own_pace(course):
    course.begin("separate", 10)
    course.advance("separate", 4)
    assert course.stages[0].left(8.0) == pytest.approx(12.0)


def test_the_whole_is_the_running_stage_and_the_shares_of_those_to_come(course, clock):
    course.begin("separate", 10)
    course.advance("separate", 5)
    # .1 of the whole took 8 s: 8 s more for this stage, 64 s for the .8 behind it.
    assert course.left(8.0) == pytest.approx(72.0)
    assert course.fraction() == pytest.approx(0.1)


def test_cached_stages_say_nothing_about_the_pace(course, clock):
    course.begin("separate", 10)
    clock.now = 1.0
    course.end("separate", cached=True)
    assert course.left(1.0) is None
    course.begin("perform", 4)
    course.advance("perform", 1)
    clock.now = 16.0
    # .15 of the whole took 15 s, so 45 s more of it and 20 s of mix.
    assert course.left(16.0) == pytest.approx(65.0)


def test_stages_side_by_side_count_once(course, clock):
    course.begin("separate", 1)
    course.begin("perform", 1)
    clock.now = 40.0
    course.end("separate", cached=False)
    course.end("perform", cached=False)
    assert course.left(40.0) == pytest.approx(10.0)


def test_a_stage_that_begins_again_has_more_to_do(course):
    course.begin("perform", 4)
    course.advance("perform", 4)
    course.end("perform", cached=False)
    course.begin("perform", 4)
    assert course.stages[0].fraction == pytest.approx(0.5)


def test_more_units_than_promised_is_not_more_than_done(course):
    course.begin("perform", 4)
    course.advance("perform", 9)
    assert course.stages[0].fraction == 1.0
