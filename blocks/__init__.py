"""Blocks: what a deployment can be told about where it runs."""
