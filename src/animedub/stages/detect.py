"""Where somebody speaks."""

from animedub.engines.protocols import SpeechDetector
from animedub.media.audio import SoundReader
from animedub.model import Soundtrack, SpeechMap
from animedub.store import Store

VERSION = "1"


def detect_speech(soundtrack: Soundtrack, *, engine: SpeechDetector, store: Store) -> SpeechMap:
    """Mark where somebody speaks in the mix."""
    with SoundReader(store.path(soundtrack.listening)) as sound:
        return engine.detect(lambda span: sound.read(span).mono, soundtrack.seconds)
