"""Flows: the stages of a dub, put in order."""
