"""Dub an episode into another language, offline."""

__version__ = "0.1.0"
