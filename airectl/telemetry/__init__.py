"""What AI systems expose about themselves, as data."""
