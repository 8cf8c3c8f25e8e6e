"""The dub of one episode."""

from pathlib import Path

from prefect import flow

from animedub.errors import InputError
from animedub.model import (
    Cast,
    DubFiles,
    DubRequest,
    DubResult,
    Movie,
    Script,
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
from animedub.stages.transcribe import untranscribed, untranslated, with_phrases, with_transcript, with_translation
from tasks.listening import detect, diarize, outline, prosody, separate, transcribe, translate
from tasks.media import draw, extract, ingest, inspect, mux
from tasks.performing import arrange, cast, mix, synthesize
from tasks.policy import was_cached, workers

WISHES = ("auto", "asr", "subs")
"""What ``--script`` may say besides ``subs:N`` and the name of a file."""

AS_USUAL = DubRequest()


@flow(name="dub", flow_run_name="dub {episode}", task_runner=workers(available_cores()))
def dub_flow(
    episode: Path, out: Path | None = None, request: DubRequest = AS_USUAL, overwrite: bool = False
) -> DubResult:
    """Dub one episode.

    Args:
        episode: a video file.
        out: folder for the results; the episode's own folder when left out.
        request: everything else that may be asked.
        overwrite: whether results that exist already may be replaced.
    """
    rig = current_rig()
    files = DubFiles.beside(out or episode.parent, episode.stem, request.script.language)
    check_free(files.all, episode, overwrite=overwrite)

    movie = ingest(take_in(episode, store=rig.store), rig=rig)
    soundtrack = extract(movie, request.script.source_language, rig=rig)
    speech = detect(soundtrack, rig.named("speech-detector", "pyannote-segmentation"), rig=rig)
    stems = separate(soundtrack, speech, request.separate, rig.named("separator", request.separate.engine), rig=rig)

    script = _first_script(movie, speech, request, rig)
    script = _transcribed(script, stems, request, rig)
    script = with_prosody(script, prosody(_spans(script), stems, rig=rig))
    script = _with_speakers(script, soundtrack, stems, request, rig)
    script = _translated(script, stems, request, rig)
    script = _cast(script, stems, request, rig)

    timeline = _performed(script, speech, request, rig)
    script = rounded(with_takes(script, timeline, rig.named("synthesizer", request.cast.synthesizer).identity))
    mixed = mix(timeline, stems, request.mix, rig=rig)
    if request.lipsync:
        rig.progress.warn("lip-sync is not installed and was skipped")
    drawing = draw.submit(episode.stem, movie.seconds, script, mixed, timeline.unfit, rig=rig)
    video, subtitles = mux(movie, script, mixed.sound, request.mix.codec, rig=rig)
    loudness = inspect(video, rig=rig)
    picture = drawing.result()

    for artifact, path in ((video, files.video), (subtitles, files.subtitles), (picture, files.picture)):
        hand_over(artifact, path, store=rig.store, overwrite=overwrite)
    about = Episode(name=episode.stem, sha256=movie.source.sha256, seconds=movie.seconds)
    write_script(script, files.script, about)
    return DubResult(
        files=files,
        seconds=movie.seconds,
        lines=len(timeline.placements),
        speakers={line.speaker: line.voice for line in script.lines},
        unfit=timeline.unfit,
        lufs=loudness.lufs,
        true_peak_db=loudness.true_peak_db,
    )


def _first_script(movie: Movie, speech: SpeechMap, request: DubRequest, rig: Rig) -> Script:
    """The script as far as it is known before anybody listens: the user's own, or an outline."""
    wish = request.script.script
    if wish in WISHES or wish.startswith("subs:"):
        return outline(movie, speech, request.script, None, rig=rig)
    file = Path(wish)
    if file.suffix == ".json":
        return before_performance(read_script(file))
    options = request.script.model_copy(update={"script": "file"})
    return outline(movie, speech, options, rig.store.adopt_external(file), rig=rig)


def _transcribed(script: Script, stems: Stems, request: DubRequest, rig: Rig) -> Script:
    missing = tuple(line.span for line in untranscribed(script))
    if missing:
        engine = rig.named("transcriber", request.script.transcriber)
        heard = transcribe(missing, stems, script.source_language, engine, rig=rig)
        script = with_transcript(script, heard, engine.identity)
    if not script.lines:
        raise InputError("nobody speaks in this episode, or nothing could be understood; give the lines with --script")
    return script


def _with_speakers(script: Script, soundtrack: Soundtrack, stems: Stems, request: DubRequest, rig: Rig) -> Script:
    if all(line.speaker for line in script.lines):
        return script
    engine = rig.named("speaker-encoder", request.script.diarizer)
    measured = tuple(line.prosody for line in script.lines)
    groups = diarize(_spans(script), measured, soundtrack, stems, engine, rig=rig)
    return with_speakers(script, groups, engine.identity)


def _translated(script: Script, stems: Stems, request: DubRequest, rig: Rig) -> Script:
    script = with_phrases(script)
    missing = tuple(line.span for line in untranslated(script))
    if not missing:
        return script
    engine = rig.named("speech-translator", request.script.translator)
    heard = translate(missing, stems, script.source_language, script.language, engine, rig=rig)
    return with_translation(script, heard, engine.identity)


def _cast(script: Script, stems: Stems, request: DubRequest, rig: Rig) -> Script:
    taken, parts = script.cast or Cast(voices={}), open_parts(script)
    if not parts:
        return with_cast(script, taken)
    synthesizer = rig.named("synthesizer", request.cast.synthesizer)
    encoder = rig.named("speaker-encoder", request.script.diarizer)
    return with_cast(script, cast(parts, taken, stems, script.language, synthesizer, encoder, rig=rig))


def _performed(script: Script, speech: SpeechMap, request: DubRequest, rig: Rig) -> Timeline:
    """Every line spoken, some at the same time, and placed."""
    engine = rig.named("synthesizer", request.cast.synthesizer)
    groups = call_sheet(script)
    rig.progress.begin(synthesize.name, sum(len(group) for group in groups))
    futures = [synthesize.submit(group, request.arrange, engine, rig=rig) for group in groups]
    takes = tuple(take for future in futures for take in future.result())
    rig.progress.end(synthesize.name, cached=all(was_cached(future) for future in futures))
    return arrange(script, takes, speech, rig=rig)


def _spans(script: Script) -> tuple[Span, ...]:
    return tuple(line.span for line in script.lines)
