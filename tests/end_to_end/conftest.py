"""The sample episodes, dubbed once by the real models; every test looks at them from another side."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from animedub.settings import load_settings
from tests.end_to_end.offline import Hermitage
from tests.end_to_end.studio import EP01, EP02, Dub, Studio, truth_about

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder waits for dubs."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def models() -> Path:
    """The models of whoever runs the tests: they are large, and what this program reads of them it checks."""
    return load_settings().models


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Studio]:
    """A user with an empty home."""
    with Studio(tmp_path_factory.mktemp("studio"), models).serving() as studio:
        yield studio


@pytest.fixture(scope="session")
def ep01(studio: Studio) -> Dub:
    """The sample, dubbed from what is heard."""
    out = studio.home / "ep01"
    return Dub(studio, EP01, out, studio.dub(EP01, out, "--script", "asr"), truth_about("ep01"))


@pytest.fixture(scope="session")
def hermitage(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Hermitage]:
    """A user without any network, every step towards one written down."""
    with Hermitage.at(tmp_path_factory.mktemp("hermitage"), models) as hermitage:
        yield hermitage


@pytest.fixture(scope="session")
def ep02(hermitage: Hermitage) -> Dub:
    """Another episode, dubbed from its subtitles and the names in them."""
    studio = hermitage.studio
    out = studio.home / "ep02"
    return Dub(studio, EP02, out, studio.dub(EP02, out, "--script", "subs"), truth_about("ep02"))
