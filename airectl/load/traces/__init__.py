"""Traces of real load: when requests came and how long they and their answers were, in the formats they come in."""
