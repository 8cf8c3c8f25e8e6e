"""The door to ffmpeg: what it refuses to follow, how it ends, what it says."""

import http.server
import signal
import threading
import uuid
from pathlib import Path

import pytest

from animedub.errors import MediaError, MissingError, OutputError
from animedub.media import ffmpeg

NULL = ["-f", "null", "-"]
DISGUISES = {
    "playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n",
    "concat script": "ffconcat version 1.0\nfile '{target}'\n",
    "session description": "v=0\no=- 0 0 IN IP4 {host}\ns=x\nc=IN IP4 {host}\nt=0 0\nm=video {port} RTP/AVP 96\n",
    "dash manifest": (
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT5S"><Period>'
        '<AdaptationSet><Representation id="0" bandwidth="1"><BaseURL>{target}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
}


@pytest.fixture
def server():
    """A web server that remembers what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object):  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_address[1], asked
        running.shutdown()


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("program", ["ffmpeg", "ffprobe"])
def test_a_disguised_script_is_refused_and_its_url_never_opened(disguise, program, server, tmp_path):
    port, asked = server
    film = tmp_path / "film.mkv"
    film.write_text(DISGUISES[disguise].format(target=f"http://127.0.0.1:{port}/x.ts", host="127.0.0.1", port=port))
    with pytest.raises(MediaError) as refusal:
        if program == "ffmpeg":
            ffmpeg.ffmpeg([*ffmpeg.source(film), *NULL], timeout_s=20)
        else:
            ffmpeg.ffprobe(["-show_format", *ffmpeg.source(film)], timeout_s=20)
    assert "Invalid" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert asked == []


@pytest.mark.parametrize("disguise", ["playlist", "concat script"])
def test_a_local_file_behind_a_disguise_is_never_read(disguise, films, tmp_path):
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    film.write_text(DISGUISES[disguise].format(target=films.mkv, host="", port=0))
    with pytest.raises(MediaError):
        ffmpeg.ffmpeg([*ffmpeg.source(film), "-c", "copy", ffmpeg.url(out)], timeout_s=20)
    assert not out.exists()


NAMES = [
    "-i film.mkv",
    "two words 'quoted' \"twice\".mkv",
    "line\nbreak.mkv",
    "日本語 第01話.mkv",
    "%d%03d.mkv",
    "http:x.mkv",
    "a|b;$(c).mkv",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_works_as_input_and_output(name, films, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    film = Path(name)
    film.write_bytes(films.mkv.read_bytes())
    ffmpeg.ffmpeg([*ffmpeg.source(film), "-c", "copy", ffmpeg.url(Path("out " + name))], timeout_s=20)
    assert {p.name for p in tmp_path.iterdir()} == {name, "out " + name}
    assert b"matroska" in ffmpeg.ffprobe(["-show_format", *ffmpeg.source(film)])


def test_progress_is_told_in_seconds_up_to_the_end(films):
    heard: list[float] = []
    ffmpeg.ffmpeg([*ffmpeg.source(films.mkv), "-c", "copy", *NULL], timeout_s=20, on_seconds=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(3.0, abs=0.05)


MARK = f"comment={uuid.uuid4()}"
ENDLESS = ["-re", "-f", "lavfi", "-i", "anullsrc", "-metadata", MARK, *NULL]


def processes() -> set[str]:
    found = set()
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = status.read_bytes()
        except OSError:
            continue
        if MARK.encode() in command:
            found.add(status.parent.name)
    return found


def test_a_stuck_process_is_stopped_in_time():
    with pytest.raises(MediaError, match="did not finish within 1 s"):
        ffmpeg.ffmpeg(ENDLESS, timeout_s=1)
    assert processes() == set()


def test_nothing_is_left_running_when_the_listener_fails():
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ffmpeg.ffmpeg(ENDLESS, timeout_s=30, on_seconds=interrupted)
    assert processes() == set()


def test_a_flood_of_messages_neither_blocks_nor_grows():
    flood = "import sys; [print('x' * 1000, file=sys.stderr) for _ in range(3000)]; sys.exit('the last word')"
    with pytest.raises(MediaError, match="the last word") as failure:
        ffmpeg._supervise(["python3", "-c", flood], 20, lambda block: None)
    assert len(str(failure.value)) < 2 * ffmpeg.TAIL_BYTES


def test_a_program_that_is_not_there_is_named_with_the_remedy(monkeypatch, films):
    monkeypatch.setenv("PATH", "/nonexistent")
    for call in (lambda: ffmpeg.ffprobe([]), lambda: ffmpeg.ffmpeg([], timeout_s=1)):
        with pytest.raises(MissingError, match="sudo apt-get install ffmpeg"):
            call()


def test_a_full_disk_is_an_output_error(films):
    with pytest.raises(OutputError, match="no space left"):
        ffmpeg.ffmpeg([*ffmpeg.source(films.mkv), "-c", "copy", "-f", "matroska", "file:/dev/full"], timeout_s=20)


def test_a_file_size_limit_is_an_output_error():
    number = signal.SIGXFSZ.value
    killed = f"import os, signal; signal.signal({number}, signal.SIG_DFL); os.kill(os.getpid(), {number})"
    with pytest.raises(OutputError, match="ulimit"):
        ffmpeg._supervise(["python3", "-c", killed], 20, lambda block: None)


def test_longer_films_get_more_time():
    assert ffmpeg.allowance_s(0) > 0
    assert ffmpeg.allowance_s(7200) >= 7200 + ffmpeg.allowance_s(0)
