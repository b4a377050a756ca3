"""What AI systems expose, as data."""
