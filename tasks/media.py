"""The episode comes in, the dub goes out."""

from animedub.model import Artifact, Codec, Loudness, Mix, Movie, Script, Soundtrack
from animedub.rig import Rig
from animedub.stages import ingest as ingesting
from animedub.stages import inspect as inspecting
from animedub.stages import publish as publishing
from tasks.policy import stage


@stage(name="ingest", version=ingesting.VERSION)
def ingest(source: Artifact, *, rig: Rig) -> Movie:
    """What is in the episode."""
    return ingesting.ingest(source, store=rig.store)


@stage(name="extract", version=ingesting.VERSION)
def extract(movie: Movie, language: str, *, rig: Rig) -> Soundtrack:
    """The sound in which the actors speak the language."""
    return ingesting.extract(movie, language=language, store=rig.store)


@stage(name="mux", version=publishing.VERSION)
def mux(movie: Movie, script: Script, sound: Artifact, codec: Codec, *, rig: Rig) -> tuple[Artifact, Artifact]:
    """The dubbed file, and its subtitles."""
    return publishing.publish(movie, script, sound, codec, store=rig.store, progress=rig.progress, threads=rig.threads)


@stage(name="inspect", version=inspecting.VERSION)
def inspect(video: Artifact, *, rig: Rig) -> Loudness:
    """How loud the finished file is."""
    return inspecting.inspect(video, store=rig.store)


@stage(name="draw", version=inspecting.VERSION)
def draw(name: str, seconds: float, script: Script, mix: Mix, unfit: tuple[str, ...], *, rig: Rig) -> Artifact:
    """The timeline as a picture."""
    return inspecting.draw_timeline(name, seconds, script, mix, unfit, store=rig.store)
