"""Completions for shells: scripts made of the command tree, that start airectl for nothing they can know."""
