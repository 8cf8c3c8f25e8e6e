"""The dub of one episode."""

from pathlib import Path
from typing import NamedTuple, Self

from prefect import flow

from animedub.errors import InputError
from animedub.model import (
    ArrangeOptions,
    Cast,
    DubFiles,
    DubRequest,
    DubResult,
    EngineName,
    Movie,
    Script,
    ScriptOptions,
    Soundtrack,
    Span,
    SpeechMap,
    Stems,
    Timeline,
)
from animedub.rig import Rig, current_rig
from animedub.script_file import Episode, read_script, rounded, write_script
from animedub.settings import available_cores
from animedub.stages.arrange import before_performance, with_takes
from animedub.stages.cast import open_parts, with_cast
from animedub.stages.diarize import with_speakers
from animedub.stages.ingest import take_in
from animedub.stages.perform import call_sheet
from animedub.stages.prosody import with_prosody
from animedub.stages.publish import check_free, hand_over
from animedub.stages.transcribe import (
    UNSURE,
    untranscribed,
    untranslated,
    with_phrases,
    with_transcript,
    with_translation,
)
from blocks.rig import DubbingRig
from tasks.listening import detect, diarize, outline, prosody, separate, transcribe, translate
from tasks.media import draw, extract, ingest, inspect, mux
from tasks.performing import arrange, cast, mix, synthesize
from tasks.policy import was_cached, workers

WISHES = ("auto", "asr", "subs")
"""What ``--script`` may say besides ``subs:N`` and the name of a file."""

AS_USUAL = DubRequest()


@flow(name="dub", flow_run_name="dub {episode}", task_runner=workers(available_cores()))
def dub_flow(
    episode: Path,
    out: Path | None = None,
    request: DubRequest = AS_USUAL,
    overwrite: bool = False,
    rig_block: str | None = None,
) -> DubResult:
    """Dub one episode.

    Args:
        episode: a video file.
        out: folder for the results; the episode's own folder when left out.
        request: everything else that may be asked.
        overwrite: whether results that exist already may be replaced.
        rig_block: name of a "Dubbing Rig" block that says where to work; this computer's settings when left out.
    """
    rig = _rig(rig_block) if rig_block else current_rig()
    engines = Engines.of(request, rig)  # whatever is missing is missed before the work, not in the middle of it
    files = DubFiles.beside(out or episode.parent, episode.stem, request.script.language)
    check_free(files.all, episode, overwrite=overwrite)

    movie = ingest(take_in(episode, store=rig.store), rig=rig)
    soundtrack = extract(movie, request.script.source_language, rig=rig)
    speech = detect(soundtrack, engines.detector, rig=rig)
    stems = separate(soundtrack, speech, request.separate, engines.separator, rig=rig)

    script = _first_script(movie, speech, request.script, rig)
    script = _transcribed(script, stems, engines, rig)
    script = with_prosody(script, prosody(_spans(script), stems, rig=rig))
    script = _with_speakers(script, soundtrack, stems, engines, rig)
    script = _translated(script, stems, engines, rig)
    script = _cast(script, stems, engines, rig)

    timeline = _performed(script, speech, request.arrange, engines, rig)
    script = rounded(with_takes(script, timeline, engines.synthesizer.identity))
    mixed = mix(timeline, stems, request.mix, rig=rig)
    if request.lipsync:
        rig.progress.warn("no lip-syncer is installed: the picture stays as it is")
    drawing = draw.submit(episode.stem, movie.seconds, script, mixed, timeline.unfit, rig=rig)
    video, subtitles = mux(movie, script, mixed.sound, request.mix.codec, rig=rig)
    loudness = inspect(video, rig=rig)

    delivery = ((video, files.video), (subtitles, files.subtitles), (drawing.result(), files.picture))
    for artifact, path in delivery:
        hand_over(artifact, path, store=rig.store, overwrite=overwrite)
    write_script(script, files.script, Episode(name=episode.stem, sha256=movie.source.sha256, seconds=movie.seconds))
    return DubResult(
        files=files,
        seconds=movie.seconds,
        lines=len(timeline.placements),
        speakers={line.speaker: line.voice for line in script.lines},
        unfit=timeline.unfit,
        lufs=loudness.lufs,
        true_peak_db=loudness.true_peak_db,
    )


def _rig(block: str) -> Rig:
    found = DubbingRig.load(block)
    assert isinstance(found, DubbingRig)  # a coroutine only where an event loop runs
    return found.rig()


class Engines(NamedTuple):
    """Who does what in one dub."""

    detector: EngineName
    separator: EngineName
    transcriber: EngineName
    translator: EngineName
    encoder: EngineName
    synthesizer: EngineName

    @classmethod
    def of(cls, request: DubRequest, rig: Rig) -> Self:
        """The engines that a request asks for.

        Raises:
            InputError: there is no engine of that name.
            MissingError: an engine or its model is not installed.
        """
        return cls(
            detector=rig.named("speech-detector", "pyannote-segmentation"),
            separator=rig.named("separator", request.separate.engine),
            transcriber=rig.named("transcriber", request.script.transcriber),
            translator=rig.named("speech-translator", request.script.translator),
            encoder=rig.named("speaker-encoder", request.script.diarizer),
            synthesizer=rig.named("synthesizer", request.cast.synthesizer),
        )


def _first_script(movie: Movie, speech: SpeechMap, options: ScriptOptions, rig: Rig) -> Script:
    """The script as far as it is known before anybody listens: the user's own, or an outline."""
    if options.script in WISHES or options.script.startswith("subs:"):
        return outline(movie, speech, options, None, rig=rig)
    file = Path(options.script)
    if file.suffix == ".json":
        return before_performance(read_script(file))
    content = rig.store.adopt_external(file)  # where it lies is not what is asked
    return outline(movie, speech, options.model_copy(update={"script": "file"}), content, rig=rig)


def _transcribed(script: Script, stems: Stems, engines: Engines, rig: Rig) -> Script:
    missing = tuple(line.span for line in untranscribed(script))
    if missing:
        heard = transcribe(missing, stems, script.source_language, engines.transcriber, rig=rig)
        script = with_transcript(script, heard, engines.transcriber.identity)
    if not script.lines:
        raise InputError("nobody speaks in this episode, or nothing could be understood; give the lines with --script")
    return script


def _with_speakers(script: Script, soundtrack: Soundtrack, stems: Stems, engines: Engines, rig: Rig) -> Script:
    if all(line.speaker for line in script.lines):
        return script
    measured = tuple(line.prosody for line in script.lines)
    groups = diarize(_spans(script), measured, soundtrack, stems, engines.encoder, rig=rig)
    return with_speakers(script, groups, engines.encoder.identity)


def _translated(script: Script, stems: Stems, engines: Engines, rig: Rig) -> Script:
    """Set phrases are known by heart; the rest is translated from its sound, and the user told where that is unsure."""
    script = with_phrases(script)
    missing = tuple(line.span for line in untranslated(script))
    if not missing:
        return script
    heard = translate(missing, stems, script.source_language, script.language, engines.translator, rig=rig)
    if unsure := sum(said.confidence < UNSURE for said in heard):
        rig.progress.warn(
            f"{unsure} lines are translated without certainty: read them in the script before you publish"
        )
    return with_translation(script, heard, engines.translator.identity)


def _cast(script: Script, stems: Stems, engines: Engines, rig: Rig) -> Script:
    taken, parts = script.cast or Cast(voices={}), open_parts(script)
    if parts:
        taken = cast(parts, taken, stems, script.language, engines.synthesizer, engines.encoder, rig=rig)
    return with_cast(script, taken)


def _performed(script: Script, speech: SpeechMap, options: ArrangeOptions, engines: Engines, rig: Rig) -> Timeline:
    """Every line spoken, some at the same time, and placed."""
    groups = call_sheet(script)
    rig.progress.begin(synthesize.name, sum(len(group) for group in groups))
    futures = [synthesize.submit(group, options, engines.synthesizer, rig=rig) for group in groups]
    takes = tuple(take for future in futures for take in future.result())
    rig.progress.end(synthesize.name, cached=all(was_cached(future) for future in futures))
    return arrange(script, takes, speech, rig=rig)


def _spans(script: Script) -> tuple[Span, ...]:
    return tuple(line.span for line in script.lines)
