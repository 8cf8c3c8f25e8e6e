"""The doors to files: ffmpeg, sound files, subtitles, containers."""
