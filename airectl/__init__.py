"""airectl: one SRE toolkit for AI systems, driven by OpenSLO specs."""

# A constant, not importlib.metadata: reading the metadata costs more than `airectl --version` may take.
__version__ = "0.1.0"
