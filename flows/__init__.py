"""The workflows: one copy of the wiring, and it reads like a table of contents."""
