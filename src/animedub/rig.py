"""Where we run: the store, the models, how many cores, and who watches."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self, cast

from animedub.catalogue import ModelFolder
from animedub.engines import registry
from animedub.engines.protocols import (
    Separator,
    SpeakerEncoder,
    SpeechDetector,
    SpeechTranslator,
    Synthesizer,
    Transcriber,
)
from animedub.model import EngineName
from animedub.progress import Progress, Silent
from animedub.settings import Settings, load_settings
from animedub.store import Store

_current: ContextVar["Rig | None"] = ContextVar("rig", default=None)

_loaded: dict[tuple[object, ...], Any] = {}
_loading = Lock()


@dataclass(frozen=True)
class Rig:
    """One place to work. Nothing in it changes what a dub sounds like.

    Engines are loaded once per process, however many rigs ask for them.
    """

    store: Store
    models: ModelFolder
    threads: int = 1
    progress: Progress = field(default_factory=Silent, compare=False)
    refresh: frozenset[str] = frozenset()  # stages to run although their result is known
    use_cache: bool = True

    @classmethod
    def local(cls, settings: Settings | None = None, **changes: Any) -> Self:
        """The rig that the settings describe."""
        settings = settings or load_settings()
        fields = {"store": Store(settings.store), "models": ModelFolder(settings.models), "threads": settings.workers}
        return cls(**{**fields, **changes})

    def named(self, kind: registry.Kind, name: str) -> EngineName:
        """An engine by name and identity: what a result that it makes depends on."""
        return EngineName(name=name, identity=self._engine(kind, name).identity)

    def speech_detector(self, name: str) -> SpeechDetector:
        """Marks where somebody speaks."""
        return cast(SpeechDetector, self._engine("speech-detector", name))

    def separator(self, name: str) -> Separator:
        """Takes the dialogue out of a mix."""
        return cast(Separator, self._engine("separator", name))

    def transcriber(self, name: str) -> Transcriber:
        """Writes down what is said."""
        return cast(Transcriber, self._engine("transcriber", name))

    def speech_translator(self, name: str) -> SpeechTranslator:
        """Translates what is heard."""
        return cast(SpeechTranslator, self._engine("speech-translator", name))

    def speaker_encoder(self, name: str) -> SpeakerEncoder:
        """Tells voices apart."""
        return cast(SpeakerEncoder, self._engine("speaker-encoder", name))

    def synthesizer(self, name: str) -> Synthesizer:
        """Speaks."""
        return cast(Synthesizer, self._engine("synthesizer", name))

    def _engine(self, kind: registry.Kind, name: str) -> Any:
        maker = registry.adapter(kind, name)
        key = (maker, self.models.root, self.models.user_folder, self.threads)
        with _loading:
            if key not in _loaded:
                _loaded[key] = maker(self.models, self.threads)
        return _loaded[key]


def current_rig() -> Rig:
    """The rig that :func:`working_on` set, else the one that the settings describe."""
    return _current.get() or Rig.local()


@contextmanager
def working_on(rig: Rig) -> Iterator[Rig]:
    """Let flows that are run inside the block work on ``rig``."""
    token = _current.set(rig)
    try:
        yield rig
    finally:
        _current.reset(token)
