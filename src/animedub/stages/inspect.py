"""The finished file is measured from outside, and drawn."""

import numpy as np

from animedub.chart import Envelopes, draw
from animedub.media.meter import measure_loudness
from animedub.media.probe import probe
from animedub.model import Artifact, Loudness, Mix, Script, TrackKind
from animedub.store import Store

VERSION = "1"


def inspect(video: Artifact, *, store: Store) -> Loudness:
    """Loudness and true peak of the dub, the first audio track of the finished file, as coded."""
    path = store.path(video)
    movie = probe(path, video)
    return measure_loudness(path, movie.of(TrackKind.AUDIO)[0].ordinal, movie.seconds)


def draw_timeline(
    name: str, seconds: float, script: Script, mix: Mix, unfit: tuple[str, ...], *, store: Store
) -> Artifact:
    """The timeline of the dub as a PNG."""
    with np.load(store.path(mix.envelopes), allow_pickle=False) as archive:
        envelopes = Envelopes(**{key: archive[key].astype(np.float32) for key in archive.files})
    with store.writing(".png") as draft:
        draw(draft.path, name=name, seconds=seconds, script=script, envelopes=envelopes, unfit=unfit)
    return draft.artifact
