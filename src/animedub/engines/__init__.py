"""Engines: everything that hears, understands or speaks, each kind behind one protocol."""
