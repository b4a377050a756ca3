"""The engine of one process: it sends what is due and records what comes."""
