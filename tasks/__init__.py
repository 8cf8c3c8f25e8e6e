"""Stages as cached Prefect tasks, three lines each."""
