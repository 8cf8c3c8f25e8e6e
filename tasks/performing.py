"""The dub itself: voices are cast, lines spoken, placed and mixed."""

from animedub.model import (
    ArrangeOptions,
    Cast,
    EngineName,
    Mix,
    MixOptions,
    Script,
    SpeechMap,
    Stems,
    Take,
    Timeline,
)
from animedub.rig import Rig
from animedub.stages import arrange as arranging
from animedub.stages import cast as casting
from animedub.stages import mix as mixing
from animedub.stages import perform as acting
from tasks.policy import stage


@stage(name="cast", version=casting.VERSION)
def cast(
    parts: tuple[casting.Part, ...],
    taken: Cast,
    stems: Stems,
    language: str,
    synthesizer: EngineName,
    encoder: EngineName,
    *,
    rig: Rig,
) -> Cast:
    """A voice for everybody."""
    return casting.cast_voices(
        parts,
        taken,
        stems,
        language,
        synthesizer=rig.synthesizer(synthesizer.name),
        encoder=rig.speaker_encoder(encoder.name),
        store=rig.store,
        progress=rig.progress,
    )


@stage(name="synthesize", version=acting.VERSION, in_parts=True)
def synthesize(
    cues: tuple[acting.Cue, ...], options: ArrangeOptions, engine: EngineName, *, rig: Rig
) -> tuple[Take, ...]:
    """A take for each of a few lines; lines that were spoken before are not spoken again."""
    again = not rig.use_cache or "synthesize" in rig.refresh
    voice = rig.synthesizer(engine.name)
    return acting.perform(cues, options, engine=voice, store=rig.store, progress=rig.progress, use_cache=not again)


@stage(name="arrange", version=arranging.VERSION)
def arrange(script: Script, takes: tuple[Take, ...], speech: SpeechMap, *, rig: Rig) -> Timeline:
    """Every take at its place."""
    return arranging.arrange(script, takes, speech)


@stage(name="mix", version=mixing.VERSION)
def mix(timeline: Timeline, stems: Stems, options: MixOptions, *, rig: Rig) -> Mix:
    """One sound, as loud as was asked for."""
    return mixing.mix(timeline, stems, options, store=rig.store, progress=rig.progress)
