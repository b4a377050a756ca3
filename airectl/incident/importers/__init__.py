"""Importers: what other programs know of an incident, as rows of its timeline.

Each is a pure function of a payload, as its maker documents it, and a name for it. Each takes what it understands
and lists the rest with its path and a reason, so that nothing is guessed and nothing is lost in silence.
"""
