"""Where we run: engines are loaded once, and the rig that is set is the one that is used."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from animedub.catalogue import ModelFolder
from animedub.engines import registry
from animedub.errors import InputError
from animedub.rig import Rig, current_rig, working_on
from animedub.settings import Settings
from animedub.store import Store


class Made:
    """An engine that counts how often it is made."""

    count = 0
    identity = "made 1"

    def __init__(self, models: ModelFolder, threads: int) -> None:
        type(self).count += 1
        self.models, self.threads = models, threads


@pytest.fixture
def counted(monkeypatch) -> type[Made]:
    class Fresh(Made):
        count = 0

    def adapter(kind: str, name: str) -> type[Made]:
        if name != "made":
            raise InputError(f"there is no {kind} {name!r}")
        return Fresh

    monkeypatch.setattr(registry, "adapter", adapter)
    return Fresh


def rig(folder, **changes) -> Rig:
    return Rig(store=Store(folder / "store"), models=ModelFolder(folder / "models"), **changes)


def test_an_engine_is_made_once_however_many_ask(counted, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        engines = set(pool.map(lambda _: rig(tmp_path).synthesizer("made"), range(32)))
    assert len(engines) == counted.count == 1
    assert rig(tmp_path).separator("made") in engines


def test_other_models_or_threads_make_another(counted, tmp_path):
    first = rig(tmp_path, threads=1).synthesizer("made")
    assert rig(tmp_path, threads=2).synthesizer("made") is not first
    assert rig(tmp_path / "elsewhere", threads=1).synthesizer("made") is not first
    assert counted.count == 3


def test_an_engine_is_named_by_its_identity(counted, tmp_path):
    named = rig(tmp_path).named("transcriber", "made")
    assert (named.name, named.identity) == ("made", "made 1")
    with pytest.raises(InputError):
        rig(tmp_path).named("transcriber", "unheard of")


@pytest.mark.parametrize(
    "kind", ["speech_detector", "separator", "transcriber", "speech_translator", "speaker_encoder", "synthesizer"]
)
def test_every_kind_can_be_asked_for(counted, tmp_path, kind):
    assert isinstance(getattr(rig(tmp_path), kind)("made"), Made)


def test_a_local_rig_is_what_the_settings_say(tmp_path):
    settings = Settings(store=tmp_path / "s", models=tmp_path / "m", workers=3)
    local = Rig.local(settings, use_cache=False)
    assert (local.store.root, local.models.root) == (tmp_path / "s", tmp_path / "m")
    assert (local.threads, local.use_cache, local.refresh) == (3, False, frozenset())
    assert list(tmp_path.iterdir()) == []  # nothing is made before it is needed


def test_the_rig_that_is_set_is_the_current_one_inside_the_block_only(tmp_path):
    outer, inner = rig(tmp_path / "a"), rig(tmp_path / "b")
    with working_on(outer):
        with pytest.raises(RuntimeError), working_on(inner):
            assert current_rig() is inner
            raise RuntimeError
        assert current_rig() is outer
    assert current_rig() not in (outer, inner)
